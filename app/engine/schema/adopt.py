"""What a foreign table would be as a collection, and what has to be done to it for that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from app.core.errors import Violation
from app.engine.catalog.model import Catalog, Collection, Field, Index, make_collection
from app.engine.catalog.snapshot import system_fields
from app.engine.schema import compile_adopt, ddl
from app.engine.schema.adopt_columns import Adopted, adopt_column
from app.engine.schema.apply import Wish
from app.engine.schema.changes.adopt import AdoptCollection
from app.engine.schema.changes.change import Change, Step
from app.engine.schema.desired.matching import make_id
from app.engine.schema.desired.names import collection_name_fault
from app.engine.schema.edits import edit_collection, put_collection, refreshed_keys
from app.engine.schema.errors import (
    SchemaExistsError,
    SchemaInvalidError,
    SchemaNotFoundError,
)
from app.engine.schema.introspect import TableShape, introspect
from app.engine.schema.physical import checks, foreign_key, indexes, own_fields, sequence_name
from app.engine.schema.record import Connection

KEYS = {
    "uuid": "uuid",
    "bigint": "int",
    "integer": "int",
    "smallint": "int",
    "text": "text",
    "character varying": "text",
}
_STAMPS = ("created_at", "updated_at")
_CONSTRAINTS = """
SELECT k.conname, k.contype::text AS kind FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND k.contype IN ('c', 'f', 'u', 'x')
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A foreign table with the names and kinds (c, f, u, x) of its constraints."""

    shape: TableShape
    constraints: dict[str, str]


async def adoption_wish(pool: asyncpg.Pool, catalog: Catalog, table: str, name: str | None) -> Wish:
    """The wish to adopt a table. Raises SchemaNotFoundError, SchemaInvalidError."""
    async with pool.acquire() as connection:
        found = await _read_table(connection, catalog.schema, table)
    if found is None or table.startswith("_"):
        raise SchemaNotFoundError("There is no such table in the project's schema.")
    change = plan_adoption(found, catalog, name or table)

    def adjust(changes: tuple[Change, ...]) -> tuple[Change, ...]:
        others = [c for c in changes if c.collection_id != change.collection_id]
        return (change, *others)

    return Wish(
        lambda current: refreshed_keys(put_collection(current, change.collection)),
        base=catalog.hash,
        adjust=adjust,
        summary=f"Adopt the table {table}",
    )


def plan_adoption(table: Table, catalog: Catalog, name: str) -> AdoptCollection:
    """The collection and the statements. Raises SchemaInvalidError, SchemaExistsError."""
    shape = table.shape
    fault = collection_name_fault(name)
    if fault is not None:
        raise SchemaInvalidError([Violation("/name", *fault)])
    if any(shape.name == c.table or name == c.name for c in catalog.collections.values()):
        raise SchemaExistsError(f"There is a collection {name!r} already.")
    id_type = _id_type(shape)
    collection_id = make_id("c", catalog.project_id, catalog.version, "adopt", name)
    columns = _columns(shape, catalog, collection_id)
    collection = make_collection(
        id=collection_id,
        name=name,
        table=name,
        id_type=id_type,
        created_by=_has_creator(shape),
        fields=(
            *system_fields(id_type, created_by=_has_creator(shape)),
            *(each.field for each in columns),
        ),
    )
    collection = _with_indexes(collection, shape, columns, catalog)
    work = tuple(_work(table, collection, columns, catalog))
    return AdoptCollection(collection_id, collection, work, tuple(_losses(table, columns)))


async def _read_table(connection: Connection, schema: str, name: str) -> Table | None:
    shape = (await introspect(connection, schema)).get(name)
    if shape is None:
        return None
    rows = await connection.fetch(_CONSTRAINTS, schema, name)
    return Table(shape, {row["conname"]: row["kind"] for row in rows})


def _id_type(shape: TableShape) -> Any:
    kind = shape.columns[shape.key[0]].type.split("(")[0] if len(shape.key) == 1 else ""
    if kind not in KEYS:
        message = "The table needs a primary key of one column: a uuid, a whole number or text."
        raise SchemaInvalidError([Violation("/table", "adopt_key", message)])
    return KEYS[kind]


def _has_creator(shape: TableShape) -> bool:
    found = shape.columns.get("created_by")
    return found is not None and found.type == "uuid"


def _columns(shape: TableShape, catalog: Catalog, collection_id: str) -> list[Adopted]:
    """The fields of all columns that are not the system's own."""
    fixed = {shape.key[0], *_STAMPS, "_version"}
    fixed |= {"created_by"} if _has_creator(shape) else set()
    taken = {"id", *_STAMPS, "created_by"}
    relations = {k.column: k.target for k in shape.foreign_keys.values()}
    found, faults = [], []
    for column in shape.columns.values():
        if column.name in fixed:
            continue
        field_id = make_id("f", catalog.project_id, catalog.version, collection_id, column.name)
        target = _target(catalog, relations.get(column.name))
        adopted = adopt_column(column, field_id, taken, target)
        if adopted is None:
            message = f"No field type stands for {column.type!r} of column {column.name!r}."
            faults.append(Violation("/table", "adopt_type", message))
        else:
            taken |= {adopted.field.name, adopted.field.column}
            found.append(adopted)
    if faults:
        raise SchemaInvalidError(faults)
    return found


