"""A realm's connections: transactions in its own database, and the console as a realm."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg.pool import PoolConnectionProxy

from app.api.services import Services
from app.core.pools import Pool
from app.engine.identity.realms import Lifetimes, Realm, console_realm

Transaction = PoolConnectionProxy
"""A connection in a transaction of the realm's owner."""


def console_realm_of(services: Services) -> Realm:
    return console_realm(default_lifetimes(services))


def default_lifetimes(services: Services) -> Lifetimes:
    """The installation's, which a project may change for itself."""
    settings = services.settings
    return Lifetimes(
        access=settings.access_token_expire_minutes * 60,
        refresh=settings.refresh_token_expire_days * 86_400,
    )


async def pool_of(services: Services, realm: Realm) -> Pool:
    """The owner's pool of the database that holds the realm's tables."""
    if realm.project is None:
        return services.database.owner
    return (await services.database.placement(realm.project.id)).owner


@asynccontextmanager
async def realm_transaction(services: Services, realm: Realm) -> AsyncIterator[Transaction]:
    """A transaction of the owner; after it the readers of the project's change log are woken."""
    pool = await pool_of(services, realm)
    async with pool.acquire() as connection, connection.transaction():
        yield connection
    if realm.project is not None:
        services.wakeups.touch(realm.project.id)
