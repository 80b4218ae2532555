"""Projects made without the control plane: the row and the schema, nothing else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.ids import uuid7
from app.core.postgres.server import Server
from app.engine.catalog.model import Catalog
from app.engine.schema.apply import Applied, Wish, apply_schema, preview_schema
from app.engine.schema.desired.parse import parse_desired
from app.engine.schema.drift import find_drift
from app.engine.schema.provision import create_project_schema
from app.engine.schema.store import load_current
from tests.databases import new_database
from tests.engine.schema.strategies import document_of


@dataclass(frozen=True, slots=True)
class Subject:
    """A project under test."""

    id: UUID
    database: Database

    @property
    def pool(self) -> Any:
        return self.database.owner

    async def catalog(self) -> Catalog:
        async with self.pool.acquire() as connection:
            return await load_current(connection, self.id)

    async def document(self) -> dict[str, Any]:
        return document_of(await self.catalog())

    async def apply(self, document: dict[str, Any], **wish: Any) -> Applied:
        return await apply_schema(self.pool, self.id, wish_for(document, **wish))

    async def apply_confirmed(self, document: dict[str, Any], **wish: Any) -> Applied:
        preview = await preview_schema(self.pool, self.id, wish_for(document, **wish))
        return await self.apply(document, confirm=preview.plan.plan_hash, **wish)

    async def execute(self, sql: str, *args: Any) -> Any:
        """SQL with ``{s}`` for the project's schema."""
        return await self.pool.execute(sql.format(s=f'"p_{self.id.hex}"'), *args)

    async def fetch(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        rows = await self.pool.fetch(sql.format(s=f'"p_{self.id.hex}"'), *args)
        return [tuple(row) for row in rows]

    async def drift(self) -> list[dict[str, Any]]:
        async with self.pool.acquire() as connection:
            found = await find_drift(connection, await load_current(connection, self.id))
        return [difference.as_json() for difference in found]


def wish_for(document: dict[str, Any], **wish: Any) -> Wish:
    return Wish(lambda current: parse_desired(document, current), **wish)


async def make_subject(database: Database) -> Subject:
    project_id = uuid7()
    async with database.owner.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO backendify.projects (id, slug, name) VALUES ($1, $2, 'test')",
            project_id,
            f"s-{uuid4().hex[:12]}",
        )
        await create_project_schema(connection, project_id)
    return Subject(project_id, database)


@pytest.fixture(scope="session")
async def database(server: Server, settings: Settings) -> AsyncIterator[Database]:
    """One that no application works on: its workers would take the jobs that these tests run."""
    own = settings.model_copy(update={"database_url": await new_database(server)})
    database = await Database.open(own)
    yield database
    await database.close()


@pytest.fixture
async def subject(database: Database) -> Subject:
    return await make_subject(database)
