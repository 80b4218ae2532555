"""The relay: gives every committed change its ``seq``, in an order that never reverses a record.

It locks the project's counter, then numbers in a second statement: in one statement the snapshot
would be older than the lock. Any number of relays may run; one at a time has a project.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from uuid import UUID

import asyncpg
import structlog

from app.core.connection_errors import AWAY, as_unavailable
from app.core.db import Database
from app.core.ids import project_schema
from app.core.sql import qualified
from app.engine.changes.compile_relay import lock_counter, number_changes
from app.engine.changes.wakeups import CHANNEL

LOG_CHANNEL = "backendify_log"
"""Says that a project's log has numbered more changes."""

BATCH = 1_000
MOST_AT_ONCE = 20 * BATCH
"""After so many changes of one project it is the others' turn."""

RECENT_SECONDS = 1.0
FULL_SWEEP_SECONDS = 60.0
RECENT_FOR_SECONDS = 30.0

log = structlog.get_logger(__name__)


async def number(database: Database, project_id: UUID) -> int:
    """Number the project's changes that have no ``seq`` yet; answers how many.

    MOST_AT_ONCE at most; zero also where another relay is at it.
    """
    schema = project_schema(project_id)
    pools = await database.placement(project_id)
    done = 0
    while True:
        async with pools.data.acquire() as connection, connection.transaction():
            if await connection.fetchval(lock_counter(schema)) is None:
                return done
            count = len(await connection.fetch(number_changes(schema), BATCH))
        done += count
        if count < BATCH or done >= MOST_AT_ONCE:
            return done


class Relay:
    """Runs in every worker: at once when a project was written, and by sweeping."""

    def __init__(self, database: Database, numbered: Callable[[UUID], None] | None = None) -> None:
        """``numbered`` is told of projects whose log has grown, and from time to time of those
        whose log may have."""
        self._database = database
        self._numbered = numbered or (lambda _: None)
        self._woken: set[UUID] = set()
        self._recent: dict[UUID, float] = {}
        self._wake = asyncio.Event()
        self._full_at = 0.0
        self.swept_at = time.monotonic()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            notices = self._database.notices
            tasks.create_task(notices.listen(CHANNEL, self._notified, self._missed))
            tasks.create_task(self._follow())
            tasks.create_task(self._sweep())

    def wake(self, project_id: UUID) -> None:
        """The project was written."""
        self._recent[project_id] = time.monotonic()
        self._woken.add(project_id)
        self._wake.set()

    def _notified(self, payload: str) -> None:
        try:
            self.wake(UUID(payload))
        except ValueError:
            log.warning("wakeup_unreadable", payload=payload[:80])

    def _missed(self) -> None:
        self._full_at = 0.0

    async def _follow(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            woken, self._woken = self._woken, set()
            await self._number_all(woken)

    async def _sweep(self) -> None:
        """Recently written projects each second, all of them at the start and each minute."""
        while True:
            now = time.monotonic()
            if not self._full_at or now - self._full_at >= FULL_SWEEP_SECONDS:
                self._full_at = now
                await self._number_all(await self._projects())
            await self._number_all(self._recently(now))
            self.swept_at = time.monotonic()
            await asyncio.sleep(RECENT_SECONDS)

    def _recently(self, now: float) -> tuple[UUID, ...]:
        self._recent = {p: at for p, at in self._recent.items() if now - at < RECENT_FOR_SECONDS}
        return tuple(self._recent)

    async def _tell(self, project_id: UUID) -> None:
        """Wake whoever streams the project's log, in any process."""
        text = "SELECT pg_notify($1, $2)"
        await self._database.owner.execute(text, LOG_CHANNEL, str(project_id))

    async def _projects(self) -> tuple[UUID, ...]:
        try:
            rows = await self._database.owner.fetch("SELECT id FROM backendify.projects")
        except AWAY as error:
            log.warning("relay_sweep_failed", error=str(error))
            return ()
        return tuple(row["id"] for row in rows)

    async def _number_all(self, projects: Iterable[UUID]) -> None:
        for project_id in projects:
            try:
                count = await number(self._database, project_id)
                if count:
                    await self._tell(project_id)
                if count >= MOST_AT_ONCE:
                    self.wake(project_id)
                self._numbered(project_id)
            except asyncpg.UndefinedTableError:
                self._recent.pop(project_id, None)  # the project was deleted meanwhile
            except Exception as error:
                if as_unavailable(error) is None and not isinstance(error, asyncpg.PostgresError):
                    raise
                log.warning("relay_failed", project_id=str(project_id), error=str(error))


async def backlog(database: Database, project_id: UUID) -> int:
    """How many changes of a project have no ``seq`` yet."""
    changes = qualified(project_schema(project_id), "_changes")
    pools = await database.placement(project_id)
    text = f"SELECT count(*) FROM {changes} WHERE seq IS NULL"  # noqa: S608 - a quoted name
    return int(await pools.data.fetchval(text))
