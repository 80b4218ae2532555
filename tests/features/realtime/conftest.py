"""``base``: the application on a loopback port; ``world``: a publisher's project, one per test."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.features.policies.world import World, build
from tests.running import listening


@pytest.fixture(scope="session")
async def base(app: Any) -> AsyncIterator[str]:
    async with listening(app) as base:
        yield base


@pytest.fixture
async def world(app: Any, admin: Admin, project: TestProject) -> World:
    return await build(app, admin, project)
