"""Linked identities, as their user sees, adds and removes them.

Linking begins with a ticket that names the user and ends with a code that only the same user,
signed in, can use: so nobody links their identity to somebody else's account, nor another's to
their own.
"""

from dataclasses import asdict
from typing import Final
from uuid import UUID

from app.api.services import Services
from app.engine.identity import compile_identities as sql
from app.engine.identity.access import announce
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.one_time import Purpose, take_token
from app.features.accounts.service.realms import pool_of, realm_transaction
from app.features.users.oauth.errors import IdentityNotFoundError, LastIdentityError
from app.features.users.oauth.linking import link_identity
from app.features.users.oauth.proofs import issue_proof
from app.features.users.oauth.providers import ExternalIdentity
from app.features.users.oauth.schemas import IdentityRead

LINK_TICKET: Final = Purpose("oauth_link", 300)
LINK_CODE: Final = Purpose("oauth_link_code", 60)


async def list_identities(services: Services, realm: Realm, user_id: UUID) -> list[IdentityRead]:
    """The first linked first."""
    pool = await pool_of(services, realm)
    rows = await pool.fetch(sql.list_identities(realm.tables), user_id)
    return [IdentityRead.model_validate(dict(row)) for row in rows]


async def issue_ticket(services: Services, realm: Realm, user_id: UUID) -> str:
    """What lets a browser begin to link an identity to this user."""
    return await issue_proof(services, realm, LINK_TICKET, user_id, {})


async def issue_link_code(
    services: Services, realm: Realm, user_id: UUID, identity: ExternalIdentity
) -> str:
    """What the user, signed in, hands in to complete it."""
    return await issue_proof(services, realm, LINK_CODE, user_id, asdict(identity))


async def complete_linking(
    services: Services, realm: Realm, user_id: UUID, code: str
) -> list[IdentityRead]:
    """Link the identity behind a code. Raises InvalidTokenError, IdentityTakenError."""
    taken = await take_token(await pool_of(services, realm), realm, LINK_CODE, code)
    if taken.account_id != user_id:
        raise InvalidTokenError
    async with realm_transaction(services, realm) as connection:
        await link_identity(connection, realm, user_id, ExternalIdentity(**taken.data))
    return await list_identities(services, realm, user_id)


async def unlink(services: Services, realm: Realm, user_id: UUID, provider: str) -> None:
    """Raises IdentityNotFoundError, LastIdentityError."""
    async with realm_transaction(services, realm) as connection:
        await connection.fetchval(sql.lock_account(realm.tables), user_id)
        gone = await connection.fetch(sql.delete_identity(realm.tables), user_id, provider)
        if not gone:
            raise IdentityNotFoundError
        if not await connection.fetchval(sql.has_way_in(realm.tables), user_id):
            raise LastIdentityError
        await announce(connection, user_id)
