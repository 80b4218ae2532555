"""This installation's database, brought to where it can serve: running, with roles, migrated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.core.config import Settings
from app.core.dsn import plain_dsn
from app.core.migrations import migrate
from app.core.pools import connect
from app.core.postgres.server import Server, running_server
from app.core.roles import OWNER, ensure_owner, ensure_roles


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that can serve: the owner's DSN, and in plain words what the server lacks."""

    dsn: str
    findings: tuple[str, ...] = ()


@asynccontextmanager
async def running_installation(settings: Settings) -> AsyncIterator[Installation]:
    """The installation's database; an embedded server runs as long as the block."""
    if settings.database_url is not None:
        yield await prepare_given(plain_dsn(settings.database_url))
        return
    embedded = running_server(settings.data_dir, chosen=settings.postgres_bin)
    server = await asyncio.to_thread(embedded.__enter__)
    try:
        yield await prepare_embedded(server)
    finally:
        await asyncio.to_thread(embedded.__exit__, None, None, None)


async def prepare_given(dsn: str) -> Installation:
    """Make roles and control schema on the operator's server, as far as it lets us."""
    connection = await connect(dsn)
    try:
        findings = await ensure_roles(connection, owner=None)
    finally:
        await connection.close()
    await migrate(dsn)
    return Installation(dsn, findings)


async def prepare_embedded(server: Server) -> Installation:
    """Make the owner, its database, the roles and the control schema on a server of our own."""
    superuser = await connect(server.dsn("postgres"))
    try:
        await ensure_owner(superuser)
        findings = await ensure_roles(superuser, owner=OWNER)
    finally:
        await superuser.close()
    dsn = server.dsn(OWNER, user=OWNER)
    await migrate(dsn)
    return Installation(dsn, findings)
