import asyncio
from typing import Any, cast

import asyncpg
import pytest

from app import worker
from app.api.services import Services
from app.core.feature import Feature
from tests.waiting import PATIENCE_SECONDS

NO_SERVICES = cast(Services, None)


async def test_a_background_coroutine_that_fails_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_SECONDS", 0.001)
    runs: list[int] = []
    done = asyncio.Event()

    async def failing(_services: Services) -> None:
        runs.append(1)
        if len(runs) == 3:
            done.set()
        raise RuntimeError("told in the log")

    running = asyncio.create_task(worker.keep_running(failing, NO_SERVICES))
    await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
    running.cancel()


async def test_work_goes_on_soon_however_often_the_database_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(worker, "LONGEST_AWAY_SECONDS", 0.002)
    runs: list[int] = []
    done = asyncio.Event()

    async def cut_off(_services: Services) -> None:
        runs.append(1)
        if len(runs) == 15:  # pauses that double would take half a minute
            done.set()
        raise asyncpg.InterfaceError("connection is closed")

    running = asyncio.create_task(worker.keep_running(cut_off, NO_SERVICES))
    await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
    running.cancel()


async def test_all_features_work_until_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    started: asyncio.Queue[str] = asyncio.Queue()
    ended: list[str] = []

    def work(name: str) -> Any:
        async def background(_services: Services) -> None:
            started.put_nowait(name)
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(name)

        return background

    features = (
        Feature(name="one", background=(work("a"), work("b"))),
        Feature(name="two", background=(work("c"),)),
    )
    monkeypatch.setattr(worker, "load_features", lambda: features)
    stop = asyncio.Event()

    running = asyncio.create_task(worker.run_worker(NO_SERVICES, stop))
    for _ in range(3):
        await asyncio.wait_for(started.get(), PATIENCE_SECONDS)
    stop.set()
    await asyncio.wait_for(running, PATIENCE_SECONDS)

    assert sorted(ended) == ["a", "b", "c"]
