"""Projects beside one another: what one project's receivers do delays no other's deliveries."""

from typing import Any
from uuid import uuid4

import pytest

from app.features.webhooks.jobs import ENDPOINTS_AT_ONCE
from app.features.webhooks.queue import MOST_OF_PROJECT
from app.features.webhooks.service import MOST_ENDPOINTS
from tests.conftest import Admin
from tests.features.webhooks.conftest import World, world_of
from tests.features.webhooks.receiver import Receiver
from tests.features.webhooks.test_delivery import path_of, settled
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
async def other(installation: Any, owner: Admin, receiver: Receiver) -> World:
    return await world_of(owner, installation, receiver)


@pytest.mark.parametrize("kind", ["hang", "slow"])
async def test_a_hundred_slow_endpoints_of_one_project_do_not_delay_another(
    world: World, other: World, kind: str
) -> None:
    bad = [await world.hook(f"{kind}/{uuid4().hex}") for _ in range(MOST_ENDPOINTS)]
    healthy = await other.hook()
    rows = [{"name": str(number)} for number in range(20)]
    await world.post("data/orders", 201, rows)
    places = [path_of(hook) for hook in bad]
    await until(lambda: sum(bool(other.receiver.at(each)) for each in places) >= MOST_OF_PROJECT)
    for number in range(3):
        await other.write(name=str(number))
        await other.receiver.wait(path_of(healthy), number + 1)
        served = sum(bool(other.receiver.at(each)) for each in places)
        assert served < ENDPOINTS_AT_ONCE, "most still wait for their turn"
    for hook in bad:
        await world.client.delete(f"{world.url}/webhooks/{hook['id']}")


async def test_an_endpoint_that_answers_slowly_is_served_among_those_that_fail(
    world: World,
) -> None:
    hook = await world.hook(f"slow/{uuid4().hex}")
    rows = [{"name": str(number)} for number in range(20)]
    await world.post("data/orders", 201, rows)
    await world.receiver.wait(path_of(hook), 20, seconds=2 * PATIENCE_SECONDS)
    await settled(world, hook, "succeeded", 16)
    shown = await world.get(f"webhooks/{hook['id']}")
    assert (shown["failures"], shown["paused_until"]) == (1, None)


async def test_a_slow_endpoint_is_told_of_one_record_in_order(world: World) -> None:
    hook = await world.hook(f"slow/{uuid4().hex}")
    made = await world.write(name="0")
    for number in range(1, 10):
        url = f"{world.url}/data/orders/{made['id']}"
        assert (await world.client.patch(url, json={"name": str(number)})).status_code == 200
    got = await world.receiver.wait(path_of(hook), 3)
    assert [each.json["data"]["record"]["name"] for each in got[:3]] == ["0", "1", "2"]
    await world.client.delete(f"{world.url}/webhooks/{hook['id']}")
