"""The statements that change one aspect of a field, in one transaction or without long locks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.core.errors import InvalidError
from app.engine.catalog.casts import find_cast
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Field
from app.engine.schema import ddl
from app.engine.schema.changes.change import (
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Step,
)
from app.engine.schema.physical import (
    checks,
    column_type,
    default_sql,
    foreign_key,
    foreign_key_name,
    not_null_name,
    plain_index,
    shadow_name,
    unique_index,
)


class NoCastError(InvalidError):
    """A type change that cannot be made, such as the way back of one that could."""

    code = "schema_cast_unsupported"


@dataclass(frozen=True, slots=True)
class Fill:
    """What rows without a value get before one is required: a constant or a generator.

    On a change of ``relation``: that references to nothing are set to null.
    """

    value: Any = None
    generator: str | None = None


@dataclass(frozen=True, slots=True)
class AlterContext:
    catalog: Catalog
    table: str
    old: Field
    new: Field
    large: bool
    fill: Fill | None

    @property
    def schema(self) -> str:
        return self.catalog.schema

    @property
    def column(self) -> str:
        return self.new.column

    def step(self, sql: str, **facts: Any) -> Step:
        return Step(sql, self.table, **facts)

    def scan(self, sql: str) -> Step:
        """A statement that reads every row while others read and write."""
        return Step(sql, self.table, SHARE_UPDATE_EXCLUSIVE, scans=True)


def _required(on: AlterContext) -> Iterator[Step]:
    if not on.new.required:
        yield on.step(ddl.drop_not_null(on.schema, on.table, on.column))
        return
    if on.fill is not None:
        value = fill_sql(on.new, on.fill)
        yield on.step(ddl.fill_nulls(on.schema, on.table, on.column, value), scans=True)
    if on.large:
        name = not_null_name(on.new.id)
        present = ddl.is_not_null(on.column)
        yield on.step(ddl.add_check(on.schema, on.table, name, present, valid=False))
        yield on.scan(ddl.validate(on.schema, on.table, name))
        yield on.step(ddl.set_not_null(on.schema, on.table, on.column))
        yield on.step(ddl.drop_constraint(on.schema, on.table, name))
    else:
        yield on.step(ddl.set_not_null(on.schema, on.table, on.column), scans=True)


def _unique(on: AlterContext) -> Iterator[Step]:
    yield from _indexes(on)


def _indexes(on: AlterContext) -> Iterator[Step]:
    """From the old field's indexes to the new one's; the new one exists before the old one goes."""
    old = {i.name: i for i in filter(None, (unique_index(on.old), plain_index(on.old)))}
    new = {i.name: i for i in filter(None, (unique_index(on.new), plain_index(on.new)))}
    replaced = [name for name in old if name in new and old[name] != new[name]]
    for name in replaced:
        yield on.step(ddl.drop_index(on.schema, name))
    for name, index in new.items():
        if name not in old or name in replaced:
            sql = ddl.create_index(on.schema, on.table, index, online=on.large)
            yield on.scan(sql) if on.large else on.step(sql, lock=SHARE, scans=True)
    for name in old:
        if name not in new:
            yield on.step(ddl.drop_index(on.schema, name))


def _relation(on: AlterContext) -> Iterator[Step]:
    old, new = foreign_key(on.old, on.catalog), foreign_key(on.new, on.catalog)
    if old == new or new is None:
        return
    if on.fill is not None:
        sql = ddl.forget_orphans(on.schema, on.table, on.column, new.target)
        yield on.step(sql, scans=True)
    yield on.step(ddl.drop_constraint_if_exists(on.schema, on.table, foreign_key_name(on.new.id)))
    sql = ddl.add_foreign_key(on.schema, on.table, new, valid=not on.large)
    yield on.step(sql, lock=SHARE_ROW_EXCLUSIVE, scans=not on.large, target=new.target)
    if on.large:
        yield on.scan(ddl.validate(on.schema, on.table, new.name))


def _checks(on: AlterContext) -> Iterator[Step]:
    old, new = checks(on.old), checks(on.new)
    for name in old:
        if new.get(name) != old[name]:
            yield on.step(ddl.drop_constraint_if_exists(on.schema, on.table, name))
    for name, sql in new.items():
        if old.get(name) != sql:
            text = ddl.add_check(on.schema, on.table, name, sql, valid=not on.large)
            yield on.step(text, scans=not on.large)
            if on.large:
                yield on.scan(ddl.validate(on.schema, on.table, name))
    yield from _default(on)


def _default(on: AlterContext) -> Iterator[Step]:
    old, new = default_sql(on.old), default_sql(on.new)
    if new is not None and new != old:
        yield on.step(ddl.set_default(on.schema, on.table, on.column, new))
    elif old is not None and new is None:
        yield on.step(ddl.drop_default(on.schema, on.table, on.column))


def _type(on: AlterContext) -> Iterator[Step]:
    yield from _type_online(on) if on.large else _type_at_once(on)


def _type_at_once(on: AlterContext) -> Iterator[Step]:
    using = cast_sql(on.old, on.new)
    for name in checks(on.old):
        yield on.step(ddl.drop_constraint_if_exists(on.schema, on.table, name))
    if default_sql(on.old) is not None:
        yield on.step(ddl.drop_default(on.schema, on.table, on.column))
    old_index, new_index = plain_index(on.old), plain_index(on.new)
    replaced = old_index is not None and old_index != new_index
    if old_index is not None and replaced:
        yield on.step(ddl.drop_index(on.schema, old_index.name))
    sql = ddl.set_type(on.schema, on.table, on.column, column_type(on.new), using)
    yield on.step(sql, rewrites=True, scans=True)
    if new_index is not None and replaced:
        yield on.step(ddl.create_index(on.schema, on.table, new_index), lock=SHARE, scans=True)
    for name, text in checks(on.new).items():
        yield on.step(ddl.add_check(on.schema, on.table, name, text), scans=True)
    new_default = default_sql(on.new)
    if new_default is not None:
        yield on.step(ddl.set_default(on.schema, on.table, on.column, new_default))


def _type_online(on: AlterContext) -> Iterator[Step]:
    """What the job will run, in short; the batches between are shown as one statement."""
    shadow = shadow_name(on.new.id)
    using = cast_sql(on.old, on.new)
    yield on.step(ddl.add_bare_column(on.schema, on.table, shadow, column_type(on.new)))
    yield on.step(ddl.add_shadow_check(on.schema, on.table, on.new.id, using))
    yield on.scan(ddl.backfill_preview(on.schema, on.table, shadow, using))
    yield on.scan(ddl.validate(on.schema, on.table, ddl.shadow_check_name(on.new.id)))
    yield on.step(ddl.drop_column(on.schema, on.table, on.column))
    yield on.step(ddl.rename_column(on.schema, on.table, shadow, on.column))


def fill_sql(field: Field, fill: Fill) -> str:
    """The value that rows without one get: the same whenever it is computed for the same row."""
    if fill.generator is None:
        return field_type(field).render_literal(field, field_type(field).parse(field, fill.value))
    return ddl.generated(fill.generator, field)


def cast_sql(old: Field, new: Field) -> str:
    """The expression that turns the old column into the new type."""
    cast = find_cast(old, new, ddl.name(old.column))
    if cast is None:
        raise NoCastError(f"There is no way from {old.type} to {new.type}.")
    return cast.sql


STEPS = {
    "required": _required,
    "unique": _unique,
    "index": _indexes,
    "relation": _relation,
    "checks": _checks,
    "default": _default,
    "type": _type,
}
