"""Many listeners at once, and those among them who do not keep up."""

import asyncio
import resource
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.policies.world import World
from tests.features.realtime.listening import Told, streaming, wired
from tests.waiting import PATIENCE_SECONDS

LISTENERS = 200
WRITES = 100


async def test_two_hundred_listeners_hear_every_write_in_order(
    base: str, world: World, admin: Admin, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = app.services.settings.model_copy(update={"realtime_sockets_per_principal": LISTENERS})
    monkeypatch.setattr(app.services, "settings", most)
    url, names = f"{world.project.url}/realtime", [str(number) for number in range(WRITES)]
    async with AsyncExitStack() as stack:
        opening = (
            stack.enter_async_context(streaming(base, url, admin.headers, collection="tags"))
            for _ in range(LISTENERS)
        )
        streams = [await each for each in opening]
        body = [{"name": name} for name in names]
        for start in range(0, WRITES, 20):
            answer = await world.admin.post(f"{world.data}/tags", json=body[start : start + 20])
            assert answer.status_code == 201, answer.text
        for stream in streams:
            heard = [(await stream.next()).data["record"]["name"] for _ in range(WRITES)]
            assert heard == names


async def test_who_does_not_keep_up_is_dropped_and_holds_nobody_up(
    base: str, world: World, admin: Admin, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = app.services.settings.model_copy(update={"realtime_queue_events": 20})
    monkeypatch.setattr(app.services, "settings", few)
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    path = f"{world.project.url}/realtime/ws"
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with wired(base, path, token, max_queue=1) as slow, wired(base, path, token) as good:
        for wire in (slow, good):
            await wire.ask(type="subscribe", id="s", collection="posts")
        for number in range(100):
            await world.make("posts", title=str(number), body="x" * 200_000)
            told = await good.hear()
            assert told["data"]["record"]["title"] == str(number)
        assert await slow.closed() in (1006, 1013)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    assert grown < 200_000, "kilobytes"


async def test_who_is_asked_to_read_anew_is_told_where_to_go_on(
    base: str, world: World, admin: Admin, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = app.services.settings.model_copy(update={"realtime_queue_events": 5})
    monkeypatch.setattr(app.services, "settings", few)
    url = f"{world.project.url}/realtime"
    async with streaming(base, url, admin.headers, collection="tags") as stream:
        body = [{"name": str(number)} for number in range(50)]
        answer = await world.admin.post(f"{world.data}/tags", json=body)
        assert answer.status_code == 201
        events: list[Told] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not events or events[-1].event != "resync":
                events.append(await stream.next())
        await stream.end()
    headers = admin.headers | {"last-event-id": events[-1].id}
    async with streaming(base, url, headers, collection="tags") as again:
        await world.make("tags", name="after")
        assert (await again.next()).data["record"]["name"] == "after"
