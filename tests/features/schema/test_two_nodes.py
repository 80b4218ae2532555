"""One node changes the schema while another serves it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.conftest import Admin, TestProject
from tests.features.schema.conftest import Api
from tests.running import client_for, lifespan
from tests.waiting import PATIENCE_SECONDS, until

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
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(acknowledged) <= 50:  # noqa: ASYNC110 - the writers' doing
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*writers)

    rows = await database.owner.fetch(f"SELECT id::text, n FROM {table}")
    held = {row["id"]: row["n"] for row in rows}
    assert {row: held[row] for row in acknowledged} == {
        row: str(number) for row, number in acknowledged.items()
    }
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
    async def is_so() -> bool:
        return bool((await api.get(path))[key] == value)

    await until(is_so, every=0.1)
