"""Online changes of a table that is too large for one transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest

from app.core.db import Database
from app.engine.schema.apply import Applied
from app.engine.schema.errors import SchemaJobRunningError
from app.engine.schema.job_store import Job, get_job, request_cancel
from app.engine.schema.online.runner import run_job, run_jobs_forever
from tests.engine.schema.conftest import Subject, make_subject
from tests.waiting import PATIENCE_SECONDS, until

ROWS = 12_000
THINGS = {
    "name": "things",
    "fields": [
        {"name": "n", "type": "int", "index": True},
        {"name": "word", "type": "string"},
        {"name": "owner", "type": "relation", "to": "users"},
    ],
    "indexes": [{"fields": ["n", "-created_at"]}],
}


@pytest.fixture
async def large(database: Database) -> Subject:
    """A project whose collection ``things`` is above the limit for direct changes."""
    subject = await make_subject(database)
    await subject.apply({"collections": [THINGS]})
    await subject.execute(
        "INSERT INTO {s}.things (id, n, word) "
        "SELECT gen_random_uuid(), i, 'w' || i FROM generate_series(1, $1::int) i",
        ROWS,
    )
    return subject


async def job_of(subject: Subject, applied: Applied, position: int = 0) -> Job:
    async with subject.pool.acquire() as connection:
        return await get_job(connection, subject.id, applied.jobs[position])


async def finish(subject: Subject, applied: Applied) -> list[str]:
    """Run an applied plan's jobs; their states."""
    states = []
    for position in range(len(applied.jobs)):
        await run_job(subject.pool, await job_of(subject, applied, position))
        states.append((await job_of(subject, applied, position)).state)
    return states


def things_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in document["collections"] if c["name"] == "things")
    return found


def field(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(f for f in things_of(document)["fields"] if f["name"] == name)
    return found


async def changed(subject: Subject, name: str, **options: Any) -> dict[str, Any]:
    document = await subject.document()
    field(document, name).update(options)
    return document


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("n", {"type": "string"}),
        ("n", {"type": "decimal", "precision": 12, "scale": 2, "required": True, "default": 5}),
        ("n", {"required": True, "unique": True}),
        ("word", {"max_length": 20, "min_length": 1}),
        ("word", {"index": "trigram"}),
        ("word", {"unique": True, "required": True}),
    ],
)
async def test_a_large_table_is_changed_by_jobs(
    large: Subject, name: str, options: dict[str, Any]
) -> None:
    wanted = await changed(large, name, **options)

    applied = await large.apply_confirmed(wanted)

    assert applied.jobs
    assert set(await finish(large, applied)) == {"succeeded"}
    assert await large.drift() == []
    again = await large.apply(wanted)
    assert again.plan is None
    assert await large.fetch("SELECT count(*) FROM {s}.things") == [(ROWS,)]


async def test_new_fields_of_a_large_table_are_checked_and_indexed_by_jobs(large: Subject) -> None:
    document = await large.document()
    things_of(document)["fields"] += [
        {"name": "code", "type": "string", "default": "x", "required": True, "index": True},
        {"name": "token", "type": "uuid", "required": True, "default": {"generated": "uuid"}},
        {"name": "parent", "type": "relation", "to": "things"},
    ]

    applied = await large.apply(document)

    assert set(await finish(large, applied)) == {"succeeded"}
    assert await large.drift() == []
    assert await large.fetch("SELECT count(DISTINCT token) FROM {s}.things") == [(ROWS,)]


async def test_duplicates_found_by_the_job_leave_the_table_as_it_was(large: Subject) -> None:
    wanted = await changed(large, "word", unique=True)
    applied = await large.apply(wanted)
    await large.execute("UPDATE {s}.things SET word = 'same' WHERE n < 3")

    assert await finish(large, applied) == ["failed"]

    assert await large.drift() == []
    job = await job_of(large, applied)
    assert job.error == {
        "code": "schema_data_conflict",
        "message": "A value stands more than once.",
    }


@pytest.mark.parametrize("phase", ["copying", "checking"])
async def test_a_type_change_that_was_killed_goes_on_where_it_was(
    large: Subject, phase: str
) -> None:
    applied = await large.apply_confirmed(await changed(large, "n", type="string"))

    await _kill_in(large, await job_of(large, applied), phase)

    assert (await job_of(large, applied)).phase == phase
    assert await finish(large, applied) == ["succeeded"]
    assert await large.drift() == []
    total = ROWS * (ROWS + 1) // 2
    assert await large.fetch("SELECT sum(n::bigint)::bigint FROM {s}.things") == [(total,)]


