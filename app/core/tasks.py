"""Ending background tasks."""

import asyncio

CANCEL_AGAIN_SECONDS = 1.0


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
