"""Schemas of projects: all that other features may import, and what the routes call."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.api.services import Services
from app.core.errors import PreconditionFailedError
from app.core.pools import Pool
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller
from app.engine.schema.adopt import adoption_wish
from app.engine.schema.apply import (
    Applied,
    Check,
    Preview,
    Wish,
    apply_schema,
    preview_schema,
)
from app.engine.schema.desired.parse import parse_desired
from app.engine.schema.drafts import (
    ANYTHING,
    Draft,
    Expected,
    delete_draft,
    get_draft,
    put_draft,
)
from app.engine.schema.drift import Difference, find_drift
from app.engine.schema.errors import SchemaNotFoundError
from app.engine.schema.fills import Fills
from app.engine.schema.former_names import (
    FormerNameUse,
    list_former_names,
    without_former_name,
)
from app.engine.schema.history import diff_versions, preview_rollback, rollback_to
from app.engine.schema.job_store import OPEN, Job, get_job, list_jobs, request_cancel
from app.engine.schema.plan import Plan
from app.engine.schema.record import Connection
from app.engine.schema.store import (
    AppliedVersion,
    get_version,
    list_versions,
    load_current,
    load_version,
)
from app.features.policies.service.stored_tests import check_schema_change, passing_tests
from app.features.schema.documents import Edit, schema_document
from app.features.schema.edits import parse_edit

PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.05

Json = dict[str, Any]
Editor = Callable[[Catalog], Edit]
"""Makes a changed schema document of the stored catalog."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose schema, and on whose behalf."""

    services: Services
    caller: Caller
    request_id: str | None = None

    @property
    def project_id(self) -> UUID:
        return self.caller.project.id

    async def pool(self) -> Pool:
        return (await self.services.database.placement(self.project_id)).owner


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change: the catalog now, the plan if there was one, the jobs it left."""

    catalog: Catalog
    plan: Mapping[str, Any] | None
    jobs: tuple[Job, ...]

    @property
    def running(self) -> list[Json]:
        return [job.as_json() for job in self.jobs if job.state in OPEN]

    def as_json(self) -> Json:
        return {
            "version": self.catalog.version,
            "hash": self.catalog.hash,
            "changed": self.plan is not None,
            "status": "running" if self.running else "applied",
            "jobs": [job.as_json() for job in self.jobs],
            "plan": self.plan,
        }


async def read_schema(scope: Scope) -> Catalog:
    """The current schema, straight from the store: a document made from it has the right base."""
    async with (await scope.pool()).acquire() as connection:
        return await load_current(connection, scope.project_id)


async def plan_document(
    scope: Scope, document: Mapping[str, Any], *, base: str | None, fills: Fills
) -> Preview:
    """What applying a document would do."""
    wish = Wish(lambda current: parse_desired(document, current, "/schema"), base, fills=fills)
    return await preview_schema(await scope.pool(), scope.project_id, wish)


async def apply_document(scope: Scope, document: Mapping[str, Any], wish: Wish) -> Outcome:
    """Apply a document; ``wish`` carries base, confirmation and fills."""
    return await apply_wish(
        scope,
        replace(wish, wanted=lambda current: parse_desired(document, current, "/schema")),
    )


async def apply_edit(scope: Scope, edit: Editor, confirm: str | None = None) -> Outcome:
    """Apply one edit to the schema as it is by then."""
    wish = Wish(lambda current: parse_edit(edit(current), current), confirm=confirm)
    return await apply_wish(scope, wish)


async def apply_draft(scope: Scope, wish: Wish) -> Outcome:
    """Apply the stored draft and clear it away."""
    draft = await read_draft(scope)
    outcome = await apply_document(scope, draft.schema, replace(wish, base=draft.base))
    with suppress(PreconditionFailedError):  # what somebody has kept since stays
        await remove_draft(scope, Expected(draft.tag))
    return outcome


async def _policy_tests(scope: Scope, first: Check | None = None) -> Check:
    """The stored policy tests, asked about a schema before it is committed; after ``first``."""
    passing = await passing_tests(scope.services, scope.caller)

    async def check(connection: Connection, catalog: Catalog) -> None:
        if first is not None:
            await first(connection, catalog)
        await check_schema_change(scope.services, scope.caller, connection, catalog, passing)

    return check


async def apply_wish(scope: Scope, wish: Wish) -> Outcome:
    """Apply, let this process see it at once, and wait a moment for what runs online.

    What the wish's own ``check`` writes is committed with the schema.
    """
    signed = replace(
        wish,
        actor=scope.caller.principal.actor,
        request_id=scope.request_id,
        check=await _policy_tests(scope, wish.check),
    )
    applied = await apply_schema(await scope.pool(), scope.project_id, signed)
    return await _settle(scope, applied)


async def plan_rollback(scope: Scope, version: int, fills: Fills) -> Preview:
    return await preview_rollback(await scope.pool(), scope.project_id, version, fills=fills)


async def roll_back(scope: Scope, version: int, *, confirm: str | None, fills: Fills) -> Outcome:
    """Make an applied version's schema the current one again."""
    applied = await rollback_to(
        await scope.pool(),
        scope.project_id,
        version,
        confirm=confirm,
        actor=scope.caller.principal.actor,
        fills=fills,
        check=await _policy_tests(scope),
    )
    return await _settle(scope, applied)


