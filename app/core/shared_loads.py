"""Loads that many ask for at once and that happen once: what is being loaded is shared."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")


class SharedLoads(Generic[Key, Loaded]):
    """By key. A waiter that is cancelled leaves the load to the others."""

    def __init__(self, load: Callable[[Key], Awaitable[Loaded]]) -> None:
        self._load = load
        self._running: dict[Key, asyncio.Task[Loaded]] = {}
        self._waiting: dict[Key, asyncio.Task[Loaded]] = {}

    async def join(self, key: Key) -> Loaded:
        """What the running load answers, or one that begins now."""
        return await asyncio.shield(self._running.get(key) or self._start(key))

    async def renew(self, key: Key) -> Loaded:
        """What a load answers that begins after this call."""
        running = self._running.get(key)
        if running is None:
            return await asyncio.shield(self._start(key))
        task = self._waiting.get(key)
        if task is None:
            task = self._waiting[key] = _kept(self._after(running, key))
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Let nobody join a load that is running now."""
        self._running.clear()

    def _start(self, key: Key) -> asyncio.Task[Loaded]:
        task = self._running[key] = _kept(self._run(key))
        return task

    async def _after(self, running: asyncio.Task[Loaded], key: Key) -> Loaded:
        await asyncio.wait([running])
        del self._waiting[key]
        return await asyncio.shield(self._start(key))

    async def _run(self, key: Key) -> Loaded:
        try:
            return await self._load(key)
        finally:
            # Here, not in a callback: those run later, and until then an old load would be joined.
            if self._running.get(key) is asyncio.current_task():
                del self._running[key]


def _kept(load: Coroutine[Any, Any, Loaded]) -> asyncio.Task[Loaded]:
    task = asyncio.create_task(load)
    task.add_done_callback(_taken)
    return task


def _taken(task: asyncio.Task[Any]) -> None:
    """Take the error even when every waiter has gone."""
    if not task.cancelled():
        task.exception()
