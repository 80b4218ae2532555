"""``world``: a publisher's project, one per test."""

from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.features.policies.world import World, build


@pytest.fixture
async def world(app: Any, admin: Admin, project: TestProject) -> World:
    return await build(app, admin, project)


@pytest.fixture(scope="module")
async def still_world(app: Any, admin: Admin, still_project: TestProject) -> World:
    """One for all of a module: nothing is changed in it."""
    return await build(app, admin, still_project)