async def list_history(scope: Scope, limit: int, offset: int) -> tuple[list[AppliedVersion], bool]:
    """Applied versions, the newest first, and whether there are more."""
    async with (await scope.pool()).acquire() as connection:
        found = await list_versions(connection, scope.project_id, limit + 1, offset)
    return found[:limit], len(found) > limit


async def read_version(scope: Scope, version: int) -> tuple[AppliedVersion, Json]:
    """An applied version with its schema document."""
    async with (await scope.pool()).acquire() as connection:
        applied = await get_version(connection, scope.project_id, version)
        catalog = await load_version(connection, scope.project_id, version)
    return applied, schema_document(catalog)


async def compare_versions(scope: Scope, old: int, new: int) -> Plan:
    return await diff_versions(await scope.pool(), scope.project_id, old, new)


async def read_drift(scope: Scope) -> list[Difference]:
    """Where the database is not what was recorded; tables under change are left out."""
    async with (await scope.pool()).acquire() as connection:
        catalog = await load_current(connection, scope.project_id)
        jobs = await list_jobs(connection, scope.project_id, 100)
        busy = [job.collection_id for job in jobs if job.state in OPEN]
        return await find_drift(connection, catalog, busy)


async def read_draft(scope: Scope) -> Draft:
    async with (await scope.pool()).acquire() as connection:
        return await get_draft(connection, scope.project_id)


async def has_draft(scope: Scope) -> bool:
    try:
        await read_draft(scope)
    except SchemaNotFoundError:
        return False
    return True


async def keep_draft(
    scope: Scope, document: Mapping[str, Any], base: str | None, expected: Expected
) -> Draft:
    """Keep a draft; it must be a schema, whether or not it can be applied now."""
    async with (await scope.pool()).acquire() as connection:
        current = await load_current(connection, scope.project_id)
        if base in (None, current.hash):
            parse_desired(document, current, "/schema")
        actor = scope.caller.principal.actor
        found = base or current.hash
        return await put_draft(
            connection, scope.project_id, found, document, actor, expected=expected
        )


async def remove_draft(scope: Scope, expected: Expected = ANYTHING) -> bool:
    async with (await scope.pool()).acquire() as connection:
        return await delete_draft(connection, scope.project_id, expected=expected)


async def read_jobs(scope: Scope, limit: int = 100) -> list[Job]:
    async with (await scope.pool()).acquire() as connection:
        return await list_jobs(connection, scope.project_id, limit)


async def read_job(scope: Scope, job_id: UUID) -> Job:
    async with (await scope.pool()).acquire() as connection:
        return await get_job(connection, scope.project_id, job_id)


async def cancel_job(scope: Scope, job_id: UUID) -> Job:
    """Ask a job to undo what it did; answers it as it is then."""
    async with (await scope.pool()).acquire() as connection:
        await request_cancel(connection, scope.project_id, job_id)
    await _wait(scope, (job_id,))
    return await read_job(scope, job_id)


async def plan_adoption(scope: Scope, table: str, name: str | None) -> Preview:
    """What adopting a table would do to it."""
    pool = await scope.pool()
    wish = await adoption_wish(pool, await read_schema(scope), table, name)
    return await preview_schema(pool, scope.project_id, wish)


async def adopt_table(scope: Scope, table: str, name: str | None, confirm: str | None) -> Outcome:
    """Make a collection of a table that stands in the project's schema."""
    wish = await adoption_wish(await scope.pool(), await read_schema(scope), table, name)
    return await apply_wish(scope, replace(wish, confirm=confirm))


async def read_former_names(scope: Scope) -> list[FormerNameUse]:
    """Former names that still work, with their uses."""
    async with (await scope.pool()).acquire() as connection:
        catalog = await load_current(connection, scope.project_id)
        return await list_former_names(connection, catalog, scope.project_id)


async def remove_former_name(scope: Scope, collection: str | None, name: str) -> Outcome:
    """Stop answering to a former name."""
    return await apply_wish(scope, Wish(without_former_name(collection, name)))


async def _settle(scope: Scope, applied: Applied) -> Outcome:
    await _wait(scope, applied.jobs)
    jobs = [await read_job(scope, job_id) for job_id in applied.jobs]
    catalog = await read_schema(scope) if jobs else applied.catalog
    catalogs = scope.services.catalogs
    await catalogs.refresh(scope.project_id, at_least=catalog.version)
    return Outcome(catalog, applied.plan, tuple(jobs))


async def _wait(scope: Scope, jobs: tuple[UUID, ...]) -> None:
    """Give jobs a moment to end: small ones mostly do."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            for job_id in jobs:
                await _until_over(scope, job_id)


async def _until_over(scope: Scope, job_id: UUID) -> None:
    while (await read_job(scope, job_id)).state in OPEN:  # noqa: ASYNC110 - another process's work
        await asyncio.sleep(_LOOK_SECONDS)
