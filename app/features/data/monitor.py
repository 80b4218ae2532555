"""What every process knows of how far the log's relay and readers are behind, wherever they run.

Any process tells it, so that it is seen also when no worker is left. Projects that are written are
looked at every ten seconds, all of them at the start and every ten minutes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.api.services import Services
from app.core.connection_errors import AWAY, as_unavailable
from app.core.db import Database
from app.core.errors import UnavailableError
from app.core.tasks import end_tasks
from app.engine.changes.lag import Lag, reader_lags, relay_lag
from app.engine.changes.wakeups import CHANNEL

LOOK_SECONDS = 10.0
ALL_SECONDS = 600.0
RECENT_SECONDS = 300.0
LONGEST_LAG_SECONDS = 60.0
"""Behind by more than this, the log is reported as late."""

RELAY = ""
"""Stands where a reader's name does."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def watch_logs(services: Services) -> AsyncIterator["LogMonitor"]:
    """A monitor that looks as long as the services run."""
    readers = [reader for feature in services.features for reader in feature.log_readers]
    monitor = LogMonitor(services.database, {reader.name for reader in readers})
    registry = services.metrics.registry
    registry.register(monitor)
    notices = services.database.notices
    tasks = [
        asyncio.create_task(notices.listen(CHANNEL, monitor.written, monitor.look_at_all)),
        asyncio.create_task(monitor.run()),
    ]
    try:
        yield monitor
    finally:
        await end_tasks(*tasks)
        registry.unregister(monitor)


async def check_logs(services: Services) -> str | None:
    """What is late. It says nothing of whether this process can serve requests."""
    held = services.held.get("data")
    return held.late() if isinstance(held, LogMonitor) else None


class LogMonitor(Collector):
    """The last look at each project that is or was written: only what is behind is kept."""

    def __init__(self, database: Database, readers: Collection[str]) -> None:
        """``readers`` that this release has: nobody waits for those of another."""
        self._database = database
        self._readers = readers
        self._recent: dict[UUID, float] = {}
        self._behind: dict[UUID, dict[str, Lag]] = {}
        self._all_at: float | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look(await self._projects())
            except Exception as error:
                if as_unavailable(error) is None and not isinstance(error, UnavailableError):
                    log.exception("log_monitor_failed")
            await asyncio.sleep(LOOK_SECONDS)

    def written(self, payload: str) -> None:
        """A project was written; any process's word for it."""
        try:
            self._recent[UUID(payload)] = time.monotonic()
        except ValueError:
            log.warning("wakeup_unreadable", payload=payload[:80])

    def look_at_all(self) -> None:
        """Some word may have been missed."""
        self._all_at = None

    async def look(self, projects: Iterable[UUID]) -> None:
        """Measure these projects."""
        for project_id in projects:
            try:
                lags = await self._lags(project_id)
            except asyncpg.UndefinedTableError:
                lags = {}  # the project was deleted meanwhile
                self._recent.pop(project_id, None)
            except AWAY as error:
                log.warning("log_not_measured", project_id=str(project_id), error=str(error))
                continue
            if lags:
                self._behind[project_id] = lags
            else:
                self._behind.pop(project_id, None)

    def late(self) -> str | None:
        """What is behind by more than a minute."""
        late = sorted(n for n, lag in self._total().items() if lag.seconds > LONGEST_LAG_SECONDS)
        if not late:
            return None
        return f"behind by more than a minute: {', '.join(name or 'relay' for name in late)}"

    def collect(self) -> Iterator[Metric]:
        total = self._total()
        relay = total.pop(RELAY, Lag())
        yield GaugeMetricFamily(
            "backendify_log_backlog", "Changes that wait for the relay", value=relay.changes
        )
        yield GaugeMetricFamily(
            "backendify_log_lag_seconds", "How long the first of them waits", value=relay.seconds
        )
        backlog = GaugeMetricFamily(
            "backendify_log_reader_backlog", "Events not taken yet", labels=("reader",)
        )
        seconds = GaugeMetricFamily(
            "backendify_log_reader_lag_seconds", "Age of the first of them", labels=("reader",)
        )
        for reader in sorted(self._readers):  # none is behind: said as well, for who watches it
            lag = total.get(reader, Lag())
            backlog.add_metric((reader,), lag.changes)
            seconds.add_metric((reader,), lag.seconds)
        yield backlog
        yield seconds

    def _total(self) -> dict[str, Lag]:
        """By reader, over all projects."""
        total: dict[str, Lag] = {}
        for lags in self._behind.values():
            for name, lag in lags.items():
                total[name] = lag.with_other(total.get(name, Lag()))
        return total

    async def _lags(self, project_id: UUID) -> dict[str, Lag]:
        found = {RELAY: await relay_lag(self._database, project_id)}
        for name, lag in (await reader_lags(self._database, project_id)).items():
            if name in self._readers:
                found[name] = lag
        return {name: lag for name, lag in found.items() if lag.changes}

    async def _projects(self) -> list[UUID]:
        now = time.monotonic()
        if self._all_at is None or now - self._all_at >= ALL_SECONDS:
            self._all_at = now
            rows = await self._database.owner.fetch("SELECT id FROM backendify.projects")
            self._behind = {row[0]: self._behind.get(row[0], {}) for row in rows}
            return [row[0] for row in rows]
        self._recent = {p: at for p, at in self._recent.items() if now - at < RECENT_SECONDS}
        return list(dict.fromkeys((*self._recent, *self._behind)))
