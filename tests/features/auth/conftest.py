"""An installation of its own, for the tests of its first moments."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.core.config import Settings
from app.core.postgres.server import Server
from app.core.roles import OWNER, create_database
from app.main import create_app
from tests.running import lifespan


@pytest.fixture
async def new_settings(server: Server, database_url: str, settings: Settings) -> Settings:
    """Settings of an installation that nobody has registered at. ``database_url`` is the model."""
    del database_url  # it makes the template
    name = f"test_{uuid4().hex[:12]}"
    superuser = await asyncpg.connect(server.dsn("postgres"))
    try:
        await create_database(superuser, name, template=OWNER)
    finally:
        await superuser.close()
    return settings.model_copy(update={"database_url": server.dsn(name, user=OWNER)})


@pytest.fixture
async def new_app(new_settings: Settings, tmp_path: Path) -> AsyncIterator[Any]:
    application = create_app(new_settings.model_copy(update={"data_dir": tmp_path}))
    async with lifespan(application):
        yield application


@pytest.fixture
async def open_app(settings: Settings) -> AsyncIterator[Any]:
    """The shared installation, but with ALLOW_REGISTRATION=true."""
    application = create_app(settings.model_copy(update={"allow_registration": True}))
    async with lifespan(application):
        yield application
