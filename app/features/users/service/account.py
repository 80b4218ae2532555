"""A user's own affairs: who they are, their password, address and sessions, and the end of it."""

from typing import Final, cast
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.access import announce
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import one_time, sessions
from app.features.accounts.service.accounts import Account, find_account, has_factors
from app.features.accounts.service.errors import WrongPasswordError
from app.features.accounts.service.passwords import check_new_password, store_password
from app.features.accounts.service.realms import pool_of, realm_transaction
from app.features.accounts.service.signing import begin_session
from app.features.accounts.service.throttle import attempt_succeeded, begin_attempt
from app.features.users.schemas import (
    AccountDelete,
    EmailChange,
    PasswordChange,
    ProfileUpdate,
    Upgrade,
    UpgradeBegun,
    UserRead,
    UserSignedIn,
)
from app.features.users.service import mails
from app.features.users.service.deleting import delete_record, entitled
from app.features.users.service.errors import NotAnonymousError, SessionTooOldError
from app.features.users.service.mailbox import queue
from app.features.users.service.profiles import check_given
from app.features.users.service.realms import load_realm
from app.features.users.service.records import (
    change_profile,
    get_user,
    on_current_schema,
    update_user,
    writing_as,
)

FRESH_SECONDS: Final = 600


async def get_me(services: Services, user: Caller) -> UserRead:
    realm = await load_realm(services, user.project)
    return await get_user(services, await pool_of(services, realm), realm, _id(user))


async def update_me(
    services: Services, user: Caller, data: ProfileUpdate, origin: Origin
) -> UserRead:
    """Raises InvalidError with every fault, RelationNotFoundError, UniqueConflictError."""
    realm = await load_realm(services, user.project)
    writing = writing_as(user.principal, origin)
    profile = data.profile()

    async def work() -> UserRead:
        await check_given(services, realm, user, profile, origin)
        async with realm_transaction(services, realm) as connection:
            return await change_profile(services, connection, realm, _id(user), writing, profile)

    return await on_current_schema(services, realm, work)


async def delete_me(
    services: Services, user: Caller, data: AccountDelete | None, origin: Origin
) -> None:
    """Delete the user like any record: what refers to them goes by its relation's rule.

    Takes the password, or of an account that has none a session that began just now. Raises
    WrongPasswordError, SessionTooOldError.
    """
    realm = await load_realm(services, user.project)
    given = data.password if data else None
    account = await _check_password(services, realm, user, given, origin, "/password")
    if account.password_hash is None:
        await _check_fresh(services, realm, user)
    await delete_user(services, entitled(user), _id(user), origin)


async def delete_user(services: Services, caller: Caller, user_id: UUID, origin: Origin) -> None:
    """Raises RecordNotFoundError, RecordInUseError."""
    await delete_record(services, caller, "users", user_id, origin)
    async with services.database.owner.acquire() as connection:
        await announce(connection, user_id)


async def logout(services: Services, user: Caller) -> None:
    realm = await load_realm(services, user.project)
    session_id = cast(UUID, user.principal.session_id)
    async with realm_transaction(services, realm) as connection:
        await sessions.end_session(connection, realm, _id(user), session_id)


async def logout_everywhere(services: Services, user: Caller) -> None:
    realm = await load_realm(services, user.project)
    async with realm_transaction(services, realm) as connection:
        await sessions.end_all_sessions(connection, realm, _id(user))


async def list_sessions(services: Services, user: Caller) -> sessions.SessionList:
    realm = await load_realm(services, user.project)
    current = user.principal.session_id
    return await sessions.list_sessions(services, realm, _id(user), current)


async def revoke_session(services: Services, user: Caller, session_id: UUID) -> None:
    """Raises SessionNotFoundError."""
    realm = await load_realm(services, user.project)
    async with realm_transaction(services, realm) as connection:
        await sessions.revoke_session(connection, realm, _id(user), session_id)


