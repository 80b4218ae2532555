"""A type change: a second column beside the first, filled in batches, then put in its place.

From the moment the second column exists every write sets both (the write path does it, a CHECK
holds it to it), so that the copy only has to catch up with the rows that were there before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.engine.catalog.model import Catalog, Collection, Field, Shadow
from app.engine.schema import ddl, edits
from app.engine.schema.changes.alter import ATTRIBUTES, AlterField
from app.engine.schema.changes.alter_steps import cast_sql
from app.engine.schema.compile_backfill import copy_batch
from app.engine.schema.online.session import Session
from app.engine.schema.physical import (
    IndexShape,
    checks,
    column_type,
    default_sql,
    indexes,
    not_null_name,
    shadow_name,
)

COPYING, CHECKING, SETTLING = "copying", "checking", "settling"
_OPTIONS = (
    *("items", "precision", "scale", "collation", "max_length", "min_length", "min", "max"),
    "values",
)


async def retype(session: Session) -> None:
    """The whole change, from wherever it was left."""
    if session.job.phase == "waiting":
        await session.retry_while_busy(lambda: _begin(session))
    if session.job.phase == COPYING:
        await _copy(session)
    if session.job.phase == CHECKING:
        await _check(session)
        await session.retry_while_busy(lambda: _swap(session))
    if session.job.phase == SETTLING:
        _, collection = await session.collection()
        await session.validate(collection.table, checks(collection.by_id[_after(session).id]))


async def unretype(session: Session) -> None:
    """Without the second column; nothing to undo once the columns were swapped."""
    await session.retry_while_busy(lambda: _take_back(session))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The field before and after, where they are, and the temporary names of the new objects."""

    catalog: Catalog
    collection: Collection
    old: Field
    new: Field

    @property
    def schema(self) -> str:
        return self.catalog.schema

    @property
    def table(self) -> str:
        return self.collection.table

    @property
    def shadow(self) -> str:
        return shadow_name(self.old.id)

    def shadow_checks(self) -> dict[str, str]:
        """The new type's CHECKs over the second column, under temporary names."""
        return {f"ct{n[2:]}": sql for n, sql in checks(self.new, self.shadow).items()}

    def shadow_indexes(self) -> Iterator[tuple[IndexShape, str]]:
        """Every index over the column, over the second one instead, with its final name."""
        changed = edits.put_field(self.collection, replace(self.new, column=self.shadow))
        for index in indexes(changed):
            if any(part.lstrip("-") == self.shadow for part in index.columns):
                yield replace(index, name=f"x_{index.name}"), index.name


def _after(session: Session) -> Field:
    change = session.job.change
    assert isinstance(change, AlterField)  # noqa: S101 - no other change comes here
    return change.after


def _columns(session: Session, catalog: Catalog) -> _Columns:
    collection = catalog.by_id[session.job.collection_id]
    old = collection.by_id[_after(session).id]
    new = edits.move(replace(old, shadow=None), _after(session), ATTRIBUTES["type"])
    return _Columns(catalog, collection, old, new)


async def _begin(session: Session) -> None:
    table = (await session.collection())[1].table
    async with session.briefly(tables=[table]) as catalog:
        on = _columns(session, catalog)
        await session.execute(
            ddl.add_bare_column(on.schema, table, on.shadow, column_type(on.new)),
            ddl.add_shadow_check(on.schema, table, on.old.id, cast_sql(on.old, on.new)),
        )
        shadow = Shadow(on.shadow, on.new.type, _options(on.new))
        shadowed = edits.put_field(on.collection, replace(on.old, shadow=shadow))
        summary = f"Begin: {session.job.summary}"
        await session.record(edits.put_collection(catalog, shadowed), summary)
        await session.reach(COPYING)


def _options(new: Field) -> dict[str, Any]:
    """What the write path needs to know of the coming field: it must satisfy both."""
    kept = {name: getattr(new, name) for name in _OPTIONS}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in kept.items()}


async def _copy(session: Session) -> None:
    catalog, collection = await session.collection()
    field = collection.by_id[_after(session).id]
    await session.in_batches(
        COPYING, lambda first: copy_batch(catalog, collection, field, first=first)
    )
    await session.reach(CHECKING, done=session.job.done)


async def _check(session: Session) -> None:
    """Everything that the new column must be, proved before it takes the old one's place."""
    on = _columns(session, await session.catalog())
    await session.retry_while_busy(lambda: _add_checks(session, on))
    names = [ddl.shadow_check_name(on.old.id), *on.shadow_checks()]
    if on.old.required:
        names.append(not_null_name(on.old.id))
    await session.validate(on.table, names)
    for index, _ in on.shadow_indexes():
        await session.ensure_index(on.table, index)


async def _add_checks(session: Session, on: _Columns) -> None:
    async with session.briefly(tables=[on.table]):
        wanted = on.shadow_checks()
        if on.old.required:
            wanted[not_null_name(on.old.id)] = ddl.is_not_null(on.shadow)
        for name, sql in wanted.items():
            await session.execute(
                ddl.drop_constraint_if_exists(on.schema, on.table, name),
                ddl.add_check(on.schema, on.table, name, sql, valid=False),
            )


async def _swap(session: Session) -> None:
    table = (await session.collection())[1].table
    async with session.briefly(tables=[table]) as catalog:
        on = _columns(session, catalog)
        await session.execute(*_swap_statements(on))
        changed = edits.put_field(on.collection, on.new)
        await session.record(edits.put_collection(catalog, changed), session.job.summary)
        await session.reach(SETTLING, done=session.job.done)


def _swap_statements(on: _Columns) -> Iterator[str]:
    """Only the system's own tables are touched: moments, however large the table is."""
    schema, table, column = on.schema, on.table, on.old.column
    for name in (ddl.shadow_check_name(on.old.id), *on.shadow_checks()):
        yield ddl.drop_constraint_if_exists(schema, table, name)
    yield ddl.drop_column(schema, table, column)
    yield ddl.rename_column(schema, table, on.shadow, column)
    if on.new.required:
        yield ddl.set_not_null(schema, table, column)
        yield ddl.drop_constraint(schema, table, not_null_name(on.old.id))
    default = default_sql(on.new)
    if default is not None:
        yield ddl.set_default(schema, table, column, default)
    for name, sql in checks(on.new).items():
        yield ddl.add_check(schema, table, name, sql, valid=False)
    for index, name in on.shadow_indexes():
        yield ddl.rename_index(schema, index.name, name)


async def _take_back(session: Session) -> None:
    table = (await session.collection())[1].table
    async with session.briefly(tables=[table]) as catalog:
        on = _columns(session, catalog)
        if on.old.shadow is None:
            return
        await session.execute(
            ddl.drop_constraint_if_exists(on.schema, table, not_null_name(on.old.id)),
            ddl.drop_column(on.schema, table, on.shadow),
        )
        kept = edits.put_field(on.collection, replace(on.old, shadow=None))
        summary = f"Undo: {session.job.summary}"
        await session.record(edits.put_collection(catalog, kept), summary)
