"""Ending background tasks, and letting others run beside them."""

import asyncio
import time

CANCEL_AGAIN_SECONDS = 1.0
BREATH_SECONDS = 0.003


class Breath:
    """``await breath()`` within long computations: every few milliseconds it is others' turn."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until = time.monotonic() + BREATH_SECONDS

    async def __call__(self) -> None:
        if time.monotonic() >= self._until:
            await asyncio.sleep(0)
            self._until = time.monotonic() + BREATH_SECONDS


async def end_tasks(*tasks: "asyncio.Task[None]") -> None:
    """Cancel the tasks until all have ended; what they raise is dropped.

    Once may not do: a cancellation can get lost on its way through code that catches errors.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
