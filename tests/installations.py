"""Installations of their own, for tests that disturb one or need a fresh one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg

from app.core.config import Settings
from app.core.postgres.server import Server
from app.core.roles import OWNER, create_database
from app.main import create_app
from tests.running import lifespan


@asynccontextmanager
async def new_installation(server: Server, settings: Settings) -> AsyncIterator[Any]:
    """A running application on a migrated database that nobody has registered at.

    ``settings`` are those of the run's installation, whose template it uses.
    """
    name = f"test_{uuid4().hex[:12]}"
    superuser = await asyncpg.connect(server.dsn("postgres"))
    try:
        await create_database(superuser, name, template=OWNER)
    finally:
        await superuser.close()
    own = settings.model_copy(update={"database_url": server.dsn(name, user=OWNER)})
    application = create_app(own)
    async with lifespan(application):
        yield application
