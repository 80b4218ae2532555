"""Rules that every stored row has to meet."""

from app.engine.catalog.model import Catalog, Field
from app.engine.schema import ddl, edits
from app.engine.schema.changes.alter import ATTRIBUTES, AlterField
from app.engine.schema.changes.fields import SettleField
from app.engine.schema.compile_backfill import fill_batch, forget_batch
from app.engine.schema.online.session import Session, finish
from app.engine.schema.physical import (
    checks,
    foreign_key,
    foreign_key_name,
    not_null_name,
    plain_index,
)

FILLING = "filling"


async def settle_field(session: Session) -> None:
    """Validate what was added unchecked with a new column, and build its index."""
    change = session.job.change
    assert isinstance(change, SettleField)  # noqa: S101 - the kind says so
    _, collection = await session.collection()
    field = collection.by_id.get(change.field.id)
    if field is None:
        return
    names = [*checks(field), *([foreign_key_name(field.id)] if field.is_belongs_to else [])]
    await session.validate(collection.table, names)
    index = plain_index(field)
    if index is not None:
        await session.ensure_index(collection.table, index)


async def require(session: Session) -> None:
    """A value in every row: a CHECK for new rows, values for old ones, validation, NOT NULL."""
    change, field = _altered(session)
    if session.job.phase == "waiting":
        await session.retry_while_busy(lambda: _begin_requiring(session, field))
    fill = change.fill
    if fill is not None and session.job.phase == FILLING:
        catalog, collection = await session.collection()
        await session.in_batches(
            FILLING, lambda first: fill_batch(catalog, collection, field, fill, first=first)
        )
    _, collection = await session.collection()
    await session.validate(collection.table, [not_null_name(field.id)])
    await session.retry_while_busy(lambda: _finish_requiring(session, field))


async def _begin_requiring(session: Session, field: Field) -> None:
    async with session.briefly() as catalog:
        table = catalog.by_id[session.job.collection_id].table
        name, present = not_null_name(field.id), ddl.is_not_null(field.column)
        await session.execute(ddl.add_check(catalog.schema, table, name, present, valid=False))
        await session.reach(FILLING)


async def _finish_requiring(session: Session, field: Field) -> None:
    table = (await session.collection())[1].table
    async with session.briefly(tables=[table]) as catalog:
        await session.execute(
            ddl.set_not_null(catalog.schema, table, field.column),
            ddl.drop_constraint(catalog.schema, table, not_null_name(field.id)),
        )
        await session.record(session.job.change.applied(catalog), session.job.summary)
        await session.reach("done")


async def unrequire(session: Session) -> None:
    _, field = _altered(session)
    catalog, collection = await session.collection()
    name = not_null_name(field.id)
    await session.execute(ddl.drop_constraint_if_exists(catalog.schema, collection.table, name))


async def tighten(session: Session) -> None:
    """CHECKs or a foreign key: enforced for new rows first, then validated for the old ones."""
    change, field = _altered(session)
    if session.job.phase == "waiting":
        await session.retry_while_busy(lambda: _exchange(session, field))
    if change.aspect == "relation" and change.fill is not None and session.job.phase == FILLING:
        catalog, collection = await session.collection()
        await session.in_batches(
            FILLING, lambda first: forget_batch(catalog, collection, field, first=first)
        )
    catalog, collection = await session.collection()
    await session.validate(collection.table, _rules(field, catalog))
    await finish(session)


async def loosen(session: Session) -> None:
    """The old rules back, validated: nothing that they forbid was let in meanwhile."""
    change, field = _altered(session)
    if session.job.phase == "waiting":
        return
    old = edits.move(field, change.before, ATTRIBUTES[change.aspect])
    await session.retry_while_busy(lambda: _exchange(session, old, phase="undone"))


async def _exchange(session: Session, field: Field, phase: str = FILLING) -> None:
    """The field's constraints, not validated, in place of those that are there."""
    change, _ = _altered(session)
    table = (await session.collection())[1].table
    async with session.briefly(tables=[table]) as catalog:
        names = {*checks(change.before), *checks(change.after)}
        if change.aspect == "relation":
            names = {foreign_key_name(field.id)}
        for name in sorted(names):
            await session.execute(ddl.drop_constraint_if_exists(catalog.schema, table, name))
        for sql in _unchecked(catalog, table, field, change.aspect == "relation"):
            await session.execute(sql)
        if phase == FILLING:
            await session.reach(phase)


def _unchecked(catalog: Catalog, table: str, field: Field, is_relation: bool) -> list[str]:
    key = foreign_key(field, catalog) if is_relation else None
    if key is not None:
        return [ddl.add_foreign_key(catalog.schema, table, key, valid=False)]
    return [
        ddl.add_check(catalog.schema, table, name, sql, valid=False)
        for name, sql in checks(field).items()
    ]


def _rules(field: Field, catalog: Catalog) -> list[str]:
    key = foreign_key(field, catalog)
    return [key.name] if key is not None else list(checks(field))


def _altered(session: Session) -> tuple[AlterField, Field]:
    """The change and the field as it will be, under its present column."""
    change = session.job.change
    assert isinstance(change, AlterField)  # noqa: S101 - the kind says so
    return change, change.after
