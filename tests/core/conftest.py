from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from app.core.postgres.server import Server
from app.core.roles import OWNER, create_database


@pytest.fixture
async def empty_database_url(server: Server) -> AsyncIterator[str]:
    """The DSN of a database that holds nothing yet, owned by the product's owner."""
    name = f"empty_{uuid4().hex[:12]}"
    superuser = await asyncpg.connect(server.dsn("postgres"))
    await superuser.execute(
        "DO $$ BEGIN CREATE ROLE backendify LOGIN CREATEDB;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$"
    )
    await create_database(superuser, name)
    yield server.dsn(name, user=OWNER)
    await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await superuser.close()
