"""Every recipe of the workflow cookbook holds: sent as it stands, it does what its case says."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.postgres.server import Server
from app.features.workflows.schedule import due_fires
from tests.conftest import Admin, TestProject
from tests.features.workflows.conftest import World
from tests.features.workflows.peer import Peer, serving
from tests.installations import new_installation
from tests.people import registered
from tests.schemas import apply_schema
from tests.serving import ROOT
from tests.waiting import PATIENCE_SECONDS

PAGE = (ROOT / "docs/guides/workflow-cookbook.md").read_text()
BLOCK = re.compile(r"^```json (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RECIPES = {part.partition("\n")[0]: dict(BLOCK.findall(part)) for part in PAGE.split("\n## ")[1:]}
SCHEMA = json.loads(dict(BLOCK.findall(PAGE.split("\n## ")[0]))["schema"])
ELSEWHERE = "https://api.example.com"

_WAKE_STEP = "UPDATE backendify.workflow_steps SET next_at = now() WHERE run_id = $1 AND path = $2"
_WAKE_RUN = "UPDATE backendify.workflow_runs SET next_at = now() WHERE id = $1"
_FIRE = "UPDATE backendify.workflows SET next_fire_at = $2 WHERE id = $1"


@pytest.fixture(scope="module")
async def peer() -> AsyncIterator[Peer]:
    async with serving() as peer:
        yield peer


@pytest.fixture(scope="module")
async def installation(server: Server, settings: Settings, peer: Peer) -> AsyncIterator[Any]:
    own = settings.model_copy(update={"egress_allow": (peer.netloc,)})
    async with new_installation(server, own) as app:
        yield app


@pytest.fixture(scope="module")
async def owner(installation: Any) -> Admin:
    person = await registered(installation)
    return Admin(person.client, person.headers, person.tokens["user"], person.email)


@pytest.fixture
async def kitchen(installation: Any, owner: Admin, peer: Peer) -> "Kitchen":
    slug = f"p-{uuid4().hex[:12]}"
    made = await owner.client.post("/api/projects", json={"name": slug, "slug": slug})
    assert made.status_code == 201, made.text
    project = TestProject(UUID(made.json()["id"]), slug)
    await apply_schema(owner, project, *SCHEMA["collections"])
    peer.requests.clear()
    peer.answers.clear()
    return Kitchen(World(installation, owner, project, peer))  # type: ignore[arg-type]  # its receiver


@pytest.mark.parametrize("title", RECIPES)
async def test_the_recipe_holds(kitchen: "Kitchen", title: str, peer: Peer) -> None:
    workflow = json.loads(RECIPES[title]["workflow"].replace(ELSEWHERE, peer.url("")))
    case = json.loads(RECIPES[title]["case"])
    await kitchen.prepare(case, peer)
    flow = await kitchen.world.post("workflows", 201, workflow)
    await kitchen.do(flow, case["do"])
    for path in case.get("pass", []):
        await kitchen.end_wait(flow, path)
    [run] = await kitchen.world.runs(flow, 1)

    expected = case["expect"]
    assert run["status"] == expected["status"], run
    assert not any(secret in json.dumps(run) for secret in case.get("secrets", {}).values())
    await kitchen.check_records(expected.get("records", []))
    await kitchen.check_mails(expected.get("mails", []))
    assert_alike(peer.requests, expected.get("requests"))


class Kitchen:
    """A project in which one case is tried; ``refs`` are the records that it was given."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._refs: dict[str, Any] = {}

    async def prepare(self, case: dict[str, Any], peer: Peer) -> None:
        for name, value in case.get("secrets", {}).items():
            url = f"{self.world.url}/secrets/{name}"
            answer = await self.world.client.put(url, json={"value": value})
            assert answer.is_success, answer.text
        for path, answers in case.get("answers", {}).items():
            for answer in answers:
                body = json.dumps(answer.get("json")).encode()
                peer.will_answer(path, answer["status"], body, "application/json")
        for given in case.get("given", []):
            data = self._resolved(given["data"])
            self._refs[given.get("ref", "")] = await self.world.write(given["collection"], **data)

    async def do(self, flow: dict[str, Any], given: dict[str, Any]) -> None:
        """What starts the run."""
        given = self._resolved(given)
        world = self.world
        if "create" in given:
            await world.write(given["create"], **given["data"])
        elif "update" in given:
            url = f"{world.url}/data/{given['update']}/{given['id']}"
            answer = await world.client.patch(url, json=given["data"])
            assert answer.status_code == 200, answer.text
        elif "run" in given:
            await world.post(f"workflows/{flow['id']}/run", 201, {"input": given["run"]})
        elif "call" in given:
            answer = await world.client.post(flow["hook_url"], json=given["call"])
            assert answer.status_code == 202, answer.text
        else:
            assert given == {"fire": "schedule"}
            await self._fire(flow)

    async def _fire(self, flow: dict[str, Any]) -> None:
        """As if nothing had run since before its last moment."""
        cron, zone = flow["trigger"]["cron"], flow["trigger"]["timezone"]
        [last] = due_fires(cron, zone, utc_now() - timedelta(days=2), utc_now(), "once")
        await self._owner.execute(_FIRE, UUID(flow["id"]), last)

    async def end_wait(self, flow: dict[str, Any], path: str) -> None:
        """The time of a step that waits has come."""
        run_id = await self._waiting(flow, path)
        await self._owner.execute(_WAKE_STEP, run_id, path)
        await self._owner.execute(_WAKE_RUN, run_id)

    async def check_records(self, expected: list[dict[str, Any]]) -> None:
        for each in expected:
            where = json.dumps(each["where"])
            found = await self.world.get(f"data/{each['collection']}?filter={where}")
            assert len(found["data"]) == 1, each

    async def check_mails(self, expected: list[dict[str, Any]]) -> None:
        mails: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(mails) < len(expected):
                    mails = (await self.world.get("mailbox"))["data"]
                    await asyncio.sleep(0.05)
        trimmed = [{k: v.strip() if isinstance(v, str) else v for k, v in m.items()} for m in mails]
        assert_alike(sorted(trimmed, key=lambda mail: str(mail["to"])), expected)

    @property
    def _owner(self) -> Any:
        return self.world.app.services.database.owner

    async def _waiting(self, flow: dict[str, Any], path: str) -> UUID:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for run in (await self.world.get(f"workflows/{flow['id']}/runs"))["data"]:
                    detail = await self.world.get(f"runs/{run['id']}")
                    if any(s["path"] == path and s["status"] == "waiting" for s in detail["steps"]):
                        return UUID(run["id"])
                await asyncio.sleep(0.05)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"$ref"}:
            ref, _, name = value["$ref"].partition(".")
            return self._refs[ref][name]
        if isinstance(value, dict):
            return {key: self._resolved(each) for key, each in value.items()}
        return value


def assert_alike(found: list[dict[str, Any]], expected: list[dict[str, Any]] | None) -> None:
    """As many as are expected, each with at least what is said of it."""
    if expected is None:
        return
    assert len(found) == len(expected), found
    for one, other in zip(found, expected, strict=True):
        for key, value in other.items():
            if isinstance(value, dict):
                assert_alike([one[key]], [value])
            else:
                assert one[key] == value, one
