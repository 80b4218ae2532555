"""Sessions: a family of refresh tokens each, of which only the newest is good.

A refresh token names its session and its generation. Using one rotates: the next generation is
issued. The one before is good for ten seconds more, for a client that raced itself; any other use
of an old one means that it was copied, and ends the session.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel, ConfigDict

from app.api.deps import Origin
from app.api.schemas import Moment
from app.api.services import Services
from app.core.ids import uuid7
from app.engine.identity import compile_accounts as sql
from app.engine.identity.access import announce
from app.engine.identity.credentials import REFRESH, session_id
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.accounts import Asking, hold_account
from app.features.accounts.service.errors import SessionNotFoundError
from app.features.accounts.service.realms import Transaction, pool_of, realm_transaction

GRACE_SECONDS: Final = 10


class SessionRead(BaseModel):
    """A sign-in that goes on. ``current``: the one that asks."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: Moment
    refreshed_at: Moment | None
    expires_at: Moment
    address: str | None
    user_agent: str | None
    current: bool = False


class SessionList(BaseModel):
    data: list[SessionRead]


@asynccontextmanager
async def own_transaction(
    services: Services, realm: Realm, account_id: UUID, opened_id: UUID | None
) -> AsyncIterator[Transaction]:
    """A transaction in which somebody who is signed in changes what opens their account, held.

    Raises InvalidTokenError where the session ended after the request was let in: whoever was
    just shut out leaves no way in behind.
    """
    async with realm_transaction(services, realm) as connection:
        if not await hold_own(connection, realm, account_id, opened_id):
            raise InvalidTokenError("The session has ended.")
        yield connection


async def hold_own(
    connection: Transaction, realm: Realm, account_id: UUID, opened_id: UUID | None
) -> bool:
    """Hold the account; whether it is active, and this session of it open."""
    held = await hold_account(connection, realm, account_id)
    if held is None or not held.is_active:
        return False
    return bool(await connection.fetchval(sql.is_open(realm.tables), account_id, opened_id))


async def seconds_open(
    asking: Asking, realm: Realm, account_id: UUID, opened_id: UUID | None
) -> float | None:
    """How long ago a session began with a sign-in; None where it is not open."""
    seconds = await asking.fetchval(sql.seconds_open(realm.tables), account_id, opened_id)
    return None if seconds is None else float(seconds)


async def open_session(asking: Asking, realm: Realm, account_id: UUID, origin: Origin) -> UUID:
    """Begin a session at generation 1; its id."""
    opened_id = uuid7()
    await asking.execute(
        sql.insert_session(realm.tables),
        opened_id,
        account_id,
        1,
        realm.lifetimes.refresh,
        origin.address,
        origin.user_agent,
    )
    return opened_id


async def rotate(services: Services, realm: Realm, token: str) -> tuple[UUID, UUID, int]:
    """Take a refresh token: the account, the session and the generation of the next one.

    Raises InvalidTokenError, ExpiredTokenError.
    """
    claims = services.tokens.verify(token, kind=REFRESH, audience=realm.audience)
    opened_id, given = session_id(claims.values), claims.values.get("gen")
    if type(given) is not int or not 0 < given < 2**62:
        raise InvalidTokenError
    pool = await pool_of(services, realm)
    which = (opened_id, claims.subject, given)
    rotation = sql.rotate_session(realm.tables)
    generation = await pool.fetchval(rotation, *which, realm.lifetimes.refresh)
    if generation is None:
        raced = sql.raced_generation(realm.tables)
        generation = await pool.fetchval(raced, *which, GRACE_SECONDS)
    if generation is None:
        async with pool.acquire() as connection, connection.transaction():
            await end_session(connection, realm, claims.subject, opened_id)
        raise InvalidTokenError("The session has ended.")
    return claims.subject, opened_id, generation


async def list_sessions(
    services: Services, realm: Realm, account_id: UUID, current: UUID | None = None
) -> SessionList:
    """Those that are open, the newest first."""
    pool = await pool_of(services, realm)
    rows = await pool.fetch(sql.list_sessions(realm.tables), account_id)
    return SessionList(
        data=[
            SessionRead(
                **{name: value for name, value in row.items() if name != "rotated_at"},
                refreshed_at=row["rotated_at"],
                current=row["id"] == current,
            )
            for row in rows
        ]
    )


async def end_session(
    connection: PoolConnectionProxy, realm: Realm, account_id: UUID, opened_id: UUID
) -> bool:
    """End one session: its refresh tokens at once, its access tokens within seconds.

    False if it was not open, or is somebody else's.
    """
    ended = await connection.fetchval(sql.revoke_session(realm.tables), account_id, opened_id)
    await announce(connection, account_id)
    return ended is not None


async def revoke_session(
    connection: PoolConnectionProxy, realm: Realm, account_id: UUID, opened_id: UUID
) -> None:
    """The same. Raises SessionNotFoundError."""
    if not await end_session(connection, realm, account_id, opened_id):
        raise SessionNotFoundError


async def end_all_sessions(connection: PoolConnectionProxy, realm: Realm, account_id: UUID) -> None:
    await connection.execute(sql.revoke_session(realm.tables), account_id, None)
    await announce(connection, account_id)
