"""Running online changes: one at a time in a project, each by whoever holds its lock.

A job's lock belongs to the session that runs it and goes with it, so that a job of a killed
process is taken up at once by the next one that looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.core.errors import BackendifyError
from app.engine.schema.changes.alter import AlterField
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.fields import SettleField
from app.engine.schema.changes.indexes import AddIndex
from app.engine.schema.job_store import (
    OPEN,
    Job,
    finish_job,
    get_job,
    list_next_jobs,
    postpone_job,
    save_progress,
)
from app.engine.schema.online.indexing import build_index, unbuild_index
from app.engine.schema.online.retype import SETTLING, retype, unretype
from app.engine.schema.online.rules import (
    loosen,
    require,
    settle_field,
    tighten,
    unrequire,
)
from app.engine.schema.online.session import CancelledJobError, Session

LOOK_EVERY = 0.5
AT_ONCE = 2
MOST_ATTEMPTS = 5
_REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)
# The last is what asyncpg says when the server goes away in the middle of an answer.
_INTERRUPTED = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    BackendifyError,
)
_OVER = (SETTLING, "done")

Act = Callable[[Session], Awaitable[None]]
log = structlog.get_logger(__name__)


async def run_jobs_forever(pool: asyncpg.Pool) -> None:
    """Look for open jobs and run them until cancelled."""
    running: dict[UUID, asyncio.Task[None]] = {}
    try:
        while True:
            running = {i: task for i, task in running.items() if not task.done()}
            for job in await _next_jobs(pool):
                if len(running) < AT_ONCE and job.id not in running:
                    running[job.id] = asyncio.create_task(run_job(pool, job))
            await asyncio.sleep(LOOK_EVERY)
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def run_job(pool: asyncpg.Pool, job: Job) -> None:
    """Run a job to its end, unless someone else is at it. Never raises but when cancelled."""
    try:
        async with pool.acquire() as connection:
            if await connection.fetchval("SELECT pg_try_advisory_lock($1)", job_key(job.id)):
                try:
                    await _run(Session(pool, connection, job))
                finally:
                    with suppress(*_INTERRUPTED):
                        await connection.execute("SELECT pg_advisory_unlock($1)", job_key(job.id))
    except _INTERRUPTED as error:
        log.warning("schema_job_interrupted", job=str(job.id), error=repr(error))
        await _postpone(pool, job)


def job_key(job_id: UUID) -> int:
    """The job's key among 64-bit advisory locks."""
    return int.from_bytes(job_id.bytes[8:], "big", signed=True)


async def _next_jobs(pool: asyncpg.Pool) -> list[Job]:
    try:
        async with pool.acquire() as connection:
            return await list_next_jobs(connection)
    except _INTERRUPTED:
        return []


async def _postpone(pool: asyncpg.Pool, job: Job) -> None:
    with suppress(*_INTERRUPTED):
        async with pool.acquire() as connection:
            await postpone_job(connection, job, 2)


async def _run(session: Session) -> None:
    """Do it; when refused or asked to stop, undo it."""
    session.job = await get_job(session.connection, session.job.project_id, session.job.id)
    if session.job.state not in OPEN:
        return
    do, undo = _acts(session.job.change)
    state, error = await _attempt(session, do)
    if state != "succeeded" and session.job.phase not in _OVER:
        await undo(session)
    elif state == "cancelled":
        state = "succeeded"  # too late: the change has been made
    await finish_job(session.connection, session.job, state, error)


async def _attempt(session: Session, do: Act) -> tuple[str, Mapping[str, Any] | None]:
    """The state that the job ends in. Raises what another attempt may overcome."""
    try:
        session.job = replace(session.job, state="running")
        if await save_progress(session.connection, session.job):
            raise CancelledJobError
        if session.job.phase != "done":
            await do(session)
    except CancelledJobError:
        return "cancelled", None
    except _REFUSED as refusal:
        return "failed", _told(refusal)
    except asyncpg.PostgresError as fault:
        if session.connection.is_closed() or session.job.attempts + 1 < MOST_ATTEMPTS:
            raise
        return "failed", _told(fault)
    return "succeeded", None


def _told(error: asyncpg.PostgresError) -> Mapping[str, Any]:
    """What went wrong, for people, without names that only the database knows."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return {"code": "schema_data_conflict", "message": "A value stands more than once."}
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return {"code": "schema_data_conflict", "message": "A reference leads to nothing."}
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return {"code": "schema_data_conflict", "message": "A stored value breaks the rule."}
    if isinstance(error, asyncpg.DataError):
        return {"code": "schema_cast_failed", "message": "A stored value cannot be cast."}
    return {"code": "schema_unsupported", "message": "The database could not do it."}


def _acts(change: Change) -> tuple[Act, Act]:
    """How a change is done online, and how it is undone half-way."""
    if isinstance(change, AddIndex):
        return build_index, unbuild_index
    if isinstance(change, SettleField):
        return settle_field, _leave
    if isinstance(change, AlterField):
        return _ALTERED[change.aspect]
    raise TypeError(f"{change.kind} does not run online")


async def _leave(_session: Session) -> None:
    """Nothing to undo: the field is there, only not yet proved or indexed."""


_ALTERED: dict[str, tuple[Act, Act]] = {
    "type": (retype, unretype),
    "required": (require, unrequire),
    "unique": (build_index, unbuild_index),
    "index": (build_index, unbuild_index),
    "checks": (tighten, loosen),
    "relation": (tighten, loosen),
}
