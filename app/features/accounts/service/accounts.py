"""Accounts as both realms know them: what signing in needs, and nothing of a profile."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg import Connection, Pool
from asyncpg.pool import PoolConnectionProxy

from app.engine.identity import compile_accounts as sql
from app.engine.identity.compile_accounts import By
from app.engine.identity.compile_factors import find_passkey_by_id
from app.engine.identity.realms import Realm

Asking = Connection | PoolConnectionProxy | Pool
"""Whatever a statement can be sent through; a pool where no transaction is needed."""

SecondFactor = Literal["totp"]


@dataclass(frozen=True, slots=True)
class Account:
    """``email`` is None for an anonymous user; ``password_hash`` None where there is no password.

    ``is_active``: not suspended. ``is_verified``: the address is proved.
    """

    id: UUID
    email: str | None
    name: str | None
    is_active: bool
    is_verified: bool
    password_hash: str | None = field(repr=False)
    totp_confirmed_at: datetime | None


async def find_account_by_email(asking: Asking, realm: Realm, email: str) -> Account | None:
    """By an address in its canonical form."""
    return await _find(asking, realm, "email", email)


async def find_account(asking: Asking, realm: Realm, account_id: UUID) -> Account | None:
    return await _find(asking, realm, "id", account_id)


def second_factors_of(account: Account) -> tuple[SecondFactor, ...]:
    """What the account has to show beside its password."""
    return ("totp",) if account.totp_confirmed_at else ()


@dataclass(frozen=True, slots=True)
class Proved:
    """An account as it was when somebody proved to own it, and the passkey that they did it by."""

    account: Account
    passkey_id: UUID | None = None


async def hold_account(
    connection: PoolConnectionProxy, realm: Realm, account_id: UUID
) -> Account | None:
    """The account, held until the transaction ends.

    A sign-in, a change of what opens the account and a take-over come one after the other: the
    later sees what the earlier did, and ends the sessions that it began.
    """
    await connection.execute(sql.hold_account(realm.tables), account_id)
    return await find_account(connection, realm, account_id)


async def hold_proved(
    connection: PoolConnectionProxy, realm: Realm, proved: Proved
) -> Account | None:
    """The same, if what was proved before the transaction began still opens the account."""
    held = await hold_account(connection, realm, proved.account.id)
    if held is None or not held.is_active or _opens(held) != _opens(proved.account):
        return None
    if proved.passkey_id is not None:
        kept = find_passkey_by_id(realm.tables)
        if await connection.fetchval(kept, held.id, proved.passkey_id) is None:
            return None
    return held


async def has_factors(asking: Asking, realm: Realm, account_id: UUID) -> bool:
    """Whether more than the mailbox opens the account: a second factor in force, or a passkey."""
    return bool(await asking.fetchval(sql.has_factors(realm.tables), account_id))


async def drop_all_proofs(asking: Asking, realm: Realm, account_id: UUID) -> None:
    """Void every way into an account: its address was claimed by somebody who had not proved it,
    and now its owner has come."""
    for statement in sql.drop_proofs(realm.tables):
        await asking.execute(statement, account_id)


def _opens(account: Account) -> tuple[object, ...]:
    return account.email, account.password_hash, account.totp_confirmed_at


async def _find(asking: Asking, realm: Realm, by: By, value: Any) -> Account | None:
    row = await asking.fetchrow(sql.find_account(realm, by), value)
    return None if row is None else Account(**dict(row))
