"""Proving one's address while signed in: by a mailed code, so that whoever has the account and
whoever reads its mails are shown to be one."""

from typing import cast
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.access import announce
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import claims, one_time, sessions
from app.features.accounts.service.accounts import find_account
from app.features.accounts.service.realms import pool_of
from app.features.accounts.service.throttle import attempt_succeeded, begin_attempt
from app.features.users.schemas import UserRead
from app.features.users.service import mails
from app.features.users.service.errors import NoEmailError
from app.features.users.service.mailbox import queue
from app.features.users.service.realms import load_realm
from app.features.users.service.records import update_user, writing_as

_CONFIRM = f"{mails.EMAIL_PROOF}_confirm"


async def ask_for_code(services: Services, user: Caller, origin: Origin) -> None:
    """Have a code mailed to the account's address. Raises NoEmailError, TooManyAttemptsError."""
    realm = await load_realm(services, user.project)
    email = await _address(services, realm, user)
    await begin_attempt(services, realm, mails.EMAIL_PROOF, email, origin)
    data = {"account_id": str(user.principal.id)}
    await queue(services.database.owner, realm, mails.EMAIL_PROOF, email, data)


async def take_code(services: Services, user: Caller, code: str, origin: Origin) -> UserRead:
    """Settle the account: from now on nobody takes it over by its address.

    Raises InvalidTokenError, NoEmailError, TooManyAttemptsError.
    """
    realm = await load_realm(services, user.project)
    email = await _address(services, realm, user)
    await begin_attempt(services, realm, _CONFIRM, email, origin)
    pool, purpose = await pool_of(services, realm), one_time.PROVE_EMAIL
    taken = await one_time.take_code(services, pool, realm, purpose, email, code)
    await attempt_succeeded(services, realm, _CONFIRM, email, origin)
    user_id = cast(UUID, user.principal.id)
    session = (user_id, user.principal.session_id)
    async with sessions.own_transaction(services, realm, *session) as connection:
        account = await find_account(connection, realm, user_id)
        if account is None or (account.id, account.email) != (taken.account_id, taken.email):
            raise InvalidTokenError("The code is not valid.")
        await claims.take_claim(connection, realm, user_id)
        await announce(connection, user_id)
        writing = writing_as(user.principal, origin)
        return await update_user(services, connection, realm, user_id, writing, email_verified=True)


async def _address(services: Services, realm: Realm, user: Caller) -> str:
    """The account's address as it is now, whatever was known when the request was let in."""
    account = await find_account(
        await pool_of(services, realm), realm, cast(UUID, user.principal.id)
    )
    if account is None:
        raise InvalidTokenError
    if account.email is None:
        raise NoEmailError
    return account.email
