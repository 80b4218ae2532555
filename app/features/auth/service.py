"""Signing in to the console, and the account's own affairs.

Passwords are hashed and checked before a transaction takes a connection: hashing is slow on
purpose, and connections are few.
"""

from typing import Any
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from app.api.deps import Origin, SignedInAdmin
from app.api.services import Services
from app.core.mail import MailRequest
from app.engine.changes.control_log import insert_control_entry
from app.engine.identity.principal import Principal
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import one_time, sessions
from app.features.accounts.service.accounts import (
    Account,
    Asking,
    find_account,
)
from app.features.accounts.service.errors import WrongCredentialsError, WrongPasswordError
from app.features.accounts.service.logging_in import LOGIN_TRIES, check_password, hold_checked
from app.features.accounts.service.passwords import check_new_password, store_password
from app.features.accounts.service.realms import console_realm_of, realm_transaction
from app.features.accounts.service.signing import (
    MfaRequired,
    TokenPair,
    begin_session,
    complete_sign_in,
    refresh_tokens,
)
from app.features.accounts.service.throttle import attempt_succeeded, begin_attempt
from app.features.auth.mails import PASSWORD_CHANGED, RESET_PASSWORD
from app.features.auth.schemas import (
    AdminRead,
    Login,
    PasswordChange,
    PasswordForgotten,
    PasswordReset,
    ProfileUpdate,
    SignedIn,
)
from app.features.email.service import queue_mail

_READ = "SELECT id, email, name, is_owner, created_at, last_login_at FROM backendify.admins"
_GET = f"{_READ} WHERE id = $1"
_HAS_OWNER = "SELECT EXISTS (SELECT FROM backendify.admins)"
_RENAME = "UPDATE backendify.admins SET name = $2, updated_at = now() WHERE id = $1"


async def has_owner(services: Services) -> bool:
    """Whether anyone has registered."""
    return bool(await services.database.owner.fetchval(_HAS_OWNER))


async def login(services: Services, data: Login, origin: Origin) -> SignedIn | MfaRequired:
    """Check a password and begin a session; an unknown account takes as long and looks alike."""
    realm = console_realm_of(services)
    await begin_attempt(services, realm, "login", data.email, origin)
    for _ in range(LOGIN_TRIES):
        checked = await check_password(services, realm, data.email, data.password)
        await attempt_succeeded(services, realm, "login", data.email, origin)
        async with realm_transaction(services, realm) as connection:
            held = await hold_checked(connection, realm, checked)
            if held is None:
                continue
            await log_admin(connection, held.id, "admin.logged_in", origin)
            signed = await complete_sign_in(services, realm, connection, held, origin)
            return await with_admin(connection, held.id, signed)
    raise WrongCredentialsError


async def refresh(services: Services, refresh_token: str) -> SignedIn:
    """Raises InvalidTokenError."""
    realm = console_realm_of(services)
    admin_id, pair = await refresh_tokens(services, realm, refresh_token)
    return SignedIn(**pair.model_dump(), user=await _get_admin(services.database.owner, admin_id))


async def logout(services: Services, admin: SignedInAdmin, origin: Origin) -> None:
    realm = console_realm_of(services)
    async with realm_transaction(services, realm) as connection:
        await sessions.end_session(connection, realm, admin.id, admin.session_id)
        await log_admin(connection, admin.id, "admin.logged_out", origin)


async def logout_everywhere(services: Services, admin: SignedInAdmin, origin: Origin) -> None:
    realm = console_realm_of(services)
    async with realm_transaction(services, realm) as connection:
        await sessions.end_all_sessions(connection, realm, admin.id)
        await log_admin(connection, admin.id, "admin.logged_out_everywhere", origin)


async def list_sessions(services: Services, admin: SignedInAdmin) -> sessions.SessionList:
    realm = console_realm_of(services)
    return await sessions.list_sessions(services, realm, admin.id, admin.session_id)


async def revoke_session(
    services: Services, admin: SignedInAdmin, session_id: UUID, origin: Origin
) -> None:
    """Raises SessionNotFoundError."""
    realm = console_realm_of(services)
    async with realm_transaction(services, realm) as connection:
        await sessions.revoke_session(connection, realm, admin.id, session_id)
        await log_admin(connection, admin.id, "admin.session_revoked", origin)


