import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.users.app_users import World


@pytest.fixture
def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    return World(admin, project, client)


@pytest.fixture(scope="module")
def still_world(admin: Admin, still_project: TestProject, client: httpx.AsyncClient) -> World:
    """One for all of a module: each test has users of its own in it, and changes nothing else."""
    return World(admin, still_project, client)
