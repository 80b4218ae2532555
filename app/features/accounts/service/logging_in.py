"""Checking a password, and holding the account while what was checked still stands.

A password is checked before a transaction takes a connection, which leaves a gap: in it the
password may be changed or the account taken over. The transaction therefore holds the account and
compares; where something changed, the password is checked anew against what holds now.
"""

from dataclasses import dataclass, field
from typing import Final

from app.api.services import Services
from app.engine.identity.passwords import needs_rehash
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import (
    Account,
    Proved,
    find_account_by_email,
    hold_proved,
)
from app.features.accounts.service.errors import WrongCredentialsError
from app.features.accounts.service.passwords import store_password
from app.features.accounts.service.realms import Transaction, pool_of

LOGIN_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """An account whose password was right. ``rehashed``: the password hashed anew, where the
    stored hash has other costs than today's."""

    account: Account
    rehashed: str | None = field(repr=False)


async def check_password(services: Services, realm: Realm, email: str, password: str) -> Checked:
    """An unknown and a suspended account take as long and look alike.

    Raises WrongCredentialsError.
    """
    known = await find_account_by_email(await pool_of(services, realm), realm, email)
    stored = known.password_hash if known else None
    fits = await services.passwords.verify(password, stored)
    if not fits or known is None or not known.is_active:
        raise WrongCredentialsError
    outdated = stored is not None and needs_rehash(stored)
    return Checked(known, await services.passwords.hash(password) if outdated else None)


async def hold_checked(connection: Transaction, realm: Realm, checked: Checked) -> Account | None:
    """The account, held; None where something changed since the password was checked."""
    held = await hold_proved(connection, realm, Proved(checked.account))
    if held is not None and checked.rehashed is not None:
        await store_password(connection, realm, held.id, checked.rehashed)
    return held
