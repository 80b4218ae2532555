"""Linked identities, as their user sees, adds and removes them.

Linking begins with a ticket that names the user and ends with a code that only the same user,
signed in, can use: so nobody links their identity to somebody else's account, nor another's to
their own.
"""

from dataclasses import asdict
from typing import Final, cast
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity import compile_identities as sql
from app.engine.identity.access import announce
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.one_time import Purpose, take_token
from app.features.accounts.service.realms import pool_of
from app.features.users.oauth.errors import IdentityNotFoundError, LastIdentityError
from app.features.users.oauth.linking import link_identity
from app.features.users.oauth.proofs import issue_proof
from app.features.users.oauth.providers import ExternalIdentity
from app.features.users.oauth.schemas import IdentityRead
from app.features.users.service.notices import own_change

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
    services: Services, realm: Realm, user: Caller, code: str, origin: Origin
) -> list[IdentityRead]:
    """Link the identity behind a code. Raises InvalidTokenError, IdentityTakenError."""
    taken = await take_token(await pool_of(services, realm), realm, LINK_CODE, code)
    user_id = cast(UUID, user.principal.id)
    if taken.account_id != user_id:
        raise InvalidTokenError
    async with own_change(services, realm, user, "identity_linked", origin) as connection:
        await link_identity(connection, realm, user_id, ExternalIdentity(**taken.data))
    return await list_identities(services, realm, user_id)


async def unlink(
    services: Services, realm: Realm, user: Caller, provider: str, origin: Origin
) -> None:
    """Raises IdentityNotFoundError, LastIdentityError."""
    user_id = cast(UUID, user.principal.id)
    async with own_change(services, realm, user, "identity_unlinked", origin) as connection:
        gone = await connection.fetch(sql.delete_identity(realm.tables), user_id, provider)
        if not gone:
            raise IdentityNotFoundError
        if not await connection.fetchval(sql.has_way_in(realm.tables), user_id):
            raise LastIdentityError
        await announce(connection, user_id)
