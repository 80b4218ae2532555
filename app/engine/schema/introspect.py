"""Reading a schema's tables from Postgres' own catalog, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.engine.schema.physical import ForeignKeyShape, IndexShape
from app.engine.schema.record import Connection

_COLUMNS = """
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  CASE WHEN a.attcollation <> t.typcollation THEN l.collname END AS collation,
  a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS default
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT c.relname AS table, k.conname AS name, k.contype::text AS kind, k.convalidated AS valid,
  pg_get_expr(k.conbin, k.conrelid) AS expression, f.relname AS target,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.n ORDER BY u.i) AS columns
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE n.nspname = $1 AND k.contype IN ('p', 'c', 'f') ORDER BY k.conname
"""
_INDEXES = """
SELECT c.relname AS table, x.relname AS name, i.indisunique AS unique,
  CASE WHEN i.indpred IS NULL AND i.indexprs IS NULL THEN m.amname ELSE 'partial' END AS method,
  i.indisvalid AS valid, o.opcname = 'gin_trgm_ops' AS trigram,
  ARRAY(SELECT (CASE WHEN i.indoption[p.k - 1] & 1 = 1 THEN '-' ELSE '' END) || a.attname
    FROM generate_series(1, i.indnkeyatts) p(k)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[p.k - 1]
    ORDER BY p.k) AS columns
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = x.relam
LEFT JOIN pg_opclass o ON o.oid = i.indclass[0]
WHERE n.nspname = $1 AND NOT i.indisprimary ORDER BY x.relname
"""


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """A column; ``type`` and ``default`` as Postgres writes them."""

    name: str
    type: str
    not_null: bool
    default: str | None = None


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table; constraints and indexes that are not valid are missing from it."""

    name: str
    columns: Mapping[str, ColumnShape] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    foreign_keys: Mapping[str, ForeignKeyShape] = field(default_factory=dict)
    indexes: Mapping[str, IndexShape] = field(default_factory=dict)
    not_valid: tuple[str, ...] = ()


async def introspect(connection: Connection, schema: str) -> dict[str, TableShape]:
    """Every table of a schema by name."""
    columns = _grouped(await connection.fetch(_COLUMNS, schema))
    constraints = _grouped(await connection.fetch(_CONSTRAINTS, schema))
    indexes = _grouped(await connection.fetch(_INDEXES, schema))
    return {
        name: _table(name, columns[name], constraints.get(name, []), indexes.get(name, []))
        for name in columns
    }


def _grouped(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["table"], []).append(row)
    return found


def _table(name: str, columns: list[Any], constraints: list[Any], indexes: list[Any]) -> TableShape:
    valid = [c for c in constraints if c["valid"]]
    return TableShape(
        name,
        {c["name"]: _column(c) for c in columns},
        tuple(column for c in valid if c["kind"] == "p" for column in c["columns"]),
        {c["name"]: c["expression"] for c in valid if c["kind"] == "c"},
        {
            c["name"]: ForeignKeyShape(c["name"], c["columns"][0], c["target"])
            for c in valid
            if c["kind"] == "f"
        },
        {i["name"]: _index(i) for i in indexes if i["valid"]},
        tuple(each["name"] for each in (*constraints, *indexes) if not each["valid"]),
    )


def _column(row: Any) -> ColumnShape:
    collation = f' COLLATE "{row["collation"]}"' if row["collation"] else ""
    return ColumnShape(row["name"], row["type"] + collation, row["not_null"], row["default"])


def _index(row: Any) -> IndexShape:
    method = "trigram" if row["trigram"] else row["method"]
    return IndexShape(row["name"], tuple(row["columns"]), row["unique"], method)
