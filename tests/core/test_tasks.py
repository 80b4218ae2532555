"""Ending background tasks."""

import asyncio
from contextlib import suppress

from app.core.tasks import end_tasks


async def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await end_tasks(task)

    assert task.cancelled()


async def test_what_a_task_raised_is_dropped() -> None:
    async def failing() -> None:
        raise RuntimeError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)

    await end_tasks(task)
