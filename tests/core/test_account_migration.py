"""Projects that are older than accounts get the private tables by migration."""

import asyncpg
from alembic import command
from sqlalchemy import text

from app.core.engine import create_engine
from app.core.ids import project_schema, uuid7
from app.core.migrations import alembic_config, migrate
from app.engine.catalog.store import load_catalog
from app.engine.identity.realms import PRIVATE_TABLES
from app.engine.schema.drift import find_drift
from app.engine.schema.provision import create_project_schema

_SHAPES = """
SELECT table_name, column_name, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = $1 AND table_name = ANY($2) ORDER BY 1, 2
"""
_INDEXES = """
SELECT replace(indexdef, schemaname, 's') FROM pg_indexes
WHERE schemaname = $1 AND tablename = ANY($2) ORDER BY 1
"""
_TABLES = [*PRIVATE_TABLES, "users"]


async def test_a_project_made_before_them_gets_them_by_migration(empty_database_url: str) -> None:
    """Down to the revision before, and up again: as if the project had been made back then."""
    await migrate(empty_database_url)
    connection = await asyncpg.connect(empty_database_url)
    project_id = uuid7()
    await connection.execute(
        "INSERT INTO backendify.projects (id, slug, name) VALUES ($1, 'old', 'Old')", project_id
    )
    await create_project_schema(connection, project_id)
    before = await _shape(connection, project_schema(project_id))

    await _through(empty_database_url, project_id.hex)

    assert await _shape(connection, project_schema(project_id)) == before
    catalog = await load_catalog(connection, project_id)  # type: ignore[arg-type]  # it fetches
    users = catalog.collections["users"]
    assert (users.fields["email"].required, users.fields["email"].read_only) == (False, True)
    assert users.fields["status"].read_only
    assert not users.fields["name"].read_only
    assert await find_drift(connection, catalog) == []
    await connection.close()


async def _through(dsn: str, project: str) -> None:
    engine = create_engine(dsn, size=1)
    config = alembic_config()
    async with engine.begin() as connection:
        config.attributes["connection"] = None

        def run(sync: object) -> None:
            config.attributes["connection"] = sync
            command.downgrade(config, "0003")

        await connection.run_sync(run)
        await connection.execute(text(f"ALTER TABLE p_{project}.users ALTER email SET NOT NULL"))
        await connection.execute(
            text(
                "UPDATE backendify.schema_versions SET snapshot = replace(replace(snapshot::text,"
                """ '"read_only": true', '"read_only": false'), '"name": "email",',"""
                """ '"name": "email", "required": true,')::jsonb"""
            )
        )

        def up(sync: object) -> None:
            config.attributes["connection"] = sync
            command.upgrade(config, "head")

        await connection.run_sync(up)
    await engine.dispose()


async def _shape(connection: asyncpg.Connection, schema: str) -> list[object]:
    columns = await connection.fetch(_SHAPES, schema, _TABLES)
    indexes = await connection.fetch(_INDEXES, schema, _TABLES)
    return [tuple(row) for row in (*columns, *indexes)]
