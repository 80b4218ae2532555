import asyncio

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from app.core.migrations import (
    NewerDatabaseError,
    alembic_config,
    find_version,
    migrate,
    newest_version,
)


def test_revisions_are_numbered_in_one_line() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())

    numbers = [script.revision for script in scripts.walk_revisions()][::-1]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert scripts.get_current_head() == newest_version()


async def test_an_empty_database_is_migrated_once_however_many_start_together(
    empty_database_url: str,
) -> None:
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))

    connection = await asyncpg.connect(empty_database_url)
    try:
        assert await find_version(connection) == newest_version()
        count = await connection.fetchval("SELECT count(*) FROM backendify.alembic_version")
    finally:
        await connection.close()
    assert count == 1


async def test_a_database_of_a_later_release_is_left_alone(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("UPDATE backendify.alembic_version SET version_num = '9999'")

    with pytest.raises(NewerDatabaseError, match="9999"):
        await migrate(empty_database_url)

    assert await find_version(connection) == "9999"
    await connection.close()


async def test_a_migration_that_fails_half_way_leaves_nothing(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("CREATE SCHEMA backendify; CREATE TABLE backendify.projects ()")

    with pytest.raises(Exception, match="already exists"):
        await migrate(empty_database_url)

    names = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'backendify'"
    )
    await connection.close()
    assert [row["tablename"] for row in names] == ["projects"]
