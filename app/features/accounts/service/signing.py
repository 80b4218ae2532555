"""From a proved account to tokens: the one place that decides whether a sign-in is complete."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.compile_accounts import note_login
from app.engine.identity.credentials import ACCESS, MFA, REFRESH
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import sessions
from app.features.accounts.service.accounts import (
    Account,
    Asking,
    Proved,
    hold_proved,
    second_factors_of,
)
from app.features.accounts.service.realms import Transaction

MFA_SECONDS = 300


class TokenPair(BaseModel):
    """``expires_in`` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


class MfaRequired(BaseModel):
    """The first factor was right, and a second is owed."""

    mfa_required: Literal[True] = True
    mfa_token: str


async def complete_sign_in(
    services: Services, realm: Realm, asking: Asking, account: Account, origin: Origin
) -> TokenPair | MfaRequired:
    """What somebody gets who proved to be the account's owner by one factor."""
    if second_factors_of(account):
        token = services.tokens.issue(
            MFA, subject=account.id, audience=realm.audience, seconds=MFA_SECONDS
        )
        return MfaRequired(mfa_token=token)
    return await begin_session(services, realm, asking, account.id, origin)


async def begin_proved_session(
    services: Services, realm: Realm, connection: Transaction, proved: Proved, origin: Origin
) -> TokenPair:
    """Open a session for somebody whose last proof was checked before this transaction.

    Raises InvalidTokenError where it is void by now.
    """
    if await hold_proved(connection, realm, proved) is None:
        raise InvalidTokenError
    return await begin_session(services, realm, connection, proved.account.id, origin)


async def begin_session(
    services: Services, realm: Realm, asking: Asking, account_id: UUID, origin: Origin
) -> TokenPair:
    """Open a session for somebody who proved all that is asked, and give its first tokens."""
    await asking.execute(note_login(realm.tables), account_id)
    opened_id = await sessions.open_session(asking, realm, account_id, origin)
    return sign_tokens(services, realm, account_id, opened_id, 1)


async def refresh_tokens(services: Services, realm: Realm, token: str) -> tuple[UUID, TokenPair]:
    """The account of a refresh token, and the next pair. Raises InvalidTokenError."""
    account_id, opened_id, generation = await sessions.rotate(services, realm, token)
    return account_id, sign_tokens(services, realm, account_id, opened_id, generation)


def sign_tokens(
    services: Services, realm: Realm, account_id: UUID, opened_id: UUID, generation: int
) -> TokenPair:
    def issue(kind: str, seconds: int, **more: int) -> str:
        return services.tokens.issue(
            kind,
            subject=account_id,
            audience=realm.audience,
            seconds=seconds,
            sid=str(opened_id),
            **more,
        )

    seconds = realm.lifetimes.access
    return TokenPair(
        access_token=issue(ACCESS, seconds),
        refresh_token=issue(REFRESH, realm.lifetimes.refresh, gen=generation),
        expires_in=seconds,
    )