def _target(catalog: Catalog, table: str | None) -> Collection | None:
    return next((c for c in catalog.collections.values() if c.table == table), None)


def _with_indexes(
    collection: Collection, shape: TableShape, columns: list[Adopted], catalog: Catalog
) -> Collection:
    """Plain and unique indexes over fields become ours; others are losses."""
    ids = {each.column: each.field.id for each in columns}
    ids |= {shape.key[0]: "id", **{stamp: stamp for stamp in _STAMPS}}
    fields, composite = dict(collection.fields), []
    for index in shape.indexes.values():
        names = [part.lstrip("-") for part in index.columns]
        if index.method != "btree" or not names or any(name not in ids for name in names):
            continue
        signed = tuple(p.replace(p.lstrip("-"), ids[p.lstrip("-")]) for p in index.columns)
        single = collection.by_id.get(signed[0]) if len(signed) == 1 else None
        if single is not None and single.id in own_fields(collection):
            fields[single.name] = _indexed(fields[single.name], unique=index.unique)
        elif len(signed) > 1:
            unsigned = tuple(part.lstrip("-") for part in signed) if index.unique else signed
            seed = (catalog.project_id, catalog.version, collection.id, *unsigned)
            composite.append(Index(make_id("i", *seed), unsigned, index.unique))
    composite = list(dict.fromkeys(composite))
    return edit_collection(collection, fields=fields.values(), indexes=tuple(composite))


def _indexed(field: Field, *, unique: bool) -> Field:
    return replace(field, unique=True) if unique else replace(field, index=True)


def _losses(table: Table, columns: list[Adopted]) -> Iterator[str]:
    kinds = {"c": "check", "x": "exclusion"}
    yield from (f"{kinds[k]} {name}" for name, k in table.constraints.items() if k in kinds)
    for index in table.shape.indexes.values():
        if index.method != "btree":
            yield f"index {index.name}"
    for each in columns:
        if each.lost_default:
            yield f"the default of {each.column}"
    known = {each.field.column for each in columns if each.field.relation} | {
        each.column for each in columns if each.field.relation
    }
    for key in table.shape.foreign_keys.values():
        if key.column not in known:
            yield f"foreign key {key.name}"


def _work(
    table: Table, collection: Collection, columns: list[Adopted], catalog: Catalog
) -> Iterator[Step]:
    schema, old = catalog.schema, table.shape.name
    for sql in (
        compile_adopt.lock_table(schema, old),
        *_strip(schema, table),
        *_renamed(schema, old, collection.table),
        *_system_columns(schema, table.shape, collection),
        *(sql for each in columns for sql in each.statements(schema, collection.table)),
        *_own(schema, collection, refreshed_keys(put_collection(catalog, collection))),
        *compile_adopt.grant(schema, collection.table),
    ):
        yield Step(sql, collection.table, scans=True)


def _renamed(schema: str, old: str, new: str) -> Iterator[str]:
    if old != new:
        yield compile_adopt.rename_table(schema, old, new)


def _strip(schema: str, table: Table) -> Iterator[str]:
    """Everything that will be ours comes back under our names."""
    for name in table.constraints:
        yield compile_adopt.drop_constraint(schema, table.shape.name, name)
    for index in table.shape.indexes.values():
        if index.name not in table.constraints:
            yield compile_adopt.drop_index(schema, index.name)


def _system_columns(schema: str, shape: TableShape, collection: Collection) -> Iterator[str]:
    table, key = collection.table, shape.columns[shape.key[0]]
    if key.name != "id":
        yield compile_adopt.rename_column(schema, table, key.name, "id")
    if collection.id_type == "int":
        yield from compile_adopt.own_sequence(schema, table, sequence_name(collection.id))
    elif collection.id_type == "text" and key.type != "text":
        yield ddl.set_type(schema, table, "id", "text", '"id"::text')
    for stamp in _STAMPS:
        found = shape.columns.get(stamp)
        if found is None:
            yield ddl.add_bare_column(schema, table, stamp, "timestamptz NOT NULL DEFAULT now()")
        else:
            yield from compile_adopt.own_stamp(schema, table, stamp, found.type)
    if "_version" not in shape.columns:
        yield ddl.add_bare_column(schema, table, "_version", "bigint NOT NULL DEFAULT 1")


def _own(schema: str, collection: Collection, after: Catalog) -> Iterator[str]:
    for field in own_fields(collection).values():
        for name, sql in checks(field).items():
            yield ddl.add_check(schema, collection.table, name, sql)
        key = foreign_key(field, after)
        if key is not None:
            yield ddl.add_foreign_key(schema, collection.table, key)
    for index in indexes(collection):
        yield ddl.create_index(schema, collection.table, index)
