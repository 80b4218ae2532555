"""The database as the product sees it: the control engine, and each project's pools."""

import asyncio
from contextlib import AsyncExitStack
from typing import Self
from uuid import UUID

import structlog
from cachetools import LRUCache
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.config import Settings
from app.core.data_pool import DataPool
from app.core.dsn import plain_dsn
from app.core.engine import create_engine
from app.core.installation import Installation, running_installation
from app.core.notify import Notices
from app.core.pools import Pool, Pools, Sizes, connect, open_pools

log = structlog.get_logger(__name__)

_RECYCLE_SECONDS = 1800  # a server process grows with each table and statement it has seen
_PLACEMENTS_KEPT = 10_000


class Database:
    """Everything that holds connections. Open one per process and event loop.

    ``findings`` tell in plain words what the server's roles lack.
    """

    def __init__(
        self, dsn: str, sizes: Sizes, engine: AsyncEngine, pools: Pools, findings: tuple[str, ...]
    ) -> None:
        self.dsn = dsn
        self.engine = engine
        self.owner: Pool = pools.owner
        self.data: DataPool = pools.data
        self.export: DataPool = pools.export
        self.findings = findings
        self.notices = Notices(lambda: connect(dsn))
        self._sizes = sizes
        self._here = pools
        self._elsewhere: dict[str, Pools] = {}
        self._placements: LRUCache[UUID, Pools] = LRUCache(_PLACEMENTS_KEPT)
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._recycling = asyncio.create_task(self._recycle())

    @classmethod
    async def open(cls, settings: Settings, dsn: str | None = None) -> Self:
        """Connect; without ``dsn`` to the installation's database, started and migrated first.

        Raises UnavailableError.
        """
        async with AsyncExitStack() as stack:
            here = Installation(plain_dsn(dsn or ""))
            if dsn is None:
                here = await stack.enter_async_context(running_installation(settings))
            sizes = _sizes(settings)
            engine = create_engine(
                here.dsn, size=settings.control_pool_size, wait_seconds=sizes.wait_seconds
            )
            stack.push_async_callback(engine.dispose)
            pools, missing = await open_pools(here.dsn, sizes)
            stack.push_async_callback(pools.close)
            database = cls(here.dsn, sizes, engine, pools, (*here.findings, *missing))
            database._stack = stack.pop_all()
        for finding in database.findings:
            log.warning("database_finding", finding=finding)
        return database

    async def close(self) -> None:
        """Close all connections, and stop the embedded server if nobody else uses it."""
        self._recycling.cancel()
        await self.notices.close()
        for pools in self._elsewhere.values():
            await pools.close()
        await self._stack.aclose()

    async def placement(self, project_id: UUID) -> Pools:
        """The pools of the database that holds a project: the one way to its tables."""
        known = self._placements.get(project_id)
        if known is None:
            known = self._placements[project_id] = await self._place(project_id)
        return known

    def forget_placement(self, project_id: UUID) -> None:
        """Look the project's database up again: it has moved."""
        self._placements.pop(project_id, None)

    async def _place(self, project_id: UUID) -> Pools:
        dsn = await self.owner.fetchval(
            "SELECT dsn FROM backendify.placements WHERE project_id = $1", project_id
        )
        return self._here if dsn is None else await self._pools_at(plain_dsn(dsn))

    async def _pools_at(self, dsn: str) -> Pools:
        async with self._opening:
            if dsn not in self._elsewhere:
                self._elsewhere[dsn], _ = await open_pools(dsn, self._sizes)
        return self._elsewhere[dsn]

    async def _recycle(self) -> None:
        while True:
            await asyncio.sleep(_RECYCLE_SECONDS)
            for pools in (self._here, *self._elsewhere.values()):
                await pools.data.expire_connections()
                await pools.export.expire_connections()


def _sizes(settings: Settings) -> Sizes:
    return Sizes(
        owner=settings.owner_pool_size,
        data=settings.data_pool_size,
        export=settings.export_pool_size,
        wait_seconds=settings.pool_timeout_seconds,
        data_timeout_seconds=settings.statement_timeout_seconds,
        export_timeout_seconds=settings.export_timeout_seconds,
    )
