"""Clearing away what has ended, in every project."""

from typing import Any
from uuid import UUID, uuid4

from app.core.db import Database
from app.core.ids import project_schema
from app.features.accounts.jobs import delete_ended
from tests.conftest import TestProject


async def test_a_project_whose_database_is_away_keeps_no_other_waiting(
    app: Any, project: TestProject, database: Database, database_url: str
) -> None:
    away = await _project_at(database, database_url.replace("/test_", "/dropped_"))
    tokens = f"{project_schema(project.id)}._tokens"
    await database.owner.execute(
        f"INSERT INTO {tokens} (hash, kind, expires_at) VALUES ('h', 'otp', now() - interval '1 y')"
    )

    try:
        await delete_ended(app.services)
    finally:
        await database.owner.execute("DELETE FROM backendify.projects WHERE id = $1", away)

    assert str(away) < str(project.id), "it comes first"
    assert await database.owner.fetchval(f"SELECT count(*) FROM {tokens}") == 0


async def _project_at(database: Database, dsn: str) -> UUID:
    """A project, the first by its id, that the control plane says is in another database."""
    first = UUID(int=uuid4().int >> 64)
    await database.owner.execute(
        "INSERT INTO backendify.projects (id, slug, name) VALUES ($1, $2, 'away')",
        first,
        f"away-{first.hex[-12:]}",
    )
    await database.owner.execute(
        "INSERT INTO backendify.placements (project_id, dsn) VALUES ($1, $2)", first, dsn
    )
    return first
