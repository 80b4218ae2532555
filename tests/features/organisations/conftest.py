"""``world``: a project that has organisations, one per test."""

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.organisations.world import World


@pytest.fixture
async def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    world = World(admin, project, client)
    await world.enable()
    return world
