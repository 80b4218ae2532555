"""The database as other code uses it: roles, pools, placements, faults."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.config import Settings
from app.core.connection_errors import (
    DatabaseBusyError,
    DatabaseTimeoutError,
    DatabaseUnavailableError,
    as_unavailable,
)
from app.core.data_pool import DataPool
from app.core.db import Database
from app.core.postgres.server import Server


@pytest.mark.parametrize(
    "forbidden",
    [
        "CREATE TABLE public.x ()",
        "CREATE TEMPORARY TABLE x ()",
        "CREATE SCHEMA x",
        "SELECT * FROM backendify.admins",
        "SELECT * FROM backendify.alembic_version",
        "SET ROLE backendify",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
async def test_a_data_request_can_neither_create_nor_read_the_control_plane(
    database: Database, forbidden: str
) -> None:
    for pool in (database.data, database.export):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(forbidden)


async def test_each_pool_runs_as_its_role_with_its_limits(database: Database) -> None:
    told = "SELECT current_user, current_setting('statement_timeout'), current_setting('jit')"

    assert await _row(database.data, told) == ("backendify_data", "15s", "off")
    assert await _row(database.export, told) == ("backendify_export", "1min", "off")
    assert await database.owner.fetchval("SELECT current_user") == "backendify"
    assert database.findings == ()


async def test_all_times_are_in_utc(database: Database) -> None:
    async with database.engine.connect() as connection:
        zone = await connection.scalar(text("SHOW timezone"))
    assert {zone, await database.data.fetchval("SHOW timezone")} == {"UTC"}


async def test_json_made_by_postgres_is_handed_over_as_bytes(database: Database) -> None:
    value = await database.data.fetchval("""SELECT '{"a":  1.10}'::json""")
    assert value == b'{"a":  1.10}'


async def test_an_operator_who_denies_roles_is_told_what_is_lost(
    server: Server, empty_database_url: str, settings: Settings
) -> None:
    user = f"plain_{uuid4().hex[:8]}"
    superuser = await asyncpg.connect(server.dsn("postgres"))
    await superuser.execute(f"CREATE ROLE {user} LOGIN SUPERUSER")
    await superuser.execute(f"ALTER ROLE {user} NOSUPERUSER")
    database_name = empty_database_url.rsplit("/", 1)[1].split("?")[0]
    await superuser.execute(f"GRANT ALL ON DATABASE {database_name} TO {user}")
    # Over a password, as an operator's server: the roles cannot log in by themselves there.
    url = empty_database_url.replace("backendify@", f"{user}:unused@")
    given = settings.model_copy(update={"database_url": url})

    database = await Database.open(given)
    try:
        assert await database.data.fetchval("SELECT current_user") == user
        assert any("run as the owner" in finding for finding in database.findings)
    finally:
        await database.close()
        await superuser.close()


async def test_an_operators_database_is_used_through_a_granted_role(
    empty_database_url: str, settings: Settings, server: Server
) -> None:
    user = f"operator_{uuid4().hex[:8]}"
    superuser = await asyncpg.connect(server.dsn("postgres"))
    await superuser.execute(f"CREATE ROLE {user} LOGIN SUPERUSER")
    url = empty_database_url.replace("backendify@", f"{user}:unused@")

    database = await Database.open(settings.model_copy(update={"database_url": url}))
    try:
        told = "SELECT current_user, session_user, current_setting('statement_timeout')"
        assert await _row(database.data, told) == ("backendify_data", user, "15s")
    finally:
        await database.close()
        await superuser.close()


async def test_a_project_without_a_placement_of_its_own_lives_here(database: Database) -> None:
    pools = await database.placement(uuid4())
    assert (pools.owner, pools.data, pools.export) == (
        database.owner,
        database.data,
        database.export,
    )


async def test_a_placed_project_has_pools_of_its_own(
    database: Database, empty_database_url: str
) -> None:
    project = uuid4()
    await database.owner.execute(
        "INSERT INTO backendify.projects (id, slug, name) VALUES ($1, $2, 'n')",
        project,
        str(project),
    )
    await database.owner.execute(
        "INSERT INTO backendify.placements (project_id, dsn) VALUES ($1, $2)"
        " ON CONFLICT (project_id) DO UPDATE SET dsn = excluded.dsn",
        project,
        empty_database_url,
    )

    pools = await database.placement(project)

    assert pools.data is not database.data
    assert await pools.owner.fetchval("SELECT current_database()") in empty_database_url
    assert (await database.placement(project)).data is pools.data
    await pools.close()


async def test_a_pool_without_a_free_connection_answers_busy_in_time(settings: Settings) -> None:
    tight = settings.model_copy(update={"data_pool_size": 1, "pool_timeout_seconds": 0.2})
    database = await Database.open(tight)
    try:
        async with database.data.acquire():
            with pytest.raises(DatabaseBusyError):
                await database.data.fetchval("SELECT 1")
        assert await database.data.fetchval("SELECT 1") == 1
    finally:
        await database.close()


async def test_killed_connections_fail_once_and_the_pool_heals(settings: Settings) -> None:
    database = await Database.open(settings)
    try:
        async with database.data.acquire() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            running = asyncio.create_task(connection.fetchval("SELECT pg_sleep(10)"))
            await asyncio.sleep(0.1)
            await database.owner.execute("SELECT pg_terminate_backend($1)", pid)
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as during:
                await running
            with pytest.raises(asyncpg.InterfaceError) as after:
                await connection.fetchval("SELECT 1")
        for caught in (during, after):
            assert isinstance(as_unavailable(caught.value), DatabaseUnavailableError)
        assert await database.data.fetchval("SELECT 1") == 1
    finally:
        await database.close()


async def test_a_database_out_of_reach_answers_unavailable(settings: Settings) -> None:
    for url in ("postgresql://u@/x?host=/nowhere", "postgresql://u:p@127.0.0.1:1/x"):
        with pytest.raises(DatabaseUnavailableError) as caught:
            await Database.open(settings.model_copy(update={"database_url": url}))
        assert caught.value.headers == {"Retry-After": "1"}


async def test_a_statement_over_its_time_answers_a_timeout(database: Database) -> None:
    async with database.data.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = '20ms'")
        with pytest.raises(asyncpg.QueryCanceledError) as caught:
            await connection.fetchval("SELECT pg_sleep(5)")
    assert isinstance(as_unavailable(caught.value), DatabaseTimeoutError)


async def test_a_fault_under_the_orm_is_told_the_same_way(database: Database) -> None:
    async with database.engine.connect() as connection:
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
        running = asyncio.create_task(connection.execute(text("SELECT pg_sleep(10)")))
        await asyncio.sleep(0.1)
        await database.owner.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(DBAPIError) as caught:
            await running
    assert isinstance(as_unavailable(caught.value), DatabaseUnavailableError)


def test_an_error_of_our_own_making_is_no_fault_of_the_database() -> None:
    assert as_unavailable(ValueError("x")) is None
    assert as_unavailable(asyncpg.UniqueViolationError("x")) is None
    assert as_unavailable(asyncpg.InterfaceError("cannot perform operation: bad use")) is None


async def _row(pool: DataPool | asyncpg.Pool, query: str) -> tuple[object, ...]:
    return tuple((await pool.fetch(query))[0])
