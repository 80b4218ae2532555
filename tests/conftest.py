"""The fixtures every test may use.

``server``    one Postgres for the whole run, shared by all xdist workers; ``DATABASE=system`` takes
              the system's newest binaries instead of the package's
``settings``  settings that point at a migrated database of this xdist worker alone
``database``  a ``Database`` on it
``app``       the application with its lifespan running; ``client`` speaks to it without a network
``admin``     the installation's owner, signed in
``project``   a new project of theirs, one per test; ``still_project`` one per module, for tests
              that change nothing in it
"""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.installation import prepare_embedded
from app.core.postgres.binaries import system_directories
from app.core.postgres.locks import exclusive
from app.core.postgres.server import Server, running_server
from tests.databases import new_database
from tests.running import client_for, lifespan

JWT_SECRET = "8f2b61c0a7d94e35b1f0c2d4e6a89b73"
PASSWORD = "correct horse battery staple"
_FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass(frozen=True, slots=True)
class Admin:
    """A signed-in admin: ``client`` sends their token, ``headers`` holds it for other clients."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    user: dict[str, Any]
    email: str
    password: str = PASSWORD


@dataclass(frozen=True, slots=True)
class TestProject:
    """A project made through the public interface; ``url`` is where its routes start."""

    __test__ = False

    id: UUID
    slug: str

    @property
    def url(self) -> str:
        return f"/api/projects/{self.slug}"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests of processes that die mostly wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def postgres_bin() -> Path | None:
    """The binaries that were asked for; None means the package's."""
    return system_directories()[0] if os.environ.get("DATABASE") == "system" else None


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def server(run_directory: Path, postgres_bin: Path | None) -> Iterator[Server]:
    """The run's Postgres; it stops with the last worker that uses it."""
    with running_server(run_directory / "postgres", chosen=postgres_bin, extra=_FAST) as server:
        yield server


@pytest.fixture(scope="session")
async def database_url(server: Server, run_directory: Path) -> str:
    """The owner's DSN of a new, migrated database."""
    with exclusive(run_directory / "template.lock"):
        await prepare_embedded(server)  # its database serves as the template
        return await new_database(server)


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        env="development",
        database_url=database_url,
        data_dir=tmp_path_factory.mktemp("data"),
        jwt_secret=JWT_SECRET,
        rate_limits=False,
        log_level="warning",
    )


@pytest.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open(settings)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[Any]:
    from app.core.logging import configure_logging
    from app.main import create_app

    configure_logging(settings)
    application = create_app(settings)
    async with lifespan(application):
        yield application


@pytest.fixture(scope="session")
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    async with client_for(app) as client:
        yield client


@pytest.fixture(scope="session")
async def admin(app: Any, client: httpx.AsyncClient) -> AsyncIterator[Admin]:
    email = "owner@example.com"
    answer = await client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    async with client_for(app, headers=headers) as signed_in:
        yield Admin(signed_in, headers, answer.json()["user"], email)


@pytest.fixture
async def project(admin: Admin) -> TestProject:
    return await make_project(admin)


@pytest.fixture(scope="module")
async def still_project(admin: Admin) -> TestProject:
    return await make_project(admin)


async def make_project(admin: Admin) -> TestProject:
    """A new project of theirs."""
    slug = f"p-{uuid4().hex[:12]}"
    answer = await admin.client.post("/api/projects", json={"name": slug, "slug": slug})
    assert answer.status_code == 201, answer.text
    return TestProject(UUID(answer.json()["id"]), slug)
