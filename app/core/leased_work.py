"""A worker of things that are leased: one task for each, its lease kept while it goes on.

Features say how something is claimed and what is done with it; the loop, the heartbeat and an
orderly end are here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import structlog

from app.core.connection_errors import AWAY
from app.core.notify import Notices
from app.core.tasks import end_tasks

SWEEP_SECONDS: Final = 1.0
_COALESCE_SECONDS: Final = 0.01
_HEARTBEAT_SECONDS: Final = 4.0
_BACKLOG_SECONDS: Final = 15.0
_GRACE_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class LeasedWork:
    """What this process is at.

    ``channel`` wakes it; ``extend`` prolongs the leases of what it is at; ``measure`` is called
    now and then. Leases are longer than three heartbeats (4 s).
    """

    def __init__(
        self,
        notices: Notices,
        channel: str,
        extend: Callable[[Sequence[UUID]], Awaitable[None]],
        measure: Callable[[], Awaitable[None]],
    ) -> None:
        self._notices = notices
        self._channel = channel
        self._extend = extend
        self._measure = measure
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    async def run(self, take_up: Callable[[], Awaitable[None]]) -> None:
        """Call ``take_up`` whenever there may be something to claim, until cancelled; then what is
        under way may end."""
        wake = self._wake.set
        others = [
            asyncio.create_task(self._notices.listen(self._channel, lambda _: wake(), wake)),
            asyncio.create_task(self._keep_leases()),
            asyncio.create_task(self._watch()),
        ]
        try:
            while True:
                self._wake.clear()
                await take_up()
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_SECONDS):
                        await self._wake.wait()
                await asyncio.sleep(_COALESCE_SECONDS)
        finally:
            await self._leave(others)

    def start(
        self, key: UUID, work: Coroutine[Any, Any, None], ended: Callable[[], object] | None = None
    ) -> None:
        """Do it in a task of its own; ``ended`` is called when it is over."""

        def forget(_: object) -> None:
            self._tasks.pop(key, None)
            if ended is not None:
                ended()
            self._wake.set()

        task = asyncio.create_task(work)
        self._tasks[key] = task
        task.add_done_callback(forget)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            try:
                await self._extend(list(self._tasks))
            except AWAY:
                log.warning("leases_not_extended", channel=self._channel)

    async def _watch(self) -> None:
        while True:
            with suppress(*AWAY):
                await self._measure()
            await asyncio.sleep(_BACKLOG_SECONDS)

    async def _leave(self, others: "Sequence[asyncio.Task[None]]") -> None:
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        await end_tasks(*others, *tasks)
