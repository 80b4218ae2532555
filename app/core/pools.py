"""Connection pools: bounded, waiting for a bounded time, each as the role it is for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.core.connection_errors import DatabaseRefusedError, as_unavailable
from app.core.data_pool import DataPool
from app.core.dsn import needs_no_password
from app.core.roles import DATA_ROLE, EXPORT_ROLE, session_settings
from app.core.wire import set_codecs

_CONNECT_SECONDS = 10
_STATEMENTS_PER_CONNECTION = 40  # a prepared write costs some 300 kB in its server process
_LARGEST_PREPARED = 64 * 1024
_REFUSED = (
    DatabaseRefusedError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidParameterValueError,
    asyncpg.ProtocolViolationError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.UndefinedObjectError,
)


class Pool(asyncpg.Pool):
    """A pool whose wait for a connection ends, and whose failures are ours (503)."""

    __slots__ = ("_wait_seconds",)

    def __init__(self, *args: Any, wait_seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wait_seconds = wait_seconds

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109 - asyncpg's signature
        # asyncio.timeout costs one timer; the timeout of the base class costs a task.
        try:
            async with asyncio.timeout(timeout or self._wait_seconds):
                return await super()._acquire(None)  # type: ignore[misc] # the stubs leave it out
        except Exception as error:
            if shown := as_unavailable(error):
                raise shown from error
            raise


@dataclass(frozen=True, slots=True)
class Pools:
    """The ways to one project's tables: DDL, data requests, long reads.

    ``data`` and ``export`` hand over ``json`` values as bytes, unparsed, and keep no session
    state: connections are not reset when released.
    """

    owner: Pool
    data: DataPool
    export: DataPool

    async def close(self) -> None:
        """Close all connections; those still busy after five seconds are cut."""
        for pool in (self.owner, self.data, self.export):
            await _close(pool)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many connections a pool may hold, and how long one waits for them."""

    owner: int
    data: int
    export: int
    wait_seconds: float
    data_timeout_seconds: int
    export_timeout_seconds: int


async def open_pools(dsn: str, sizes: Sizes) -> tuple[Pools, tuple[str, ...]]:
    """Open the pools of one database, and tell what its roles lack."""
    data_way, missing = await find_way(dsn, DATA_ROLE, sizes.data_timeout_seconds)
    export_way, _ = await find_way(dsn, EXPORT_ROLE, sizes.export_timeout_seconds)
    owner = _pool(dsn, {}, sizes.owner, sizes, init=None, reset=None)
    data = _data_pool(dsn, data_way, sizes.data, sizes)
    export = _data_pool(dsn, export_way, sizes.export, sizes)
    pools = Pools(owner, data, export)
    await owner
    return pools, missing


async def connect(dsn: str, **options: Any) -> asyncpg.Connection:
    """One connection outside any pool. Raises UnavailableError."""
    try:
        return await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, **options)
    except Exception as error:
        if "startup parameter" in str(error):
            raise  # a pooler that takes no settings is there, and may take us without them
        if shown := as_unavailable(error):
            raise shown from error
        raise


async def find_way(dsn: str, role: str, seconds: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """How to connect as ``role``: the first way that the server lets us."""
    for options, missing in _ways(dsn, role, seconds):
        try:
            connection = await connect(dsn, **options)
        except _REFUSED:
            continue
        await connection.close()
        return options, missing
    return {}, (
        "Data requests run as the owner and without time limits of their own:"
        " the server takes no session settings (a pooler in between?).",
    )


def _ways(dsn: str, role: str, seconds: int) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    settings = session_settings(seconds)
    if needs_no_password(dsn):
        yield {"user": role, "server_settings": settings}, ()
    yield {"server_settings": settings | {"role": role}}, ()
    as_owner = f"Data requests run as the owner: the role {role} cannot be used."
    yield {"server_settings": settings}, (as_owner,)


def _data_pool(dsn: str, way: dict[str, Any], size: int, sizes: Sizes) -> DataPool:
    async def open_one() -> asyncpg.Connection:
        connection = await connect(
            dsn,
            statement_cache_size=_STATEMENTS_PER_CONNECTION,
            max_cacheable_statement_size=_LARGEST_PREPARED,
            **way,
        )
        await set_codecs(connection)
        return connection

    return DataPool(open_one, size, sizes.wait_seconds)


def _pool(dsn: str, way: dict[str, Any], size: int, sizes: Sizes, **hooks: Any) -> Pool:
    return Pool(
        dsn,
        min_size=0,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        wait_seconds=sizes.wait_seconds,
        timeout=_CONNECT_SECONDS,
        statement_cache_size=_STATEMENTS_PER_CONNECTION,
        max_cacheable_statement_size=_LARGEST_PREPARED,
        **way,
        **hooks,
    )


async def _close(pool: Pool | DataPool) -> None:
    try:
        async with asyncio.timeout(5):
            await pool.close()
    except TimeoutError:
        pool.terminate()
