"""The workers of workflows. Any number may run; each run is gone on with by one at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from uuid import uuid4

import structlog

from app.api.services import Services
from app.core.connection_errors import AWAY, as_unavailable
from app.core.errors import UnavailableError
from app.core.leased_work import SWEEP_SECONDS, LeasedWork
from app.core.work_metrics import WorkMetrics, work_metrics
from app.features.workflows.forming import actions_of
from app.features.workflows.queue import (
    CHANNEL,
    Claimed,
    claim_runs,
    count_backlog,
    extend_leases,
    release_run,
    stumble,
    sweep_runs,
)
from app.features.workflows.runner import Runner
from app.features.workflows.schedules import AT_ONCE, fire_due

RUNS_AT_ONCE: Final = 256
WORKING_AT_ONCE: Final = 6
"""Steps that use this server's database, so that requests find connections."""
_PAUSE_AFTER_FAULT_SECONDS: Final = 1.0
_TRIES: Final = 10
_HOUR: Final = 3_600

log = structlog.get_logger(__name__)


async def run_workflows(services: Services) -> None:
    """Go on with runs that are due, until cancelled."""
    await Worker(services).run()


async def fire_schedules(services: Services) -> None:
    """Start what schedules say, every second, until cancelled."""
    while True:
        if await fire_due(services) < AT_ONCE:
            await asyncio.sleep(SWEEP_SECONDS)


async def clear_old_runs(services: Services) -> None:
    """Every hour, until cancelled."""
    while True:
        await sweep_runs(services.database.owner)
        await asyncio.sleep(_HOUR)


def metrics_of(services: Services) -> WorkMetrics:
    """Runs that ended, and those that are due."""
    return work_metrics(
        services.metrics.registry,
        ("backendify_workflow_runs", "Runs that ended, by outcome"),
        ("backendify_workflow_backlog", "Runs that are due and that nobody goes on with"),
        ("succeeded", "failed"),
    )


class Worker:
    """The runs that this process goes on with at the moment."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool = services.database.owner
        self._id = uuid4()
        self._actions = actions_of(services)
        self._room = asyncio.Semaphore(WORKING_AT_ONCE)
        self._metrics = metrics_of(services)
        self._held = LeasedWork(
            services.database.notices, CHANNEL, partial(extend_leases, self._pool, self._id),
            self._measure,
        )  # fmt: skip

    async def run(self) -> None:
        """Until cancelled; then what is under way may end, and the leases are given back."""
        await self._held.run(self._take_up)

    async def _take_up(self) -> None:
        room = RUNS_AT_ONCE - len(self._held)
        if room <= 0:
            return
        for run in await claim_runs(self._pool, self._id, room):
            self._held.start(run.id, self._go_on(run))

    async def _go_on(self, run: Claimed) -> None:
        """A fault lets go of the run; it is gone on with later, here or elsewhere."""
        try:
            status = await self._runner(run).go_on()
            if status in self._metrics.outcomes:
                self._metrics.outcomes[status] += 1
        except Exception as error:
            if isinstance(error, UnavailableError) or as_unavailable(error) is not None:
                log.warning("workflow_run_waits", run_id=str(run.id), error=str(error))
                await asyncio.sleep(_PAUSE_AFTER_FAULT_SECONDS)
                await self._let_go(run, release_run)
            else:
                log.exception("workflow_run_interrupted", run_id=str(run.id))
                await self._let_go(run, stumble)
        except asyncio.CancelledError:
            await self._let_go(run, release_run)
            raise

    def _runner(self, run: Claimed) -> Runner:
        return Runner(self._services, self._actions, self._room, self._id, run)

    async def _let_go(self, run: Claimed, how: Callable[..., Awaitable[None]]) -> None:
        """Tried while the database is away: else the run waits until its lease is over."""
        for _ in range(_TRIES):
            try:
                await how(self._pool, self._id, run.id)
            except AWAY:
                await asyncio.sleep(_PAUSE_AFTER_FAULT_SECONDS)
            else:
                return
        log.warning("workflow_lease_not_released", run_id=str(run.id))

    async def _measure(self) -> None:
        self._metrics.backlog = await count_backlog(self._pool)
