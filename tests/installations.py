"""Installations of their own, for tests that disturb one or need a fresh one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.core.config import Settings
from app.core.postgres.server import Server
from app.main import create_app
from tests.databases import new_database
from tests.running import lifespan


@asynccontextmanager
async def new_installation(server: Server, settings: Settings) -> AsyncIterator[Any]:
    """A running application on a migrated database that nobody has registered at.

    ``settings`` are those of the run's installation, whose template it uses.
    """
    own = settings.model_copy(update={"database_url": await new_database(server)})
    application = create_app(own)
    async with lifespan(application):
        yield application
