"""DDL text, one statement each; the only place where schema names become DDL.

Every statement follows the rules that keep the same text valid on a sharded Postgres: columns are
added bare, each constraint by an ALTER of its own and under a name that derives from an id.
"""

from collections.abc import Iterable, Iterator

from app.core.sql import qualified, quote_ident
from app.engine.catalog.model import Collection, Field
from app.engine.schema.physical import (
    KEY_TYPES,
    ForeignKeyShape,
    IndexShape,
    checks,
    column_type,
    default_sql,
    link_name,
    primary_key_name,
    sequence_name,
    shadow_name,
)


def create_table(schema: str, collection: Collection, fields: Iterable[Field]) -> Iterator[str]:
    """The table with its system columns and the columns of ``fields``, then their CHECKs."""
    own = tuple(fields)
    if collection.id_type == "int":
        yield f"CREATE SEQUENCE {qualified(schema, sequence_name(collection.id))}"
    leading = _leading_columns(schema, collection)
    columns = ", ".join((*leading, *map(column, own), _VERSION, _key(collection)))
    yield f"CREATE TABLE {qualified(schema, collection.table)} ({columns})"
    if collection.id_type == "int":
        yield (
            f"ALTER SEQUENCE {qualified(schema, sequence_name(collection.id))} "
            f"OWNED BY {qualified(schema, collection.table)}.{quote_ident('id')}"
        )
    for field in own:
        for name, sql in checks(field).items():
            yield add_check(schema, collection.table, name, sql)


def create_link_table(schema: str, field: Field, source: Collection, target: Collection) -> str:
    """The join table of a many-to-many relation; its keys and index come separately."""
    return (
        f"CREATE TABLE {qualified(schema, link_name(field.id))} ("
        f'"source_id" {KEY_TYPES[source.id_type]} NOT NULL, '
        f'"target_id" {KEY_TYPES[target.id_type]} NOT NULL, '
        f"CONSTRAINT {quote_ident(primary_key_name(field.id))} "
        'PRIMARY KEY ("source_id", "target_id"))'
    )


def fixed_columns(schema: str, collection: Collection) -> tuple[str, ...]:
    """The columns that every table of a collection has."""
    return (*_leading_columns(schema, collection), _VERSION)


def column(field: Field) -> str:
    """A column's definition, without constraints but NOT NULL."""
    parts = [quote_ident(field.column), column_type(field)]
    default = default_sql(field)
    if default is not None:
        parts.append(f"DEFAULT {default}")
    if field.required:
        parts.append("NOT NULL")
    return " ".join(parts)


def add_column(schema: str, table: str, field: Field) -> str:
    return f"{alter(schema, table)} ADD COLUMN {column(field)}"


def add_bare_column(schema: str, table: str, name: str, type_sql: str) -> str:
    return f"{alter(schema, table)} ADD COLUMN {quote_ident(name)} {type_sql}"


def drop_column(schema: str, table: str, name: str) -> str:
    return f"{alter(schema, table)} DROP COLUMN {quote_ident(name)}"


def rename_column(schema: str, table: str, old: str, new: str) -> str:
    return f"{alter(schema, table)} RENAME COLUMN {quote_ident(old)} TO {quote_ident(new)}"


def rename_table(schema: str, old: str, new: str) -> str:
    return f"{alter(schema, old)} RENAME TO {quote_ident(new)}"


def drop_column_if_exists(schema: str, table: str, name: str) -> str:
    own = qualified(schema, table)
    return f"ALTER TABLE IF EXISTS {own} DROP COLUMN IF EXISTS {quote_ident(name)}"


def drop_table_if_exists(schema: str, table: str) -> str:
    return f"DROP TABLE IF EXISTS {qualified(schema, table)}"


def set_not_null(schema: str, table: str, name: str) -> str:
    return f"{_alter_column(schema, table, name)} SET NOT NULL"


def drop_not_null(schema: str, table: str, name: str) -> str:
    return f"{_alter_column(schema, table, name)} DROP NOT NULL"


def set_default(schema: str, table: str, name: str, literal: str) -> str:
    return f"{_alter_column(schema, table, name)} SET DEFAULT {literal}"


def drop_default(schema: str, table: str, name: str) -> str:
    return f"{_alter_column(schema, table, name)} DROP DEFAULT"


def set_type(schema: str, table: str, name: str, type_sql: str, using: str) -> str:
    return f"{_alter_column(schema, table, name)} TYPE {type_sql} USING {using}"


def add_check(schema: str, table: str, name: str, sql: str, *, valid: bool = True) -> str:
    tail = "" if valid else " NOT VALID"
    return f"{alter(schema, table)} ADD CONSTRAINT {quote_ident(name)} CHECK ({sql}){tail}"


def add_foreign_key(schema: str, table: str, key: ForeignKeyShape, *, valid: bool = True) -> str:
    """NO ACTION: what happens to children is compiled into the deleting statement."""
    tail = "" if valid else " NOT VALID"
    return (
        f"{alter(schema, table)} ADD CONSTRAINT {quote_ident(key.name)} "
        f"FOREIGN KEY ({quote_ident(key.column)}) "
        f'REFERENCES {qualified(schema, key.target)} ("id"){tail}'
    )


