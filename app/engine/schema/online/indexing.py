"""Indexes, built and dropped while the table is read and written."""

from app.engine.catalog.model import Catalog
from app.engine.schema import edits
from app.engine.schema.changes.alter import ATTRIBUTES, AlterField
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.indexes import AddIndex
from app.engine.schema.online.session import Session, finish
from app.engine.schema.physical import IndexShape, composite_index, plain_index, unique_index

BUILDING = "building"


async def build_index(session: Session) -> None:
    """A new index, then the catalog that knows it; what it replaces goes."""
    catalog, collection = await session.collection()
    old, new = _shapes(session.job.change, catalog)
    if session.job.phase == "waiting":
        for name in old:
            if name in new and old[name] != new[name]:
                await session.drop_index(name)
        await session.reach(BUILDING)
    for index in new.values():
        await session.ensure_index(collection.table, index)
    await finish(session)
    for name in old:
        if name not in new:
            await session.drop_index(name)


async def unbuild_index(session: Session) -> None:
    """The indexes as they were."""
    catalog, collection = await session.collection()
    old, new = _shapes(session.job.change, catalog)
    for name in new:
        if old.get(name) != new[name]:
            await session.drop_index(name)
    for index in old.values():
        await session.ensure_index(collection.table, index)


def _shapes(
    change: Change, catalog: Catalog
) -> tuple[dict[str, IndexShape], dict[str, IndexShape]]:
    """The indexes that the change is about, before and after it."""
    collection = catalog.by_id[change.collection_id]
    if isinstance(change, AddIndex):
        index = composite_index(change.index, collection)
        return {}, {index.name: index}
    assert isinstance(change, AlterField)  # noqa: S101 - no other change comes here
    before = collection.by_id[change.after.id]
    after = edits.move(before, change.after, ATTRIBUTES[change.aspect])
    old, new = (
        {i.name: i for i in (unique_index(f), plain_index(f)) if i is not None}
        for f in (before, after)
    )
    return old, new
