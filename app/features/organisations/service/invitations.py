"""How one gets into an organisation: by a link that was mailed to one's own, proved address."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.core.mail import MailRequest
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import one_time
from app.features.accounts.service.accounts import Asking, find_account
from app.features.accounts.service.realms import Transaction, pool_of, realm_transaction
from app.features.accounts.service.throttle import begin_attempt
from app.features.email.service import queue_mail
from app.features.organisations import compile as sql
from app.features.organisations.schemas import OrgInvite, OrgRead, OrgRole
from app.features.organisations.service.enabling import require_enabled
from app.features.organisations.service.errors import (
    OrganisationsDisabledError,
    OrgInvitationAddressError,
    OrgNotFoundError,
)
from app.features.organisations.service.orgs import read_org
from app.features.organisations.service.records import (
    Acting,
    begin,
    find_membership,
    insert_membership,
    lock_org,
    standing,
)
from app.features.organisations.service.roles import check_may_deal_with, holds
from app.features.users.service.mails import link_to
from app.features.users.service.realms import find_realm
from app.features.users.service.records import on_current_schema, project_of

MAIL: Final = "org_invitation"
_KEPT: Final = frozenset({"org_id", "role", "invited_by"})
_PURPOSE: Final = one_time.Purpose(MAIL, 7 * 24 * 3600)


async def invite(
    services: Services, user: Caller, org_id: UUID, data: OrgInvite, origin: Origin
) -> None:
    """Have an invitation mailed: the same work for any address. ``user`` may be a member of the
    console, whose word stands by itself.

    Raises OrgNotFoundError, OrgRoleRequiredError, OrgRoleBeyondOwnError, TooManyAttemptsError.
    """
    acting = await begin(services, user, origin)
    own = await standing(acting, await pool_of(services, acting.realm), org_id)
    check_may_deal_with(own, data.role)
    await begin_attempt(services, acting.realm, MAIL, data.email, origin)
    said = {"org_id": str(org_id), "role": data.role}
    said |= {} if acting.stands_above else {"invited_by": str(acting.id)}
    said |= {"redirect_to": data.redirect_to} if data.redirect_to else {}
    request = MailRequest(MAIL, data.email, user.project.id, data=said)
    await queue_mail(services.database.owner, request)


async def prepare_invitation(services: Services, request: MailRequest) -> Mapping[str, Any] | None:
    """In the worker: the link, unless the organisation is gone or its inviter fell from grace."""
    realm = await find_realm(services, request.project_id)
    if realm is None or not await _has_organisations(services, realm):
        return None
    pool = await pool_of(services, realm)
    schema = project_of(realm).schema
    name = await pool.fetchval(sql.org_name(schema), UUID(request.data["org_id"]))
    if name is None or not await _stands(pool, schema, request.data):
        return None
    kept = {key: value for key, value in request.data.items() if key in _KEPT}
    token = await one_time.issue_token(pool, realm, _PURPOSE, email=request.to, data=kept)
    if token is None:
        return None
    link = link_to(services, realm, request, "org-invitation", token)
    return {"to": request.to, "link": link, "organisation": name, "role": kept["role"]}


async def accept(services: Services, user: Caller, token: str, origin: Origin) -> OrgRead:
    """Become a member; who is one already stays what they are.

    Raises InvalidTokenError, OrgInvitationAddressError, TooManyAttemptsError.
    """
    acting = await begin(services, user, origin)
    await begin_attempt(services, acting.realm, f"{MAIL}_accept", token, origin)

    async def work() -> OrgRead:
        async with realm_transaction(services, acting.realm) as connection:
            taken = await one_time.take_token(connection, acting.realm, _PURPOSE, token)
            await _check_address(acting, connection, taken.email)
            return await _enter(acting, connection, taken.data)

    return await on_current_schema(services, acting.realm, work)


async def _enter(acting: Acting, connection: Transaction, said: Mapping[str, Any]) -> OrgRead:
    org_id, role = UUID(said["org_id"]), _role(said)
    try:
        await lock_org(acting, connection, org_id)
    except OrgNotFoundError:
        raise InvalidTokenError from None
    if not await _stands(connection, acting.schema, said):
        raise InvalidTokenError
    await insert_membership(acting, connection, org_id, acting.id, role)
    return await read_org(acting, connection, org_id)


async def _check_address(acting: Acting, connection: Transaction, email: str | None) -> None:
    account = await find_account(connection, acting.realm, acting.id)
    if account is None:
        raise InvalidTokenError
    if account.email is None or account.email != email or not account.is_verified:
        raise OrgInvitationAddressError


async def _stands(asking: Asking, schema: str, said: Mapping[str, Any]) -> bool:
    """Whether whoever invited may still give what they promised."""
    if "invited_by" not in said:
        return True
    inviter = (UUID(said["org_id"]), UUID(said["invited_by"]))
    found = await find_membership(asking, schema, *inviter)
    return found is not None and holds(found.role, "admin") and holds(found.role, _role(said))


def _role(said: Mapping[str, Any]) -> OrgRole:
    role: OrgRole = said["role"]
    return role


async def _has_organisations(services: Services, realm: Realm) -> bool:
    try:
        await require_enabled(services, project_of(realm))
    except OrganisationsDisabledError:
        return False
    return True
