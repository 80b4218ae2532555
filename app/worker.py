"""The work that no request asks for: the background coroutines of every feature's manifest.

It runs inside ``backendify serve``, or as a process of its own (``backendify worker``). Several may
run at once: each coroutine takes its work under locks of the database.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable

import structlog

from app.api.services import Services, make_services
from app.core.config import Settings
from app.core.connection_errors import as_unavailable
from app.core.errors import UnavailableError
from app.registry import load_features

Background = Callable[[Services], Awaitable[None]]

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_AWAY_SECONDS = 5.0
"""Where it is the database that was away, work goes on soon after it is back."""
_HEALTHY_SECONDS = 60.0

log = structlog.get_logger(__name__)


async def run_worker(services: Services, stop: asyncio.Event | None = None) -> None:
    """Run all background coroutines until cancelled, or until ``stop`` is set."""
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(keep_running(background, services), name=f"{feature.name}.background")
            for feature in load_features()
            for background in feature.background
        ]
        if stop is not None:
            await stop.wait()
            for task in running:
                task.cancel()


async def work(settings: Settings) -> None:
    """Be a worker process: reach the database, work until SIGTERM or SIGINT, leave in order."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    services = make_services(settings, load_features())
    try:
        await _start(services, stop)
        if not stop.is_set():
            log.info("worker_started")
            await run_worker(services, stop)
    finally:
        await services.stop()


async def _start(services: Services, stop: asyncio.Event) -> None:
    """Start as soon as the database is there, or give up when told to stop."""
    while not stop.is_set():
        try:
            return await services.start()
        except UnavailableError as error:
            log.warning("database_unreachable", error=str(error))
            await asyncio.sleep(FIRST_PAUSE_SECONDS)
    return None


async def keep_running(background: Background, services: Services) -> None:
    """Run one coroutine for ever: when it fails it is logged and started again, ever later.

    A database that comes and goes makes the pauses no longer than LONGEST_AWAY_SECONDS.
    """
    name = f"{background.__module__}.{background.__qualname__}"
    pause = FIRST_PAUSE_SECONDS
    while True:
        started = time.monotonic()
        longest = LONGEST_PAUSE_SECONDS
        try:
            await background(services)
            log.warning("background_ended", name=name)
        except Exception as error:
            away = error if isinstance(error, UnavailableError) else as_unavailable(error)
            if away is not None:  # it is not this work that failed, and it goes on by itself
                longest = LONGEST_AWAY_SECONDS
                pause = min(pause, longest)
                log.warning("background_waits", name=name, error=str(away), retry_in=pause)
            else:
                log.exception("background_failed", name=name, retry_in=pause)
        if time.monotonic() - started > _HEALTHY_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)
