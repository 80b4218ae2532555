"""An installation that may send to a receiver on loopback, and projects in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.config import Settings
from app.core.postgres.server import Server
from tests.conftest import Admin, TestProject
from tests.features.webhooks.receiver import Receiver, receiving
from tests.installations import new_installation
from tests.people import registered
from tests.schemas import apply_schema, field

SCHEDULE = (0, 0.2, 0.2, 0.2)
ORDERS: dict[str, Any] = {
    "name": "orders",
    "fields": [
        field("name", "string"),
        field("total", "decimal"),
        field("status", "enum", values=["open", "paid"], default="open"),
        field("secret_note", "string"),
        field("meta", "json"),
        field("due", "datetime"),
        field("customer", "relation", to="customers", on_delete="set_null"),
    ],
}
CUSTOMERS: dict[str, Any] = {"name": "customers", "fields": [field("name", "string")]}


@dataclass
class World:
    """A project with orders and customers, and where its webhooks go."""

    app: Any
    admin: Any
    project: TestProject
    receiver: Receiver

    @property
    def client(self) -> httpx.AsyncClient:
        client: httpx.AsyncClient = self.admin.client
        return client

    @property
    def url(self) -> str:
        return self.project.url

    async def hook(self, path: str | None = None, **more: Any) -> dict[str, Any]:
        """A new endpoint at the receiver, at a path of its own."""
        to = self.receiver.url(path or uuid4().hex)
        body = {"url": to, "events": ["record.*"]} | more
        answer = await self.client.post(f"{self.url}/webhooks", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def write(self, collection: str = "orders", **values: Any) -> dict[str, Any]:
        answer = await self.client.post(f"{self.url}/data/{collection}", json=values)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def get(self, path: str) -> Any:
        answer = await self.client.get(f"{self.url}/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, status: int, body: Any = None) -> Any:
        answer = await self.client.post(f"{self.url}/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def installation(
    server: Server, settings: Settings, receiver: Receiver
) -> AsyncIterator[Any]:
    own = settings.model_copy(
        update={"egress_allow": (receiver.netloc,), "webhook_schedule": SCHEDULE}
    )
    async with new_installation(server, own) as app:
        yield app


@pytest.fixture(scope="module")
async def owner(installation: Any) -> Admin:
    person = await registered(installation)
    return Admin(person.client, person.headers, person.tokens["user"], person.email)


@pytest.fixture
async def world(installation: Any, owner: Admin, receiver: Receiver) -> World:
    return await world_of(owner, installation, receiver)


async def world_of(owner: Admin, installation: Any, receiver: Receiver) -> World:
    """A new project of its own."""
    slug = f"p-{uuid4().hex[:12]}"
    made = await owner.client.post("/api/projects", json={"name": slug, "slug": slug})
    assert made.status_code == 201, made.text
    project = TestProject(UUID(made.json()["id"]), slug)
    await apply_schema(owner, project, CUSTOMERS, ORDERS)
    return World(installation, owner, project, receiver)
