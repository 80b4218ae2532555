"""Catalogs of schema versions that are no longer current: images of the log are read by them."""

from uuid import UUID

from asyncpg import Pool

from app.engine.catalog.model import Catalog
from app.engine.catalog.store import load_catalog

MOST_HELD = 200

_held: dict[tuple[UUID, int], Catalog] = {}


async def catalog_at(pool: Pool, current: Catalog, version: int) -> Catalog:
    """The project's catalog of a version. An applied version never changes, so it is kept."""
    if version == current.version:
        return current
    key = (current.project_id, version)
    held = _held.get(key)
    if held is None:
        held = await load_catalog(pool, current.project_id, version)
        if len(_held) >= MOST_HELD:
            del _held[next(iter(_held))]
        _held[key] = held
    return held