async def change_password(
    services: Services, user: Caller, data: PasswordChange, origin: Origin
) -> UserSignedIn:
    """Replace the password, end all sessions, and begin a new one for whoever changed it."""
    realm = await load_realm(services, user.project)
    account = await _check_password(services, realm, user, data.current_password, origin)
    await check_new_password(services, realm, data.new_password, account.email, "/new_password")
    password_hash = await services.passwords.hash(data.new_password)
    session = (account.id, user.principal.session_id)
    async with sessions.own_transaction(services, realm, *session) as connection:
        await store_password(connection, realm, account.id, password_hash)
        await one_time.void_mailbox_tokens(connection, realm, account.id, account.email)
        await sessions.end_all_sessions(connection, realm, account.id)
        if account.email is not None:
            await queue(connection, realm, mails.PASSWORD_CHANGED, account.email)
        pair = await begin_session(services, realm, connection, account.id, origin)
        shown = await get_user(services, connection, realm, account.id)
        return UserSignedIn(**pair.model_dump(), user=shown)


async def ask_for_email_change(
    services: Services, user: Caller, data: EmailChange, origin: Origin
) -> None:
    """Have a link mailed to the new address: nothing changes before it is opened.

    Takes the password, or of an account that has none a session that began just now. Raises
    WrongPasswordError, SessionTooOldError.
    """
    realm = await load_realm(services, user.project)
    account = await _check_password(services, realm, user, data.current_password, origin)
    if account.password_hash is None:
        await _check_fresh(services, realm, user)
    await _queue_email_change(services, realm, user, data.email, data.redirect_to)


async def upgrade(
    services: Services, user: Caller, data: Upgrade, origin: Origin
) -> UserSignedIn | UpgradeBegun:
    """Make an anonymous user a full one, who keeps their id and all that is theirs.

    Where the project demands a proved address, or the user has a second factor or a passkey, it
    becomes theirs with the link that is mailed to it; so a taken one looks like any other. Raises
    NotAnonymousError, EmailTakenError.
    """
    realm = await load_realm(services, user.project)
    await begin_attempt(services, realm, "upgrade", str(user.principal.id), origin)
    if user.principal.email is not None:
        raise NotAnonymousError
    await check_new_password(services, realm, data.password, data.email)
    password_hash = await services.passwords.hash(data.password)
    session = (_id(user), user.principal.session_id)
    async with sessions.own_transaction(services, realm, *session) as connection:
        await store_password(connection, realm, _id(user), password_hash)
        # Whoever reads an unproved address's mails would get round the factors there are.
        is_bare = not await has_factors(connection, realm, _id(user))
        if is_bare and not realm.rules.require_verified_email:
            writing = writing_as(user.principal, origin)
            await update_user(services, connection, realm, _id(user), writing, email=data.email)
            await sessions.end_all_sessions(connection, realm, _id(user))
            await queue(connection, realm, mails.VERIFY_EMAIL, data.email, _to(data.redirect_to))
            pair = await begin_session(services, realm, connection, _id(user), origin)
            shown = await get_user(services, connection, realm, _id(user))
            return UserSignedIn(**pair.model_dump(), user=shown)
    await _queue_email_change(services, realm, user, data.email, data.redirect_to)
    return UpgradeBegun(user=await get_me(services, user))


async def _queue_email_change(
    services: Services, realm: Realm, user: Caller, email: str, redirect_to: str | None
) -> None:
    asking = {"account_id": str(user.principal.id), "session_id": str(user.principal.session_id)}
    data = asking | _to(redirect_to)
    await queue(services.database.owner, realm, mails.EMAIL_CHANGE, email, data)


async def _check_password(
    services: Services,
    realm: Realm,
    user: Caller,
    given: str | None,
    origin: Origin,
    pointer: str = "/current_password",
) -> Account:
    """The account. What was given must be its password; nothing is given where it has none.

    Raises WrongPasswordError.
    """
    subject = str(user.principal.id)
    await begin_attempt(services, realm, "password", subject, origin)
    account = await find_account(await pool_of(services, realm), realm, _id(user))
    if account is None:
        raise InvalidTokenError
    if given is None and account.password_hash is None:
        return account
    if not await services.passwords.verify(given or "", account.password_hash):
        raise WrongPasswordError(pointer)
    await attempt_succeeded(services, realm, "password", subject, origin)
    return account


async def _check_fresh(services: Services, realm: Realm, user: Caller) -> None:
    pool = await pool_of(services, realm)
    began = await sessions.seconds_open(pool, realm, _id(user), user.principal.session_id)
    if began is None or began > FRESH_SECONDS:
        raise SessionTooOldError


def _to(redirect_to: str | None) -> dict[str, str]:
    return {"redirect_to": redirect_to} if redirect_to else {}


def _id(user: Caller) -> UUID:
    return cast(UUID, user.principal.id)
