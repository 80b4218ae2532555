"""``world``: a publisher's project, one per test."""

from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.features.policies.world import World, build


@pytest.fixture
async def world(app: Any, admin: Admin, project: TestProject) -> World:
    return await build(app, admin, project)
