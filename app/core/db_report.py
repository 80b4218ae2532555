"""What a database offers, asked without changing anything in it."""

from dataclasses import dataclass

import asyncpg

from app.core.config import Settings
from app.core.dsn import plain_dsn
from app.core.migrations import find_version, newest_version
from app.core.pools import connect, find_way
from app.core.roles import DATA_ROLE

WANTED_EXTENSIONS = ("pg_trgm", "unaccent")


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """``missing`` tells in plain words what the request roles lack."""

    version: str
    major: int
    revision: str | None
    newest_revision: str
    missing: tuple[str, ...]
    pooled: bool
    keeps_prepared: bool
    extensions_missing: tuple[str, ...]


async def report_on(url: str, settings: Settings) -> DatabaseReport:
    """Ask the database at ``url``. Raises UnavailableError."""
    dsn = plain_dsn(url)
    _, missing = await find_way(dsn, DATA_ROLE, settings.statement_timeout_seconds)
    first, second = await connect(dsn), await connect(dsn)
    try:
        return DatabaseReport(
            version=await first.fetchval("SHOW server_version"),
            major=first.get_server_version().major,
            revision=await find_version(first),
            newest_revision=newest_version(),
            missing=missing,
            pooled=first.get_server_pid() != await first.fetchval("SELECT pg_backend_pid()"),
            keeps_prepared=await _keeps_prepared(first, second),
            extensions_missing=await _extensions_missing(first),
        )
    finally:
        await first.close()
        await second.close()


async def _keeps_prepared(first: asyncpg.Connection, second: asyncpg.Connection) -> bool:
    """Whether a prepared statement is still known once its server connection was lent out."""
    prepared = await first.prepare("SELECT 'still known'")
    await prepared.fetchval()  # until it is used the pooler does not lend its connection out
    async with second.transaction():
        await second.execute("SELECT 1")
        try:
            await prepared.fetchval()
        except asyncpg.PostgresError:
            return False
    return True


async def _extensions_missing(connection: asyncpg.Connection) -> tuple[str, ...]:
    rows = await connection.fetch(
        "SELECT name FROM pg_available_extensions WHERE name = ANY($1)", list(WANTED_EXTENSIONS)
    )
    return tuple(sorted(set(WANTED_EXTENSIONS) - {row["name"] for row in rows}))
