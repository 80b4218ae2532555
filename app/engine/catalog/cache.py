"""Every process's view of the projects' schemas: one immutable catalog each, replaced whole.

NOTIFY tells of a change at once; a sweep of versions each two seconds is the guarantee, and the
fence in every statement makes a stale view harmless.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import structlog

from app.core.db import Database
from app.core.shared_loads import SharedLoads
from app.core.tasks import end_tasks
from app.engine.catalog.model import Catalog
from app.engine.catalog.store import load_catalog, load_versions

CHANNEL = "backendify_catalog"
SWEEP_SECONDS = 1.5  # a change is known everywhere within two
MOST_CATALOGS = 5_000

log = structlog.get_logger(__name__)


class Catalogs:
    """Catalogs by project id; the oldest used is dropped beyond ``MOST_CATALOGS``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: OrderedDict[UUID, Catalog] = OrderedDict()
        self._loads = SharedLoads(self._load)
        self._tasks: list[asyncio.Task[None]] = []
        self._missed = asyncio.Event()
        self._heard_by: list[Callable[[UUID], None]] = []

    def cached(self, project_id: UUID) -> Catalog | None:
        """The catalog at hand, if any: no I/O."""
        return self._held.get(project_id)

    async def current(self, project_id: UUID) -> Catalog:
        """The catalog at hand, or loaded. Raises NotFoundError."""
        return self._held.get(project_id) or await self._loads.join(project_id)

    async def refresh(self, project_id: UUID, at_least: int = 0) -> Catalog:
        """The catalog as it is now, or the one at hand where that is ``at_least`` as new."""
        held = self._held.get(project_id)
        if held is not None and at_least and held.version >= at_least:
            return held
        return await self._loads.renew(project_id)

    def forget(self, project_id: UUID) -> None:
        """Drop what is held of a project."""
        self._held.pop(project_id, None)

    def on_change(self, tell: Callable[[UUID], None]) -> None:
        """Call ``tell`` with a project's id whenever its catalog or its policies have changed."""
        self._heard_by.append(tell)

    def start(self) -> None:
        """Begin to listen and to sweep."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        await end_tasks(*self._tasks)

    async def _load(self, project_id: UUID) -> Catalog:
        catalog = await load_catalog(self._database.owner, project_id)
        held = self._held.get(project_id)
        if held is not None and held.version > catalog.version:
            return held
        self._held[project_id] = catalog
        self._held.move_to_end(project_id)
        while len(self._held) > MOST_CATALOGS:
            self._held.popitem(last=False)
        return catalog

    async def _listen(self) -> None:
        await self._database.notices.listen(CHANNEL, self._notified, self._missed.set)

    def _notified(self, payload: str) -> None:
        with suppress(ValueError):
            project_id = UUID(payload)
            for tell in self._heard_by:
                tell(project_id)
            if project_id in self._held:
                task = asyncio.create_task(self._refresh_quietly(project_id))
                task.add_done_callback(lambda _: None)

    async def _sweep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._missed.wait()
            self._missed.clear()
            with suppress(Exception):
                await self._compare_versions()

    async def _compare_versions(self) -> None:
        versions = await load_versions(self._database.owner, list(self._held))
        for project_id, held in list(self._held.items()):
            if project_id not in versions:
                self.forget(project_id)
            elif versions[project_id] != held.version:
                await self._refresh_quietly(project_id)

    async def _refresh_quietly(self, project_id: UUID) -> None:
        try:
            await self.refresh(project_id)
        except Exception as error:  # noqa: BLE001 - the next sweep or the fence mends it
            log.warning("catalog_refresh_failed", project_id=str(project_id), error=str(error))
            self.forget(project_id)
