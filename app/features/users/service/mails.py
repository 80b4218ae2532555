"""The mails of a project's sign-in: what the worker prepares when it is about to send one.

Only here is found out whether an address has an account: the routes that queue do not look. Links
lead to an address of the project's allow-list, else to a page of ours; never to what a request
says its host was.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from app.api.services import Services
from app.core.mail import MailRequest
from app.engine.identity.realms import Realm
from app.features.accounts.service import claims, one_time
from app.features.accounts.service.accounts import (
    Account,
    find_account_by_email,
)
from app.features.accounts.service.realms import pool_of, realm_transaction
from app.features.accounts.service.sessions import hold_own
from app.features.users.service.realms import find_realm
from app.features.users.service.records import project_of

VERIFY_EMAIL: Final = "verify_email"
RESET_PASSWORD: Final = "reset_password"  # noqa: S105 - a mail's name
OTP: Final = "otp"
MAGIC_LINK: Final = "magic_link"
INVITATION: Final = "invitation"
EMAIL_CHANGE: Final = "email_change"
EMAIL_CHANGED: Final = "email_changed"
EMAIL_TAKEN: Final = "email_taken"
EMAIL_PROOF: Final = "email_proof"
PASSWORD_CHANGED: Final = "password_changed"  # noqa: S105 - a mail's name

Values = Mapping[str, Any] | None


async def prepare_verification(services: Services, request: MailRequest) -> Values:
    found = await _find(services, request)
    if found is None or found[1].is_verified:
        return None
    return await _with_link(services, *found, request, one_time.VERIFY_EMAIL, "verify")


async def prepare_reset(services: Services, request: MailRequest) -> Values:
    found = await _find(services, request)
    if found is None:
        return None
    return await _with_link(services, *found, request, one_time.RESET_PASSWORD, "reset")


async def prepare_magic_link(services: Services, request: MailRequest) -> Values:
    found = await _find(services, request)
    if found is None or not found[0].rules.passwordless:
        return None
    return await _with_link(services, *found, request, one_time.MAGIC_LINK, "magic-link")


async def prepare_invitation(services: Services, request: MailRequest) -> Values:
    """To somebody who has no password yet: the others have taken up theirs, or need none."""
    found = await _find(services, request)
    if found is None or found[1].password_hash is not None:
        return None
    return await _with_link(services, *found, request, one_time.INVITATION, "invitation")


async def prepare_code(services: Services, request: MailRequest) -> Values:
    found = await _find(services, request)
    if found is None or not found[0].rules.passwordless:
        return None
    realm, account = found
    email = str(account.email)
    pool = await pool_of(services, realm)
    purpose = one_time.ONE_TIME_CODE
    code = await one_time.issue_code(services, pool, realm, purpose, account.id, email)
    return None if code is None else {"to": email, "code": code}


async def prepare_proof(services: Services, request: MailRequest) -> Values:
    """A code for the account that asks, while its address still has to be proved."""
    found = await _find(services, request)
    if found is None or str(found[1].id) != request.data["account_id"]:
        return None
    realm, account = found
    pool = await pool_of(services, realm)
    if await claims.is_settled(pool, realm, account):
        return None
    email, purpose = str(account.email), one_time.PROVE_EMAIL
    code = await one_time.issue_code(services, pool, realm, purpose, account.id, email)
    return None if code is None else {"to": email, "code": code}


async def prepare_email_change(services: Services, request: MailRequest) -> Values:
    """To the new address, unless it is somebody's by now, or the session that asked has ended:
    who was shut out of the account meanwhile shall not take it away by its address."""
    realm = await find_realm(services, request.project_id)
    if realm is None:
        return None
    account_id, session_id = UUID(request.data["account_id"]), request.data.get("session_id")
    async with realm_transaction(services, realm) as connection:
        if not await hold_own(connection, realm, account_id, session_id):
            return None
        if await find_account_by_email(connection, realm, request.to) is not None:
            return None
        kept = {"session_id": session_id}
        purpose = one_time.CHANGE_EMAIL
        token = await one_time.issue_token(
            connection, realm, purpose, account_id=account_id, email=request.to, data=kept
        )
    if token is None:
        return None
    return {"to": request.to, "link": link_to(services, realm, request, "email-change", token)}


async def prepare_notice(services: Services, request: MailRequest) -> Values:
    """To whoever has the account, and no link that could be misused."""
    found = await _find(services, request)
    return None if found is None else {"to": found[1].email}


async def prepare_former(services: Services, request: MailRequest) -> Values:
    """To an address that was an account's until a moment ago."""
    realm = await find_realm(services, request.project_id)
    return None if realm is None else {"to": request.to}


async def _find(services: Services, request: MailRequest) -> tuple[Realm, Account] | None:
    """The account of the address that was asked for, unless it is suspended."""
    realm = await find_realm(services, request.project_id)
    if realm is None:
        return None
    account = await find_account_by_email(await pool_of(services, realm), realm, request.to)
    return (realm, account) if account is not None and account.is_active else None


async def _with_link(
    services: Services,
    realm: Realm,
    account: Account,
    request: MailRequest,
    purpose: one_time.Purpose,
    page: str,
) -> Values:
    email = str(account.email)
    token = await one_time.issue_token(
        await pool_of(services, realm), realm, purpose, account_id=account.id, email=email
    )
    if token is None:
        return None
    return {"to": email, "link": link_to(services, realm, request, page, token)}


def link_to(services: Services, realm: Realm, request: MailRequest, page: str, token: str) -> str:
    """A link with a token: to the address of the allow-list that was asked for, else to ours."""
    target = request.data.get("redirect_to")
    if target not in realm.rules.redirect_urls:
        slug = project_of(realm).slug
        target = f"{services.settings.base_url}/projects/{slug}/auth/{page}"
    separator = "&" if "?" in target else "?"
    return f"{target}{separator}{urlencode({'token': token})}"
