"""Accounts as both realms know them: what signing in needs, and nothing of a profile."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg import Connection, Pool
from asyncpg.pool import PoolConnectionProxy

from app.engine.identity.compile_accounts import By, drop_proofs
from app.engine.identity.compile_accounts import find_account as compile_find
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


async def drop_all_proofs(asking: Asking, realm: Realm, account_id: UUID) -> None:
    """Void every way into an account: its address was claimed by somebody who had not proved it,
    and now its owner has come."""
    for statement in drop_proofs(realm.tables):
        await asking.execute(statement, account_id)


async def _find(asking: Asking, realm: Realm, by: By, value: Any) -> Account | None:
    row = await asking.fetchrow(compile_find(realm, by), value)
    return None if row is None else Account(**dict(row))
