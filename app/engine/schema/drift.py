"""Whether the database is what was recorded.

Types, defaults and CHECKs are compared as Postgres writes them: what should be is built as
temporary tables inside a transaction that is rolled back, and read back the same way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.core.sql import quote_ident
from app.engine.catalog.model import Catalog, Collection
from app.engine.identity.realms import PRIVATE_TABLES
from app.engine.schema import ddl
from app.engine.schema.changes.fields import is_link, link_keys
from app.engine.schema.introspect import TableShape, introspect
from app.engine.schema.physical import (
    KEY_TYPES,
    TOMBSTONE,
    IndexShape,
    checks,
    foreign_key,
    index_name,
    indexes,
    link_name,
    own_fields,
)
from app.engine.schema.record import Connection

_OURS = frozenset({"_meta", "_changes", "_relay", "_idempotency", *PRIVATE_TABLES})


@dataclass(frozen=True, slots=True)
class Difference:
    """``expected`` None: it should not be there; ``actual`` None: it is missing."""

    object: str
    kind: str
    expected: str | None
    actual: str | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def find_drift(
    connection: Connection, catalog: Catalog, busy: Iterable[str] = ()
) -> list[Difference]:
    """The differences; collections that are being changed online (``busy``) are left out."""
    skipped = {catalog.by_id[i].table for i in busy if i in catalog.by_id}
    actual = await introspect(connection, catalog.schema)
    expected = await _expected(connection, catalog)
    found: list[Difference] = []
    for name in sorted({*expected, *actual} - skipped):
        if name in expected:
            found.extend(_compare(expected[name], actual.get(name)))
        elif name not in _OURS and not name.startswith(TOMBSTONE):
            found.append(Difference(name, "table", None, "present"))
    return found


async def _expected(connection: Connection, catalog: Catalog) -> dict[str, TableShape]:
    """The tables as they should be."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        tables = dict(_scratch_tables(catalog))
        await connection.execute(";\n".join(tables.values()))
        scratch = await connection.fetchval("SELECT pg_my_temp_schema()::regnamespace::text")
        built = await introspect(connection, scratch) if tables else {}
    finally:
        await transaction.rollback()
    structure = _structure(catalog)
    return {
        name: replace(
            built[_scratch(position)],
            name=name,
            key=structure[name].key,
            indexes=structure[name].indexes,
            foreign_keys=structure[name].foreign_keys,
        )
        for position, name in enumerate(tables)
    }


def _scratch(position: int) -> str:
    return f"_scratch_{position}"


def _scratch_tables(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Table names with the statement that makes a scratch copy without keys and indexes."""
    parts: dict[str, list[str]] = {}
    for collection in catalog.collections.values():
        parts[collection.table] = list(_column_parts(catalog, collection))
        for field in collection.fields.values():
            if is_link(field):
                kinds = (collection.id_type, catalog.target(field).id_type)
                parts[link_name(field.id)] = [
                    f'"{side}_id" {KEY_TYPES[kind]} NOT NULL'
                    for side, kind in zip(("source", "target"), kinds, strict=True)
                ]
    for position, (name, columns) in enumerate(parts.items()):
        yield name, f"CREATE TEMP TABLE {quote_ident(_scratch(position))} ({', '.join(columns)})"


def _column_parts(catalog: Catalog, collection: Collection) -> Iterator[str]:
    yield from ddl.fixed_columns(catalog.schema, collection)
    for field in own_fields(collection).values():
        if field.is_stored:
            yield ddl.column(field)
            for name, sql in checks(field).items():
                yield f"CONSTRAINT {quote_ident(name)} CHECK ({sql})"


def _structure(catalog: Catalog) -> dict[str, TableShape]:
    """Keys, foreign keys and indexes, which need no help of Postgres to be known."""
    found = {}
    for collection in catalog.collections.values():
        fields = collection.fields.values()
        keys = [key for f in fields if (key := foreign_key(f, catalog))]
        found[collection.table] = TableShape(
            collection.table,
            key=("id",),
            foreign_keys={key.name: key for key in keys},
            indexes={index.name: index for index in indexes(collection)},
        )
        for field in filter(is_link, fields):
            index = IndexShape(index_name(field.id), ("target_id", "source_id"))
            found[link_name(field.id)] = TableShape(
                link_name(field.id),
                key=("source_id", "target_id"),
                foreign_keys={k.name: k for k in link_keys(field, catalog, collection)},
                indexes={index.name: index},
            )
    return found


def _compare(expected: TableShape, actual: TableShape | None) -> Iterator[Difference]:
    if actual is None:
        yield Difference(expected.name, "table", "present", None)
        return
    if expected.key != actual.key:
        yield Difference(
            expected.name, "primary_key", ", ".join(expected.key), ", ".join(actual.key) or None
        )
    hidden = {n: c for n, c in actual.columns.items() if not n.startswith(TOMBSTONE)}
    for kind, wanted, found in (
        ("column", expected.columns, hidden),
        ("check", expected.checks, actual.checks),
        ("foreign_key", expected.foreign_keys, actual.foreign_keys),
        ("index", expected.indexes, actual.indexes),
    ):
        yield from _compare_named(expected.name, kind, wanted, found)


def _compare_named(
    table: str, kind: str, expected: Mapping[str, Any], actual: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in sorted({*expected, *actual}):
        if expected.get(name) != actual.get(name):
            shown = (_shown(expected.get(name)), _shown(actual.get(name)))
            yield Difference(f"{table}.{name}", kind, *shown)


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    parts = asdict(value)
    parts.pop("name")
    return ", ".join(f"{key}: {each}" for key, each in parts.items())
