"""Projects whose workflows may call a receiver on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.config import Settings
from app.core.postgres.server import Server
from tests.conftest import Admin, TestProject
from tests.features.webhooks.conftest import CUSTOMERS, ORDERS
from tests.features.webhooks.conftest import World as WebhookWorld
from tests.features.webhooks.receiver import Receiver, receiving
from tests.installations import new_installation
from tests.people import registered
from tests.schemas import apply_schema, field
from tests.waiting import PATIENCE_SECONDS

NOTES: dict[str, Any] = {"name": "notes", "fields": [field("text", "text"), field("n", "int")]}
ENDED = ("succeeded", "failed", "cancelled", "stopped")


@dataclass
class World(WebhookWorld):
    """A project with orders, customers and notes."""

    async def flow(self, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new workflow, by hand unless it is told otherwise."""
        body = {"name": uuid4().hex, "trigger": {"type": "manual"}, "steps": list(steps)} | more
        made: dict[str, Any] = await self.post("workflows", 201, body)
        return made

    async def run(self, flow: dict[str, Any], **given: Any) -> dict[str, Any]:
        """Start it with this input, and answer how it ended."""
        made = await self.post(f"workflows/{flow['id']}/run", 201, {"input": given})
        return await self.ended(made["id"])

    async def ended(
        self, run_id: str, *statuses: str, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """The run, once it has come to an end, or to one of the statuses."""
        deadline = time.monotonic() + seconds
        while True:
            run: dict[str, Any] = await self.get(f"runs/{run_id}")
            if run["status"] in (statuses or ENDED):
                return run
            assert time.monotonic() < deadline, run
            await asyncio.sleep(0.02)

    async def runs(
        self, flow: dict[str, Any], count: int, seconds: float = PATIENCE_SECONDS
    ) -> list[dict[str, Any]]:
        """The workflow's runs, once so many have ended, the oldest first."""
        deadline = time.monotonic() + seconds
        while True:
            runs = (await self.get(f"workflows/{flow['id']}/runs?limit=1000"))["data"]
            ended = [run for run in runs if run["status"] in ENDED]
            if len(ended) >= count:
                return [await self.get(f"runs/{run['id']}") for run in reversed(ended)]
            assert time.monotonic() < deadline, runs
            await asyncio.sleep(0.05)

    async def all(self, collection: str) -> list[dict[str, Any]]:
        listed = await self.get(f"data/{collection}?limit=1000&sort=created_at")
        rows: list[dict[str, Any]] = listed["data"]
        return rows


def step(run: dict[str, Any], path: str) -> dict[str, Any]:
    """A run's step."""
    found: dict[str, Any] = next(each for each in run["steps"] if each["path"] == path)
    return found


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def installation(
    server: Server, settings: Settings, receiver: Receiver
) -> AsyncIterator[Any]:
    own = settings.model_copy(update={"egress_allow": (receiver.netloc,)})
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
    await apply_schema(owner, project, CUSTOMERS, ORDERS, NOTES)
    return World(installation, owner, project, receiver)
