"""From an identity at a provider to an account of the project.

Who somebody is, is ``(issuer, subject)``, never an address. An address that the provider vouches
for finds an account whose owner proved it too. An account whose address nobody proved may have
been made by anyone: it is taken over, and every way in that was made before is void.
"""

from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from app.api.deps import Origin
from app.api.services import Services
from app.core.ids import uuid7
from app.engine.identity import compile_identities as sql
from app.engine.identity.compile_users import insert_user, update_user
from app.engine.identity.principal import Principal, Project
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import (
    Account,
    drop_all_proofs,
    find_account,
    find_account_by_email,
)
from app.features.accounts.service.errors import RegistrationClosedError, WrongCredentialsError
from app.features.accounts.service.one_time import void_mailbox_tokens
from app.features.accounts.service.realms import realm_transaction
from app.features.accounts.service.sessions import end_all_sessions
from app.features.users.oauth.errors import (
    EmailUnverifiedError,
    IdentityTakenError,
    SignupIncompleteError,
)
from app.features.users.oauth.providers import ExternalIdentity

_TRIES = 3


class _RacedError(Exception):
    """Somebody else made the account or the link just now: look again."""


async def account_of(
    services: Services,
    realm: Realm,
    project: Project,
    identity: ExternalIdentity,
    origin: Origin,
) -> Account:
    """The account that signs in by this identity, made or linked if need be.

    Raises EmailUnverifiedError, RegistrationClosedError, SignupIncompleteError,
    WrongCredentialsError.
    """
    for _ in range(_TRIES):
        try:
            async with realm_transaction(services, realm) as connection:
                found = await _find_or_make(connection, realm, project, identity, origin)
            break
        except _RacedError:
            continue
    else:
        raise WrongCredentialsError
    if not found.is_active:
        raise WrongCredentialsError
    return found


async def link_identity(
    connection: PoolConnectionProxy, realm: Realm, account_id: UUID, identity: ExternalIdentity
) -> None:
    """Link an identity to whoever is signed in. Raises IdentityTakenError."""
    if not await _insert(connection, realm, account_id, identity):
        holder = await _holder(connection, realm, identity)
        if holder != account_id:
            raise IdentityTakenError


async def _find_or_make(
    connection: PoolConnectionProxy,
    realm: Realm,
    project: Project,
    identity: ExternalIdentity,
    origin: Origin,
) -> Account:
    holder = await _holder(connection, realm, identity)
    if holder is not None:
        return await _get(connection, realm, holder)
    if identity.email is None:
        raise EmailUnverifiedError
    known = await find_account_by_email(connection, realm, identity.email)
    if known is None:
        account_id = await _sign_up(connection, realm, project, identity, origin)
    else:
        account_id = await _adopt(connection, realm, project, known, origin)
    if not await _insert(connection, realm, account_id, identity):
        raise _RacedError
    return await _get(connection, realm, account_id)


async def _adopt(
    connection: PoolConnectionProxy, realm: Realm, project: Project, known: Account, origin: Origin
) -> UUID:
    """The account with the identity's address; its owner proved it, or has come only now."""
    await connection.fetchval(sql.lock_account(realm.tables), known.id)
    account = await _get(connection, realm, known.id)
    if account.email != known.email:
        raise _RacedError
    if not account.is_active:
        raise WrongCredentialsError
    if not account.is_verified:
        await drop_all_proofs(connection, realm, account.id)
        await end_all_sessions(connection, realm, account.id)
        await void_mailbox_tokens(connection, realm, account.id, account.email)
        await connection.execute(
            update_user(project.schema, ("email_verified",)),
            [],
            origin.request_id,
            Principal("app_user", account.id).actor,
            account.id,
            True,
        )
    return account.id


async def _sign_up(
    connection: PoolConnectionProxy,
    realm: Realm,
    project: Project,
    identity: ExternalIdentity,
    origin: Origin,
) -> UUID:
    if not realm.rules.allow_signup:
        raise RegistrationClosedError
    account_id = uuid7()
    columns = ("id", "email", "email_verified", "name")
    values = (account_id, identity.email, True, identity.name)
    actor = Principal("app_user", account_id).actor
    statement = insert_user(project.schema, columns)
    try:
        made = await connection.fetchrow(statement, [], origin.request_id, actor, *values)
    except asyncpg.IntegrityConstraintViolationError:
        raise SignupIncompleteError from None
    if made is None:
        raise _RacedError
    return account_id


async def _holder(
    connection: PoolConnectionProxy, realm: Realm, identity: ExternalIdentity
) -> UUID | None:
    statement = sql.find_identity(realm.tables)
    found: UUID | None = await connection.fetchval(statement, identity.issuer, identity.subject)
    return found


async def _insert(
    connection: PoolConnectionProxy, realm: Realm, account_id: UUID, identity: ExternalIdentity
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


async def _get(connection: PoolConnectionProxy, realm: Realm, account_id: UUID) -> Account:
    account = await find_account(connection, realm, account_id)
    if account is None:
        raise _RacedError
    return account
