"""Every process's view of the projects' policies: replaced whole, never stale for long.

A change is told by NOTIFY on the catalogs' channel; a sweep of versions is the guarantee.
"""

import asyncio
from contextlib import suppress
from uuid import UUID

from app.core.db import Database
from app.core.shared_loads import SharedLoads
from app.core.tasks import end_tasks
from app.engine.catalog.cache import SWEEP_SECONDS, Catalogs
from app.engine.catalog.model import Catalog
from app.engine.policy.authorize import Rules
from app.engine.policy.policy import PolicySet
from app.engine.policy.store import load_policies, load_policy_versions

MOST_PROJECTS = 5_000


class Policies:
    """Policies by project id, and their rules at the catalog that was asked for last."""

    def __init__(self, database: Database, catalogs: Catalogs) -> None:
        self._database = database
        self._catalogs = catalogs
        self._held: dict[UUID, PolicySet] = {}
        self._rules: dict[UUID, Rules] = {}
        self._loads = SharedLoads(self._load)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None

    def cached(self, catalog: Catalog) -> Rules | None:
        """The rules at this catalog, if at hand: no I/O."""
        rules = self._rules.get(catalog.project_id)
        return rules if rules is not None and rules.catalog is catalog else None

    async def current(self, catalog: Catalog) -> Rules:
        """The rules at this catalog, loaded if need be."""
        project_id = catalog.project_id
        policies = self._held.get(project_id) or await self._loads.join(project_id)
        rules = self._rules.get(project_id)
        if rules is None or rules.catalog is not catalog or rules.policies is not policies:
            rules = self._rules[project_id] = Rules(policies, catalog)
        return rules

    async def refresh(self, project_id: UUID) -> PolicySet:
        """Load what is stored now."""
        return await self._loads.renew(project_id)

    def start(self) -> None:
        """Begin to hear of changes and to sweep."""
        self._catalogs.on_change(self._notified)
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._sweeper is not None:
            await end_tasks(self._sweeper)
        await end_tasks(*self._tasks)

    async def _load(self, project_id: UUID) -> PolicySet:
        loaded = await load_policies(self._database.owner, project_id)
        held = self._held.get(project_id)
        if held is not None and held.version > loaded.version:
            return held
        if len(self._held) >= MOST_PROJECTS:
            self._held.clear()
            self._rules.clear()
        self._held[project_id] = loaded
        self._rules.pop(project_id, None)
        return loaded

    def _notified(self, project_id: UUID) -> None:
        if project_id in self._held:
            task = asyncio.create_task(self._refresh_quietly(project_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _refresh_quietly(self, project_id: UUID) -> None:
        with suppress(Exception):  # the next sweep mends it
            await self.refresh(project_id)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with suppress(Exception):
                await self._compare_versions()

    async def _compare_versions(self) -> None:
        versions = await load_policy_versions(self._database.owner, list(self._held))
        for project_id, held in list(self._held.items()):
            if project_id not in versions:
                self._held.pop(project_id, None)
                self._rules.pop(project_id, None)
            elif versions[project_id] != held.version:
                await self.refresh(project_id)
