"""From an identity at a provider to an account of the project.

Who somebody is, is ``(issuer, subject)``, never an address. An address that the provider vouches
for finds an account whose owner proved it too. An account whose address nobody proved may have
been made by anyone: it is taken over, and every way in that was made before is void.
"""

from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity import compile_identities as sql
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import (
    Account,
    Asking,
    find_account,
    find_account_by_email,
)
from app.features.accounts.service.errors import RegistrationClosedError, WrongCredentialsError
from app.features.accounts.service.realms import Transaction, realm_transaction
from app.features.users.oauth.errors import EmailUnverifiedError, IdentityTakenError
from app.features.users.oauth.providers import ExternalIdentity
from app.features.users.service.notices import note_change
from app.features.users.service.records import insert_user, on_current_schema
from app.features.users.service.signing import prove_email

_TRIES = 3


class _RacedError(Exception):
    """Somebody else made the account or the link just now: look again."""


async def account_of(
    services: Services, realm: Realm, identity: ExternalIdentity, origin: Origin
) -> UUID:
    """The account that signs in by this identity, made or linked if need be.

    Raises EmailUnverifiedError, RegistrationClosedError, WrongCredentialsError, and InvalidError
    where users need more than a provider tells.
    """

    async def work() -> UUID:
        async with realm_transaction(services, realm) as connection:
            return await _find_or_make(services, connection, realm, identity, origin)

    for _ in range(_TRIES):
        try:
            return await on_current_schema(services, realm, work)
        except _RacedError:
            continue
    raise WrongCredentialsError


async def link_identity(
    connection: Transaction, realm: Realm, account_id: UUID, identity: ExternalIdentity
) -> None:
    """Link an identity to whoever is signed in. Raises IdentityTakenError."""
    if not await _insert(connection, realm, account_id, identity):
        holder = await holder_of(connection, realm, identity.issuer, identity.subject)
        if holder != account_id:
            raise IdentityTakenError


async def holder_of(asking: Asking, realm: Realm, issuer: str, subject: str) -> UUID | None:
    """The account that an identity is linked to."""
    found: UUID | None = await asking.fetchval(sql.find_identity(realm.tables), issuer, subject)
    return found


async def _find_or_make(
    services: Services,
    connection: Transaction,
    realm: Realm,
    identity: ExternalIdentity,
    origin: Origin,
) -> UUID:
    holder = await holder_of(connection, realm, identity.issuer, identity.subject)
    if holder is not None:
        if not (await _get(connection, realm, holder)).is_active:
            raise WrongCredentialsError
        return holder
    if identity.email is None:
        raise EmailUnverifiedError
    known = await find_account_by_email(connection, realm, identity.email)
    if known is None:
        account_id = await _sign_up(services, connection, realm, identity, origin)
    else:
        account_id = await _adopt(services, connection, realm, known, origin)
    if not await _insert(connection, realm, account_id, identity):
        raise _RacedError
    if known is not None:
        await note_change(connection, realm, account_id, "identity_linked", origin)
    return account_id


async def _adopt(
    services: Services, connection: Transaction, realm: Realm, known: Account, origin: Origin
) -> UUID:
    """The account with the identity's address; its owner proved it, or has come only now."""
    await connection.fetchval(sql.lock_account(realm.tables), known.id)
    account = await _get(connection, realm, known.id)
    if account.email != known.email:
        raise _RacedError
    if not account.is_active:
        raise WrongCredentialsError
    await prove_email(services, connection, realm, account, origin)
    return account.id


async def _sign_up(
    services: Services,
    connection: Transaction,
    realm: Realm,
    identity: ExternalIdentity,
    origin: Origin,
) -> UUID:
    if not realm.rules.allow_signup:
        raise RegistrationClosedError
    user = await insert_user(
        services,
        connection,
        realm,
        origin,
        profile={"name": identity.name} if identity.name else {},
        email=identity.email,
        email_verified=True,
    )
    if user is None:
        raise _RacedError
    return user.id


async def _insert(
    connection: Transaction, realm: Realm, account_id: UUID, identity: ExternalIdentity
) -> bool:
    made = await connection.fetchval(
        sql.insert_identity(realm.tables),
        identity.issuer,
        identity.subject,
        identity.provider,
        account_id,
        identity.email,
    )
    return made is not None


async def _get(connection: Transaction, realm: Realm, account_id: UUID) -> Account:
    account = await find_account(connection, realm, account_id)
    if account is None:
        raise _RacedError
    return account
