"""Installations for the tests of registration."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.config import Settings
from app.core.postgres.server import Server
from app.main import create_app
from tests.installations import new_installation
from tests.running import lifespan


@pytest.fixture
async def new_app(server: Server, settings: Settings) -> AsyncIterator[Any]:
    """An installation that nobody has registered at."""
    async with new_installation(server, settings) as application:
        yield application


@pytest.fixture
async def open_app(settings: Settings) -> AsyncIterator[Any]:
    """The shared installation, but with ALLOW_REGISTRATION=true."""
    application = create_app(settings.model_copy(update={"allow_registration": True}))
    async with lifespan(application):
        yield application
