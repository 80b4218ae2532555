"""Versions of a schema: what lies between two of them, and the way back to one."""

from dataclasses import replace
from uuid import UUID

import asyncpg

from app.engine.catalog.model import Catalog, Collection
from app.engine.schema.apply import (
    Applied,
    Check,
    Preview,
    Wanted,
    Wish,
    apply_schema,
    preview_schema,
)
from app.engine.schema.desired.aliases import carry_aliases
from app.engine.schema.edits import edit_catalog, edit_collection, refreshed_keys, replace_fields
from app.engine.schema.errors import SchemaExistsError
from app.engine.schema.fills import Fills
from app.engine.schema.physical import own_fields
from app.engine.schema.plan import Plan, make_plan
from app.engine.schema.store import load_version
from app.engine.schema.system import is_system


async def diff_versions(pool: asyncpg.Pool, project_id: UUID, old: int, new: int) -> Plan:
    """The plan that leads from one applied version to another, as if on empty tables."""
    async with pool.acquire() as connection:
        before = await load_version(connection, project_id, old)
        after = await load_version(connection, project_id, new)
    return make_plan(before, _settled(after), sizes={})


async def preview_rollback(
    pool: asyncpg.Pool, project_id: UUID, version: int, *, fills: Fills | None = None
) -> Preview:
    """What ``rollback_to`` would do now."""
    wanted = await _wanted(pool, project_id, version)
    return await preview_schema(pool, project_id, Wish(wanted, fills=fills or {}))


async def rollback_to(
    pool: asyncpg.Pool,
    project_id: UUID,
    version: int,
    *,
    confirm: str | None = None,
    actor: str | None = None,
    fills: Fills | None = None,
    check: Check | None = None,
) -> Applied:
    """Make an applied version's schema the current one again, with the data of what was dropped
    meanwhile, as far as it is still kept. Names given since keep working.
    """
    wanted = await _wanted(pool, project_id, version)
    summary = f"Roll back to version {version}"
    wish = Wish(
        wanted, confirm=confirm, actor=actor, fills=fills or {}, summary=summary, check=check
    )
    return await apply_schema(pool, project_id, wish)


async def _wanted(pool: asyncpg.Pool, project_id: UUID, version: int) -> Wanted:
    async with pool.acquire() as connection:
        target = await load_version(connection, project_id, version)
    return lambda current: returned_to(_settled(target), current)


def returned_to(target: Catalog, current: Catalog) -> Catalog:
    """An older catalog as the wanted one: what belongs to the product stays as it is now.

    Raises SchemaExistsError where a name is the product's by now.
    """
    collections = []
    for stored in current.by_id.values():
        older = target.by_id.get(stored.id)
        if older is not None:
            collections.append(_with_current_system_fields(older, stored))
        elif stored.system:
            collections.append(stored)
    collections += [c for i, c in target.by_id.items() if i not in current.by_id]
    _refuse_names_taken(collections)
    wanted = edit_catalog(current, collections=collections)
    return carry_aliases(current, refreshed_keys(wanted))


def _refuse_names_taken(collections: list[Collection]) -> None:
    taken = {c.name for c in collections if c.system}
    for collection in collections:
        if collection.name in taken and not collection.system:
            raise SchemaExistsError(f"The name {collection.name!r} belongs to the product by now.")


def _with_current_system_fields(older: Collection, stored: Collection) -> Collection:
    own, now = own_fields(older), own_fields(stored)
    kept = [now.get(i, field) if is_system(i) else field for i, field in own.items()]
    added = [field for i, field in now.items() if is_system(i) and i not in own]
    return replace_fields(older, (*added, *kept))


def _settled(catalog: Catalog) -> Catalog:
    """The catalog without the second columns of changes that were under way."""
    return edit_catalog(
        catalog,
        collections=[
            edit_collection(c, fields=[replace(f, shadow=None) for f in c.fields.values()])
            for c in catalog.collections.values()
        ],
    )
