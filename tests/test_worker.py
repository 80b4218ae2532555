import asyncio
from typing import Any, cast

import pytest

from app import worker
from app.api.services import Services
from app.core.feature import Feature

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
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
    assert len(runs) == 3


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
        await asyncio.wait_for(started.get(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)

    assert sorted(ended) == ["a", "b", "c"]
