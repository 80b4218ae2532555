"""Fields that change their rules or their type: one aspect at a time, each on its own reversible.

An aspect is a set of attributes that move together. ``before`` and ``after`` are whole fields;
only the aspect's attributes of ``after`` take effect, so that aspects can be applied in any order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from app.core.errors import InvalidError
from app.engine.catalog.casts import find_cast
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Field
from app.engine.schema import ddl, edits
from app.engine.schema.changes.change import (
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Change,
    Risk,
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

Aspect = Literal["options", "required", "unique", "index", "relation", "type", "checks", "default"]

_RULES = ("max_length", "min_length", "min", "max", "values")
_DEFAULT = ("default", "has_default")
_TYPE = ("type", "items", "precision", "scale", "collation")
ATTRIBUTES: dict[Aspect, tuple[str, ...]] = {
    "options": ("label", "description", "hidden", "searchable", "validations", "read_only"),
    "required": ("required",),
    "unique": ("unique",),
    "index": ("index",),
    "relation": ("relation", "items"),
    "type": (*_TYPE, *_RULES, *_DEFAULT),
    "checks": (*_TYPE, *_RULES, *_DEFAULT),
    "default": _DEFAULT,
}


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
class AlterField(Change):
    """One aspect of one field. ``type`` changes the column's type; ``checks`` does not."""

    kind: ClassVar[str] = "alter_field"
    aspect: Aspect
    before: Field
    after: Field
    fill: Fill | None = None

    def subject(self) -> str | None:
        return self.after.id

    def risk(self) -> Risk:
        if self.aspect != "type":
            return "safe"
        cast = find_cast(self.before, self.after, "x")
        way_back = find_cast(self.after, self.before, "x")
        return "safe" if cast is not None and cast.exact and way_back is not None else "lossy"

    def runs_online(self) -> bool:
        return self.aspect == "type" or self.tightens()

    def tightens(self) -> bool:
        """Whether every stored row has to be looked at."""
        if self.aspect in ("required", "unique", "index"):
            return bool(getattr(self.after, self.aspect))
        if self.aspect == "checks":
            old, new = checks(self.before, "x"), checks(self.after, "x")
            return any(old.get(name) != sql for name, sql in new.items())
        return self.aspect == "relation" and self._points_elsewhere()

    def applied(self, catalog: Catalog) -> Catalog:
        def altered(field: Field) -> Field:
            return edits.move(field, self.after, ATTRIBUTES[self.aspect])

        return edits.change_collection(
            catalog,
            self.collection_id,
            lambda c: edits.put_field(c, altered(c.by_id[self.after.id])),
        )

    def reversed(self) -> Change:
        return AlterField(self.collection_id, self.aspect, self.after, self.before)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:
        collection = catalog.by_id[self.collection_id]
        old = collection.by_id[self.after.id]
        new = edits.move(old, self.after, ATTRIBUTES[self.aspect])
        if not old.is_stored:
            return ()
        context = _Context(catalog, collection.table, old, new, large, self.fill)
        return tuple(_STEPS[self.aspect](context)) if self.aspect != "options" else ()

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        silent = self.aspect == "options" or not self.after.is_stored
        return () if silent else (catalog.by_id[self.collection_id].table,)

    def describe(self, catalog: Catalog) -> str:
        name = f"{catalog.by_id[self.collection_id].name}.{self.after.name}"
        if self.aspect == "type":
            return f"Change the type of {name} from {self.before.type} to {self.after.type}"
        if self.aspect in ("required", "unique", "index"):
            state = "" if getattr(self.after, self.aspect) else "no longer "
            return f"Make {name} {state}{'indexed' if self.aspect == 'index' else self.aspect}"
        return f"Change the {self.aspect} of {name}"

    def _points_elsewhere(self) -> bool:
        old, new = self.before.relation, self.after.relation
        return self.after.is_belongs_to and bool(old and new and old.to != new.to)


@dataclass(frozen=True, slots=True)
class _Context:
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


def _required(on: _Context) -> Iterator[Step]:
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


def _unique(on: _Context) -> Iterator[Step]:
    yield from _indexes(on)


def _indexes(on: _Context) -> Iterator[Step]:
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


def _relation(on: _Context) -> Iterator[Step]:
    old, new = foreign_key(on.old, on.catalog), foreign_key(on.new, on.catalog)
    if old == new or new is None:
        return
    if on.fill is not None:
        sql = ddl.forget_orphans(on.schema, on.table, on.column, new.target)
        yield on.step(sql, scans=True)
    yield on.step(ddl.drop_constraint_if_exists(on.schema, on.table, foreign_key_name(on.new.id)))
    sql = ddl.add_foreign_key(on.schema, on.table, new, valid=not on.large)
    yield on.step(sql, lock=SHARE_ROW_EXCLUSIVE, scans=not on.large)
    if on.large:
        yield on.scan(ddl.validate(on.schema, on.table, new.name))


def _checks(on: _Context) -> Iterator[Step]:
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


def _default(on: _Context) -> Iterator[Step]:
    old, new = default_sql(on.old), default_sql(on.new)
    if new is not None and new != old:
        yield on.step(ddl.set_default(on.schema, on.table, on.column, new))
    elif old is not None and new is None:
        yield on.step(ddl.drop_default(on.schema, on.table, on.column))


def _type(on: _Context) -> Iterator[Step]:
    yield from _type_online(on) if on.large else _type_at_once(on)


def _type_at_once(on: _Context) -> Iterator[Step]:
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


def _type_online(on: _Context) -> Iterator[Step]:
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


_STEPS = {
    "required": _required,
    "unique": _unique,
    "index": _indexes,
    "relation": _relation,
    "checks": _checks,
    "default": _default,
    "type": _type,
}
