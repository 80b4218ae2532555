"""One node changes the schema while another serves it."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.conftest import Admin, TestProject
from tests.features.schema.conftest import Api
from tests.running import client_for, lifespan

ROUNDS = 25
ROWS = 12_000


@pytest.fixture(scope="session")
async def node(settings: Settings) -> AsyncIterator[Any]:
    """A second process's worth of the application, on the same database."""
    application = create_app(settings)
    async with lifespan(application):
        yield application


@pytest.fixture
async def other(node: Any, admin: Admin) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(node, headers=admin.headers) as client:
        yield client


async def test_hot_requests_on_another_node_never_fail_while_the_schema_changes(
    api: Api, other: httpx.AsyncClient, project: TestProject
) -> None:
    await api.ok("POST", "/collections", {"name": "t", "fields": [{"name": "a", "type": "text"}]})
    made = await api.ok("POST", "/data/t", {"a": "1"})
    seen: dict[int, int] = {}
    stop = asyncio.Event()

    async def hammer(method: str, path: str, body: Any = None) -> None:
        while not stop.is_set():
            answer = await other.request(method, project.url + path, json=body)
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
            assert answer.status_code < 500, answer.text
            await asyncio.sleep(0)

    hammers = [
        asyncio.create_task(hammer("GET", "/data/t")),
        asyncio.create_task(hammer("GET", f"/data/t/{made['id']}")),
        asyncio.create_task(hammer("PATCH", f"/data/t/{made['id']}", {"a": "2"})),
    ]
    for number in range(ROUNDS):
        await _change(api, number)
        slow = await _seconds_until_known(other, project, number)
        assert slow < 2.0
    stop.set()
    await asyncio.gather(*hammers)

    assert seen[200] > ROUNDS
    assert (await api.get("/schema/drift"))["in_sync"]


async def _change(api: Api, number: int) -> None:
    """Add a field, give it another type, rename it; drop the one before the last."""
    fields = "/collections/t/fields"
    await api.ok("POST", fields, {"name": f"new{number}", "type": "int"})
    await api.ok("PATCH", f"{fields}/new{number}", {"type": "text"})
    await api.ok("PATCH", f"{fields}/new{number}", {"name": f"named{number}"})
    if number > 1:
        unsafe = await api.refused(422, "DELETE", f"{fields}/named{number - 2}")
        await api.ok("DELETE", f"{fields}/named{number - 2}?confirm={unsafe['plan_hash']}")


async def _seconds_until_known(
    other: httpx.AsyncClient, project: TestProject, number: int
) -> float:
    started = time.perf_counter()
    while True:
        answer = await other.get(f"{project.url}/data/t?fields=named{number}")
        if answer.status_code == 200:
            return time.perf_counter() - started
        assert answer.status_code == 400, answer.text
        assert time.perf_counter() - started < 5
        await asyncio.sleep(0.02)


async def test_a_type_change_of_a_large_table_loses_no_acknowledged_write(
    api: Api, other: httpx.AsyncClient, project: TestProject, database: Any
) -> None:
    """Updates of rows copied and not yet copied, on two nodes, before, during and after."""
    table = f'"p_{project.id.hex}".things'
    await _make_things(api, database, table)
    ids = [str(r[0]) for r in await database.owner.fetch(f"SELECT id FROM {table} LIMIT 400")]
    acknowledged: dict[str, int] = {}
    stop = asyncio.Event()

    async def write(client: httpx.AsyncClient, number: int) -> None:
        while not stop.is_set():
            number += 2
            row = ids[number % len(ids)]
            if number % 3:
                await _write_n(client, f"{project.url}/data/things/{row}", number)
                acknowledged[row] = number
            else:  # an update that leaves the field alone
                answer = await client.patch(
                    f"{project.url}/data/things/{row}", json={"other": number}
                )
                assert answer.status_code == 200, answer.text

    writers = [asyncio.create_task(write(api.client, 0)), asyncio.create_task(write(other, 1))]
    await asyncio.sleep(0.2)
    await api.ok("PATCH", "/collections/things/fields/n", {"type": "string"})
    await _until(api, "/collections/things/fields/n", "type", "string")
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*writers)

    rows = await database.owner.fetch(f"SELECT id::text, n FROM {table}")
    held = {row["id"]: row["n"] for row in rows}
    assert {row: held[row] for row in acknowledged} == {
        row: str(number) for row, number in acknowledged.items()
    }
    assert len(acknowledged) > 50
    await _until(api, "/schema/drift", "in_sync", True)


async def _make_things(api: Api, database: Any, table: str) -> None:
    fields = [{"name": "n", "type": "int"}, {"name": "other", "type": "int"}]
    await api.ok("POST", "/collections", {"name": "things", "fields": fields})
    await database.owner.execute(
        f"INSERT INTO {table} (id, n, other) "
        f"SELECT gen_random_uuid(), i, 0 FROM generate_series(1, {ROWS}) i"
    )


async def _write_n(client: httpx.AsyncClient, url: str, number: int) -> None:
    """As a number, or as text once the field is text."""
    for given in (number, str(number)):
        answer = await client.patch(url, json={"n": given})
        if answer.status_code == 200:
            return
    raise AssertionError(answer.text)


async def _until(api: Api, path: str, key: str, value: Any) -> None:
    async with asyncio.timeout(60):
        while (await api.get(path))[key] != value:  # noqa: ASYNC110 - the worker's doing
            await asyncio.sleep(0.1)