async def get_admin(services: Services, admin: SignedInAdmin) -> AdminRead:
    return await _get_admin(services.database.owner, admin.id)


async def update_profile(
    services: Services, admin: SignedInAdmin, data: ProfileUpdate, origin: Origin
) -> AdminRead:
    async with realm_transaction(services, console_realm_of(services)) as connection:
        await connection.execute(_RENAME, admin.id, data.name)
        await log_admin(connection, admin.id, "admin.updated", origin)
        return await _get_admin(connection, admin.id)


async def change_password(
    services: Services, admin: SignedInAdmin, data: PasswordChange, origin: Origin
) -> SignedIn:
    """Replace the password, end all sessions, and begin a new one for whoever changed it."""
    realm = console_realm_of(services)
    subject = str(admin.id)
    await begin_attempt(services, realm, "password", subject, origin)
    known = await find_account(services.database.owner, realm, admin.id)
    stored = known.password_hash if known else None
    if not await services.passwords.verify(data.current_password, stored) or known is None:
        raise WrongPasswordError
    await attempt_succeeded(services, realm, "password", subject, origin)
    await check_new_password(services, realm, data.new_password, known.email, "/new_password")
    password_hash = await services.passwords.hash(data.new_password)
    session = (admin.id, admin.session_id)
    async with sessions.own_transaction(services, realm, *session) as connection:
        await _replace_password(connection, realm, known, password_hash, origin)
        pair = await begin_session(services, realm, connection, admin.id, origin)
        return SignedIn(**pair.model_dump(), user=await _get_admin(connection, admin.id))


async def forget_password(services: Services, data: PasswordForgotten, origin: Origin) -> None:
    """Queue a mail with a way to a new password; whether anyone gets it is found out later."""
    realm = console_realm_of(services)
    await begin_attempt(services, realm, "password_forgot", data.email, origin)
    await queue_mail(services.database.owner, MailRequest(RESET_PASSWORD, data.email))


async def reset_password(services: Services, data: PasswordReset, origin: Origin) -> None:
    """Set a new password with a mailed token; every session ends. Raises InvalidTokenError."""
    realm = console_realm_of(services)
    await begin_attempt(services, realm, "password_reset", data.token, origin)
    await check_new_password(services, realm, data.password, None)
    password_hash = await services.passwords.hash(data.password)
    async with realm_transaction(services, realm) as connection:
        taken = await one_time.take_mailed(connection, realm, one_time.RESET_PASSWORD, data.token)
        known = taken.account_id and await find_account(connection, realm, taken.account_id)
        if not known:
            raise InvalidTokenError
        await _replace_password(connection, realm, known, password_hash, origin)


async def with_admin(
    asking: Asking, admin_id: UUID, signed: TokenPair | MfaRequired
) -> SignedIn | MfaRequired:
    """A completed sign-in with the admin it is for."""
    if isinstance(signed, MfaRequired):
        return signed
    return SignedIn(**signed.model_dump(), user=await _get_admin(asking, admin_id))


async def _replace_password(
    connection: PoolConnectionProxy,
    realm: Realm,
    account: Account,
    password_hash: str,
    origin: Origin,
) -> None:
    await store_password(connection, realm, account.id, password_hash)
    await one_time.void_mailbox_tokens(connection, realm, account.id, account.email)
    await sessions.end_all_sessions(connection, realm, account.id)
    await log_admin(connection, account.id, "admin.password_changed", origin)
    await queue_mail(connection, MailRequest(PASSWORD_CHANGED, str(account.email)))


async def _get_admin(asking: Asking, admin_id: UUID) -> AdminRead:
    row: Any = await asking.fetchrow(_GET, admin_id)
    if row is None:
        raise InvalidTokenError
    return AdminRead.model_validate(dict(row))


async def log_admin(
    connection: PoolConnectionProxy, admin_id: UUID, action: str, origin: Origin
) -> None:
    actor = Principal("admin_user", admin_id).actor
    await insert_control_entry(
        connection, actor, action, target=str(admin_id), request_id=origin.request_id
    )