def validate(schema: str, table: str, name: str) -> str:
    return f"{alter(schema, table)} VALIDATE CONSTRAINT {quote_ident(name)}"


def drop_constraint(schema: str, table: str, name: str) -> str:
    return f"{alter(schema, table)} DROP CONSTRAINT {quote_ident(name)}"


def drop_constraint_if_exists(schema: str, table: str, name: str) -> str:
    return f"{alter(schema, table)} DROP CONSTRAINT IF EXISTS {quote_ident(name)}"


def create_index(schema: str, table: str, index: IndexShape, *, online: bool = False) -> str:
    unique = "UNIQUE " if index.unique else ""
    how = "CONCURRENTLY " if online else ""
    method = "gin" if index.method in ("gin", "trigram") else "btree"
    columns = ", ".join(_index_column(part, index.method) for part in index.columns)
    return (
        f"CREATE {unique}INDEX {how}{quote_ident(index.name)} "
        f"ON {qualified(schema, table)} USING {method} ({columns})"
    )


def drop_index(schema: str, name: str, *, online: bool = False) -> str:
    return f"DROP INDEX {'CONCURRENTLY ' if online else ''}IF EXISTS {qualified(schema, name)}"


def rename_index(schema: str, old: str, new: str) -> str:
    return f"ALTER INDEX {qualified(schema, old)} RENAME TO {quote_ident(new)}"


def name(identifier: str) -> str:
    """A quoted column name."""
    return quote_ident(identifier)


def is_not_null(column_name: str) -> str:
    return f"{quote_ident(column_name)} IS NOT NULL"


def shadow_check_name(field_id: str) -> str:
    return f"sc_{field_id}"


def add_shadow_check(schema: str, table: str, field_id: str, using: str) -> str:
    """Holds the two columns of a field together for every row written from now on."""
    same = f"{quote_ident(shadow_name(field_id))} IS NOT DISTINCT FROM ({using})"
    return add_check(schema, table, shadow_check_name(field_id), same, valid=False)


def backfill_preview(schema: str, table: str, shadow: str, using: str) -> str:
    """What the batches of a type change amount to."""
    return f"UPDATE {qualified(schema, table)} SET {quote_ident(shadow)} = {using}"


def fill_nulls(schema: str, table: str, column_name: str, value: str) -> str:
    quoted = quote_ident(column_name)
    own = qualified(schema, table)
    return f"UPDATE {own} AS t SET {quoted} = {value} WHERE t.{quoted} IS NULL"


def forget_orphans(schema: str, table: str, column_name: str, target: str) -> str:
    """Set references to records that do not exist to null."""
    quoted, own = quote_ident(column_name), qualified(schema, table)
    return (
        f"UPDATE {own} AS t SET {quoted} = NULL WHERE t.{quoted} IS NOT NULL "
        f'AND NOT EXISTS (SELECT FROM {qualified(schema, target)} o WHERE o."id" = t.{quoted})'
    )


def prune_links(schema: str, link: str, key: ForeignKeyShape) -> str:
    """Remove links to records that were deleted while the join table was out of use."""
    return (
        f"DELETE FROM {qualified(schema, link)} AS t WHERE NOT EXISTS (SELECT FROM "
        f'{qualified(schema, key.target)} o WHERE o."id" = t.{quote_ident(key.column)})'
    )


def generated(generator: str, field: Field) -> str:
    """What a generated default gives to a stored row ``t``; never volatile."""
    if generator == "now":
        return "now()"
    if generator == "today":
        return "(now() AT TIME ZONE 'UTC')::date"
    if generator == "uuid":
        return f"md5(t.\"id\"::text || '{field.id}')::uuid::{column_type(field)}"
    return "NULL"


def lock_table(schema: str, table: str) -> str:
    return f"LOCK TABLE {qualified(schema, table)} IN ACCESS EXCLUSIVE MODE"


def alter(schema: str, table: str) -> str:
    return f"ALTER TABLE {qualified(schema, table)}"


_VERSION = '"_version" bigint NOT NULL DEFAULT 1'


def _alter_column(schema: str, table: str, name: str) -> str:
    return f"{alter(schema, table)} ALTER COLUMN {quote_ident(name)}"


def _key(collection: Collection) -> str:
    return f'CONSTRAINT {quote_ident(primary_key_name(collection.id))} PRIMARY KEY ("id")'


def _leading_columns(schema: str, collection: Collection) -> Iterator[str]:
    yield f'"id" {KEY_TYPES[collection.id_type]} NOT NULL{_id_default(schema, collection)}'
    yield '"created_at" timestamptz NOT NULL DEFAULT now()'
    yield '"updated_at" timestamptz NOT NULL DEFAULT now()'
    if collection.created_by:
        yield '"created_by" uuid'


def _id_default(schema: str, collection: Collection) -> str:
    if collection.id_type != "int":
        return ""
    return f" DEFAULT nextval('{schema}.{sequence_name(collection.id)}'::regclass)"


def _index_column(part: str, method: str) -> str:
    if method == "trigram":
        return f"{quote_ident(part)} gin_trgm_ops"
    if part.startswith("-"):
        return f"{quote_ident(part[1:])} DESC"
    return quote_ident(part)
