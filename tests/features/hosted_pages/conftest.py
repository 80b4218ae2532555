"""``world``: a project with organisations, one per test; ``letters``: every mail with a link."""

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.hosted_pages.letters import Letter, write_letters
from tests.features.organisations.world import World
from tests.people import Person, invited


@pytest.fixture
async def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    world = World(admin, project, client)
    await world.enable()
    return world


@pytest.fixture
async def person(app: object, admin: Admin, project: TestProject) -> Person:
    """An admin of the console."""
    return await invited(app, admin.client, project.url, "editor")


@pytest.fixture
async def letters(world: World, person: Person) -> dict[str, Letter]:
    return {letter.kind: letter for letter in await write_letters(world, person)}
