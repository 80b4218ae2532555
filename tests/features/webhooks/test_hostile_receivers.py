"""Receivers that hang, drip, flood or point elsewhere: they hold up nobody, and reach nothing."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import structlog

from app.core.config import Settings
from app.core.postgres.server import Server
from tests.features.webhooks.conftest import World
from tests.features.webhooks.receiver import Receiver
from tests.features.webhooks.test_delivery import came, path_of, settled
from tests.installations import new_installation
from tests.waiting import until

log = structlog.get_logger(__name__)

EVENTS = int(os.environ.get("WEBHOOK_EVENTS", "500"))
PER_SECOND = 100
BATCH = 10
DELAYED_SECONDS = 5.0
GROWTH_BYTES = 150 * 1024 * 1024


@pytest.fixture(scope="module")
async def installation(
    server: Server, settings: Settings, receiver: Receiver
) -> AsyncIterator[Any]:
    """With the schedule that installations have."""
    own = settings.model_copy(update={"egress_allow": (receiver.netloc,)})
    async with new_installation(server, own) as app:
        yield app


async def test_endpoints_that_hang_drip_or_flood_do_not_delay_a_healthy_one(world: World) -> None:
    alone = await _late(world)
    bad = [
        await world.hook(f"{kind}/{uuid4().hex}") for kind in ("hang", "drip", "huge", "redirect")
    ]
    before = _memory()
    beside = await _late(world)
    log.warning("webhooks_measured", events=EVENTS, alone=alone, beside=beside,
                grown=_memory() - before)  # fmt: skip
    assert beside["p95"] < alone["p95"] + DELAYED_SECONDS
    assert _memory() - before < GROWTH_BYTES
    for hook in bad:
        shown = await world.get(f"webhooks/{hook['id']}")
        if "huge" not in hook["url"]:
            assert len(world.receiver.at(path_of(hook))) < 100, "its queue was stopped"
            assert shown["failures"] > 0 or shown["paused_until"] is None
        await world.client.delete(f"{world.url}/webhooks/{hook['id']}")


async def test_of_a_huge_answer_only_the_beginning_is_kept(world: World) -> None:
    hook = await world.hook(f"huge/{uuid4().hex}")
    await world.write(name="a")
    (done,) = await settled(world, hook, "succeeded")
    detail = await world.get(f"webhooks/{hook['id']}/deliveries/{done['id']}")
    assert detail["log"][0]["response_body"] == "x" * 8192


async def test_a_redirect_is_a_failure_and_is_not_followed(world: World) -> None:
    hook = await world.hook(f"redirect/{uuid4().hex}")
    await world.write(name="a")
    (failed,) = await settled(world, hook, "failed")
    assert failed["response_status"] == 307
    assert "redirects are not followed" in failed["error"]
    assert world.receiver.at("trap") == []


@pytest.mark.parametrize(
    "host", ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "rebinding.test"]
)
async def test_no_name_leads_to_a_private_address(
    world: World, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = world.app.services.http._network
    real = network._resolve

    async def resolve(name: str, port: int) -> Any:
        return ["127.0.0.1"] if name == "rebinding.test" else await real(name, port)

    monkeypatch.setattr(network, "_resolve", resolve)
    url = f"http://{host}:{world.receiver.port}/trap"
    body = {"url": url, "events": ["record.*"]}
    answer = await world.client.post(f"{world.url}/webhooks", json=body)
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["pointer"] == "/url"
        return
    hook = answer.json()
    await world.write(name="a")
    (failed,) = await settled(world, hook, "failed")
    assert failed["response_status"] is None
    assert world.receiver.at("trap") == []


async def test_failures_in_a_row_stop_the_queue_until_a_probe_succeeds(world: World) -> None:
    hook = await world.hook()
    path = path_of(hook)
    world.receiver.answers[path] = [500] * 1_000
    await world.post("data/orders", 201, [{"name": str(n)} for n in range(100)])
    await until(lambda: len(world.receiver.at(path)) >= 5)

    async def paused() -> Any:
        shown = await world.get(f"webhooks/{hook['id']}")
        return shown["paused_until"] and shown

    assert (await until(paused))["failures"] >= 5
    assert len(await came(world, hook, 5)) < 20
    world.receiver.answers[path] = []
    assert len(await settled(world, hook, "succeeded", 50)) == 50
    await until(lambda: len({each.id for each in world.receiver.at(path)}) == 100)
    shown = await world.get(f"webhooks/{hook['id']}")
    assert (shown["failures"], shown["paused_until"]) == (0, None)


async def _late(world: World) -> dict[str, float]:
    """How long after their acknowledgement events come to a new endpoint, in seconds."""
    healthy = await world.hook()
    sent = await _write_steadily(world, EVENTS)
    got = await world.receiver.wait(path_of(healthy), EVENTS)
    await world.client.delete(f"{world.url}/webhooks/{healthy['id']}")
    late = sorted(each.at - sent[each.json["data"]["record"]["name"]] for each in got)
    return {f"p{part}": round(late[len(late) * part // 100], 3) for part in (50, 95, 99)}


async def _write_steadily(world: World, count: int) -> dict[str, float]:
    """Write records at a steady rate; when each was acknowledged, by its name."""
    sent: dict[str, float] = {}
    began = time.monotonic()
    for start in range(0, count, BATCH):
        await asyncio.sleep(max(0, began + start / PER_SECOND - time.monotonic()))
        names = [str(number) for number in range(start, start + BATCH)]
        await world.post("data/orders", 201, [{"name": name} for name in names])
        sent |= dict.fromkeys(names, time.monotonic())
    return sent


def _memory() -> int:
    """The process's resident bytes."""
    with open("/proc/self/statm", encoding="ascii") as status:
        return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
