"""Applying a wanted schema: one transaction, or nothing at all.

Two changes of one project never run at the same time, a change made from an older state is told
so, and a table that is in use is asked for briefly and again, never queued for.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import asyncpg

from app.core.errors import BackendifyError
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import insert_control_entry
from app.engine.schema import ddl
from app.engine.schema.changes.change import Change
from app.engine.schema.compile_probes import compile_probes
from app.engine.schema.diff import diff
from app.engine.schema.digest import catalog_hash
from app.engine.schema.errors import SchemaBusyError, SchemaConflictError
from app.engine.schema.failures import as_schema_error
from app.engine.schema.fills import Fills, with_fills
from app.engine.schema.gate import check_gate
from app.engine.schema.job_store import insert_jobs, refuse_open_jobs
from app.engine.schema.physical import tombstone_name
from app.engine.schema.plan import Adjust, Plan, make_plan, plan_to_json
from app.engine.schema.probe import run_probes
from app.engine.schema.record import Connection, Version, record_version
from app.engine.schema.size import Size
from app.engine.schema.stats import table_sizes
from app.engine.schema.store import load_current, load_tombstones, record_tombstones
from app.engine.schema.tombstones import Tombstones

LOCK_WAITS = (0.4, 0.8, 1.2, 1.5)  # seconds; together with the pauses well under five
PAUSES = (0.1, 0.2, 0.3)
BUSY_AFTER = 4.5
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)

_turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

Wanted = Callable[[Catalog], Catalog]
Check = Callable[[Connection, Catalog], Awaitable[None]]


def _unadjusted(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    return changes


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: ``wanted`` gives the new catalog from the stored one.

    ``base`` None accepts any state; ``plan_hash`` is that of the plan that was looked at, if any;
    ``confirm`` agrees to a plan that may lose data. ``check`` is asked about the new catalog on
    the connection that has made it, before it is committed; what it raises takes all of it back.
    """

    wanted: Wanted
    base: str | None = None
    plan_hash: str | None = None
    confirm: str | None = None
    actor: str | None = None
    request_id: str | None = None
    fills: Fills = field(default_factory=dict)
    summary: str | None = None
    adjust: Adjust = _unadjusted
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan and the rows that are in its way or would lose something."""

    plan: Plan
    offenders: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return plan_to_json(self.plan, self.offenders)


@dataclass(frozen=True, slots=True)
class Applied:
    """The catalog that is current now, the plan (None: nothing was to be done), its jobs."""

    catalog: Catalog
    plan: Mapping[str, Any] | None = None
    jobs: tuple[UUID, ...] = ()


async def preview_schema(pool: asyncpg.Pool, project_id: UUID, wish: Wish) -> Preview:
    """The plan that ``apply_schema`` would carry out now. Raises what it would raise, but for
    asking to be confirmed and for the rows in the way: those are told in the preview.
    """
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        current = await load_current(connection, project_id)
        _check_base(wish, current)
        return await _prepare(connection, current, wish)


async def apply_schema(pool: asyncpg.Pool, project_id: UUID, wish: Wish) -> Applied:
    """Carry out a wish. Raises SchemaBusyError when the tables cannot be had in five seconds."""
    started = time.monotonic()
    async with _turn(project_id):
        for attempt, wait in enumerate(LOCK_WAITS):
            try:
                return await _attempt(pool, project_id, wish, wait)
            except _BUSY:
                if attempt == len(PAUSES) or time.monotonic() - started > BUSY_AFTER:
                    break
                await asyncio.sleep(PAUSES[attempt])
    raise _busy()


async def lock_project(connection: Connection, project_id: UUID) -> None:
    """Wait, as long as ``lock_timeout`` allows, until no other change of the project runs."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", project_key(project_id))


async def set_lock_wait(connection: Connection, seconds: float) -> None:
    await connection.execute(
        "SELECT set_config('lock_timeout', $1, true)", f"{int(seconds * 1000)}ms"
    )


def project_key(project_id: UUID) -> int:
    """The project's key among 64-bit advisory locks: the random half of its id."""
    return int.from_bytes(project_id.bytes[8:], "big", signed=True)


@asynccontextmanager
async def _turn(project_id: UUID) -> AsyncIterator[None]:
    """Let one change of a project after another have a connection: the rest wait without one."""
    turn = _turns.setdefault(project_id, asyncio.Lock())
    try:
        async with asyncio.timeout(BUSY_AFTER):
            await turn.acquire()
    except TimeoutError:
        raise _busy() from None
    try:
        yield
    finally:
        turn.release()


