import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.users.app_users import World


@pytest.fixture
def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    return World(admin, project, client)