async def test_a_cancelled_type_change_leaves_the_table_as_it_was(large: Subject) -> None:
    before = await large.document()
    applied = await large.apply_confirmed(await changed(large, "n", type="string"))
    job = await job_of(large, applied)
    await _kill_in(large, job, "copying")
    async with large.pool.acquire() as connection:
        assert await request_cancel(connection, large.id, job.id)

    assert await finish(large, applied) == ["cancelled"]

    assert await large.drift() == []
    assert await large.document() == before


async def test_a_collection_under_change_takes_no_other_change(large: Subject) -> None:
    await large.apply_confirmed(await changed(large, "n", type="string"))

    with pytest.raises(SchemaJobRunningError):
        await large.apply(await changed(large, "word", label="A word"))
    other = await large.document()
    other["collections"].append({"name": "others", "fields": []})
    assert (await large.apply(other)).plan is not None


async def test_writes_go_on_while_a_type_is_changed(large: Subject) -> None:
    """Every write sets both columns; none is lost, whenever it comes."""
    applied = await large.apply_confirmed(await changed(large, "n", type="string"))
    job = await job_of(large, applied)
    stop = asyncio.Event()
    written: list[int] = []

    async def write() -> None:
        value = 1_000_000
        while not stop.is_set():
            value += 1
            if await _write_as_the_api_does(large, value):
                written.append(value)

    writer = asyncio.create_task(write())
    await run_job(large.pool, job)
    stop.set()
    await writer

    assert (await job_of(large, applied)).state == "succeeded"
    rows = await large.fetch("SELECT n FROM {s}.things WHERE length(n) = 7")
    assert sorted(int(n) for (n,) in rows) == written
    assert len(written) > 10


async def test_the_worker_takes_up_jobs_by_itself(large: Subject) -> None:
    applied = await large.apply(await changed(large, "word", index=True))
    worker = asyncio.create_task(run_jobs_forever(large.pool))
    try:

        async def is_done() -> bool:
            return (await job_of(large, applied)).state == "succeeded"

        await until(is_done)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    assert await large.drift() == []


async def _kill_in(subject: Subject, job: Job, phase: str) -> None:
    """Run a job and end its server process as soon as it is seen in a phase."""
    connection = await asyncpg.connect(subject.database.dsn)
    killed = connection.get_server_pid()
    async with _one_connection(connection) as pool:
        running = asyncio.create_task(run_job(pool, job))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not running.done():
                async with subject.pool.acquire() as watching:
                    seen = await get_job(watching, subject.id, job.id)
                    if seen.phase == phase and (phase != "copying" or seen.done):
                        await watching.execute("SELECT pg_terminate_backend($1)", killed)
                        break
        await running
    # Its client learns of the end a moment before its locks are free.
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)"
    await until(partial(subject.pool.fetchval, gone, killed))
    await subject.execute("UPDATE backendify.schema_jobs SET not_before = NULL")


@asynccontextmanager
async def _one_connection(connection: asyncpg.Connection) -> AsyncIterator[Any]:
    class Pool:
        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
            yield connection

    yield Pool()
    connection.terminate()


async def _write_as_the_api_does(subject: Subject, value: int) -> bool:
    """One insert, fenced by the version it was made for, into both columns while there are two."""
    catalog = await subject.catalog()
    shadow = catalog.collections["things"].fields["n"].shadow
    kind = catalog.collections["things"].fields["n"].type
    given = "$1::bigint" if kind == "int" else "$1::bigint::text"
    both = (f", {shadow.column}", ", $1::bigint::text") if shadow else ("", "")
    try:
        answer = await subject.execute(
            f"INSERT INTO {{s}}.things (id, n{both[0]}) SELECT gen_random_uuid(), {given}{both[1]} "
            f"WHERE EXISTS (SELECT FROM {{s}}._meta WHERE version = {catalog.version})",
            value,
        )
    except (
        asyncpg.UndefinedColumnError,
        asyncpg.DatatypeMismatchError,
        asyncpg.CheckViolationError,
    ):
        return False
    return bool(answer == "INSERT 0 1")


async def test_a_job_whose_project_is_deleted_ends_quietly(large: Subject) -> None:
    applied = await large.apply_confirmed(await changed(large, "n", type="string"))
    job = await job_of(large, applied)
    await large.execute("DELETE FROM backendify.projects WHERE id = $1", large.id)
    await large.execute("DROP SCHEMA {s} CASCADE")

    await run_job(large.pool, job)

    left = await large.fetch("SELECT count(*) FROM backendify.schema_jobs WHERE id = $1", job.id)
    assert left == [(0,)]