def _busy() -> SchemaBusyError:
    return SchemaBusyError(
        "The tables are in use by a long transaction, or another change is under way.",
        hint="Try again; what holds the tables is shown by the activity page.",
        retry_after=2,
    )


async def _attempt(pool: asyncpg.Pool, project_id: UUID, wish: Wish, wait: float) -> Applied:
    try:
        async with pool.acquire() as connection, connection.transaction():
            await set_lock_wait(connection, wait)
            await lock_project(connection, project_id)
            return await _apply(connection, project_id, wish)
    except BackendifyError:
        raise
    except asyncpg.PostgresError as error:
        if isinstance(error, _BUSY) or (shown := as_schema_error(error)) is None:
            raise
        raise shown from error


async def _apply(connection: Connection, project_id: UUID, wish: Wish) -> Applied:
    current = await load_current(connection, project_id)
    is_stale = wish.base is not None and wish.base != current.hash
    if is_stale and await asyncio.to_thread(_is_reached, current, wish):
        return Applied(current)
    _check_base(wish, current)
    preview = await _prepare(connection, current, wish)
    if not preview.plan.changes:
        return Applied(current)
    await refuse_open_jobs(connection, preview.plan)
    check_gate(preview, plan_hash=wish.plan_hash, confirm=wish.confirm)
    await _lock_tables(connection, preview.plan)
    return await _execute(connection, project_id, preview, wish)


def _is_reached(current: Catalog, wish: Wish) -> bool:
    """Whether the state is the wanted one already: the same request once more."""
    try:
        return not diff(current, wish.wanted(current))
    except BackendifyError:
        return False


async def _prepare(connection: Connection, current: Catalog, wish: Wish) -> Preview:
    # Hundreds of collections take a while: in a thread, so that other requests go on.
    wanted = await asyncio.to_thread(wish.wanted, current)
    tombstones = await load_tombstones(connection, current.project_id)
    sizes = await _sizes(connection, current, wanted, tombstones)
    fill = with_fills(wish.fills, wanted)
    plan = await asyncio.to_thread(
        make_plan, current, wanted, sizes, tombstones, lambda changes: fill(wish.adjust(changes))
    )
    rows = {i: size.rows for i, size in sizes.items()}
    offenders = await run_probes(connection, compile_probes(plan, tombstones), rows)
    return Preview(plan, offenders)


def _check_base(wish: Wish, current: Catalog) -> None:
    if wish.base is not None and wish.base != current.hash:
        raise SchemaConflictError(base=wish.base, current=current.hash, version=current.version)


async def _sizes(
    connection: Connection, current: Catalog, wanted: Catalog, tombstones: Tombstones
) -> dict[str, Size]:
    """The sizes of the tables that the change may be about, by collection id."""
    tables = {i: tombstone_name(i) for i in tombstones.collections if i in wanted.by_id}
    tables |= {i: c.table for i, c in current.by_id.items() if c != wanted.by_id.get(i)}
    found = await table_sizes(connection, current.schema, tables.values())
    return {i: found[table] for i, table in tables.items() if table in found}


async def _lock_tables(connection: Connection, plan: Plan) -> None:
    """All tables whose meaning changes, always in the same order, before anything is done."""
    tables: set[str] = set()
    for planned in plan.at_once:
        if planned.change.collection_id in plan.before.by_id:
            tables.update(planned.change.tables(plan.before))
    for table in sorted(tables):
        await connection.execute(ddl.lock_table(plan.before.schema, table))


async def _execute(
    connection: Connection, project_id: UUID, preview: Preview, wish: Wish
) -> Applied:
    plan = preview.plan
    for planned in plan.at_once:
        for step in planned.steps:
            await connection.execute(step.sql)
    version = plan.before.version + 1
    catalog = replace(plan.reached, version=version, hash=catalog_hash(plan.reached))
    changes = [planned.change for planned in plan.at_once]
    await record_tombstones(connection, project_id, changes, version, wish.actor)
    jobs = await insert_jobs(connection, project_id, plan.jobs, wish.actor)
    shown = preview.as_json()
    summary = wish.summary or plan.summary
    await record_version(connection, catalog, Version(shown, wish.actor, summary))
    await insert_control_entry(
        connection,
        wish.actor or "system",
        "schema.applied",
        project_id=project_id,
        target=f"version {version}",
        detail={"version": version, "summary": summary, "risk": plan.risk},
        request_id=wish.request_id,
    )
    if wish.check is not None:
        await wish.check(connection, catalog)
    return Applied(catalog, shown, jobs)
