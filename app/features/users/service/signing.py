"""Signing up and in to a project.

Where a taken address must not show, a sign-up does the same work for it as for a new one: it
hashes, it sends the same statements, it shows nothing of a user, and a mail tells the address's
owner.
"""

from typing import Any
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.core.ids import uuid7
from app.core.mail import MailRequest
from app.engine.identity.principal import Caller, Principal
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import claims, one_time, sessions
from app.features.accounts.service.accounts import (
    Account,
    Asking,
    drop_all_proofs,
    hold_account,
)
from app.features.accounts.service.errors import (
    EmailTakenError,
    RegistrationClosedError,
    WrongCredentialsError,
)
from app.features.accounts.service.logging_in import LOGIN_TRIES, check_password, hold_checked
from app.features.accounts.service.passwords import check_new_password, store_password
from app.features.accounts.service.realms import Transaction, pool_of, realm_transaction
from app.features.accounts.service.signing import (
    MfaRequired,
    TokenPair,
    begin_session,
    complete_sign_in,
    refresh_tokens,
)
from app.features.accounts.service.throttle import attempt_succeeded, begin_attempt
from app.features.email.service import queue_mail
from app.features.users.schemas import (
    Login,
    Registration,
    UserSignedIn,
    VerificationRequired,
)
from app.features.users.service import mails
from app.features.users.service.errors import MethodDisabledError, VerificationRequiredError
from app.features.users.service.profiles import check_given
from app.features.users.service.records import (
    get_user,
    insert_user,
    on_current_schema,
    project_of,
    update_user,
    writing_of_user,
)


async def register(
    services: Services, realm: Realm, data: Registration, origin: Origin
) -> UserSignedIn | VerificationRequired:
    """Make a user. Raises RegistrationClosedError, EmailTakenError, PasswordRefusedError."""
    await begin_attempt(services, realm, "register", data.email, origin)
    if not realm.rules.allow_signup:
        raise RegistrationClosedError
    await check_new_password(services, realm, data.password, data.email)
    password_hash = await services.passwords.hash(data.password)
    anyone = Caller(Principal("anonymous"), project_of(realm))

    async def work() -> UserSignedIn | VerificationRequired:
        await check_given(services, realm, anyone, data.profile(), origin)
        async with realm_transaction(services, realm) as connection:
            return await _register(services, connection, realm, data, origin, password_hash)

    return await on_current_schema(services, realm, work)


async def login(
    services: Services, realm: Realm, data: Login, origin: Origin
) -> UserSignedIn | MfaRequired:
    """Check a password. An unknown and a suspended account take as long and look alike.

    Raises WrongCredentialsError, and VerificationRequiredError to whoever knows the password.
    """
    await begin_attempt(services, realm, "login", data.email, origin)
    for _ in range(LOGIN_TRIES):
        checked = await check_password(services, realm, data.email, data.password)
        await attempt_succeeded(services, realm, "login", data.email, origin)
        if realm.rules.require_verified_email and not checked.account.is_verified:
            raise VerificationRequiredError
        async with realm_transaction(services, realm) as connection:
            held = await hold_checked(connection, realm, checked)
            if held is not None:
                return await sign_in(services, connection, realm, held.id, origin)
    raise WrongCredentialsError


async def sign_in(
    services: Services, connection: Transaction, realm: Realm, user_id: UUID, origin: Origin
) -> UserSignedIn | MfaRequired:
    """What a user gets who proved to be one by one factor; the account is looked at anew, so that
    one that was suspended meanwhile gets nothing. Raises WrongCredentialsError."""
    account = await hold_account(connection, realm, user_id)
    if account is None or not account.is_active:
        raise WrongCredentialsError
    signed = await complete_sign_in(services, realm, connection, account, origin)
    return await with_user(services, connection, realm, user_id, signed)


async def sign_in_by_mailbox(
    services: Services,
    connection: Transaction,
    realm: Realm,
    taken: one_time.Taken,
    origin: Origin,
) -> UserSignedIn | MfaRequired:
    """The same for somebody who reads the account's mails, which proves the address too.

    Raises InvalidTokenError, also where the address is another's by now.
    """
    user_id = _id_of(taken)
    account = await hold_account(connection, realm, user_id)
    if account is None or not account.is_active or account.email != taken.email:
        raise InvalidTokenError
    await prove_email(services, connection, realm, account, origin)
    return await sign_in(services, connection, realm, user_id, origin)


async def prove_email(
    services: Services,
    connection: Transaction,
    realm: Realm,
    account: Account,
    origin: Origin,
) -> None:
    """The owner of the address has come; the account is held. If nobody had proved it, or a link
    alone did, whoever made the account may be somebody else: every way in that they made is void.
    """
    if not await claims.take_claim(connection, realm, account.id) and account.is_verified:
        return
    await drop_all_proofs(connection, realm, account.id)
    await sessions.end_all_sessions(connection, realm, account.id)
    await one_time.void_mailbox_tokens(connection, realm, account.id, account.email)
    writing = writing_of_user(account.id, origin)
    await update_user(services, connection, realm, account.id, writing, email_verified=True)


async def refresh(services: Services, realm: Realm, refresh_token: str) -> UserSignedIn:
    """Raises InvalidTokenError."""
    user_id, pair = await refresh_tokens(services, realm, refresh_token)
    pool = await pool_of(services, realm)
    user = await get_user(services, pool, realm, user_id)
    if user.status != "active":
        raise InvalidTokenError("The session has ended.")
    return UserSignedIn(**pair.model_dump(), user=user)


async def sign_in_anonymously(services: Services, realm: Realm, origin: Origin) -> UserSignedIn:
    """A user without an address, who may become a full one later. Raises MethodDisabledError."""
    await begin_attempt(services, realm, "anonymous", "", origin)
    if not realm.rules.allow_anonymous:
        raise MethodDisabledError("allow_anonymous")

    async def work() -> UserSignedIn:
        async with realm_transaction(services, realm) as connection:
            user = await insert_user(services, connection, realm, origin, profile={}, email=None)
            assert user is not None  # noqa: S101 - without an address nothing can be taken
            pair = await begin_session(services, realm, connection, user.id, origin)
            shown = await get_user(services, connection, realm, user.id)
            return UserSignedIn(**pair.model_dump(), user=shown)

    return await on_current_schema(services, realm, work)


async def take_code(
    services: Services, realm: Realm, email: str, code: str, origin: Origin
) -> UserSignedIn | MfaRequired:
    """Sign in with a mailed code. Raises InvalidTokenError."""
    check_passwordless(realm)
    await begin_attempt(services, realm, "otp_verify", email, origin)
    pool = await pool_of(services, realm)
    purpose = one_time.ONE_TIME_CODE
    taken = await one_time.take_code(services, pool, realm, purpose, email, code)
    await attempt_succeeded(services, realm, "otp_verify", email, origin)
    async with realm_transaction(services, realm) as connection:
        return await sign_in_by_mailbox(services, connection, realm, taken, origin)


async def take_magic_link(
    services: Services, realm: Realm, token: str, origin: Origin
) -> UserSignedIn | MfaRequired:
    """Sign in with a mailed link. Raises InvalidTokenError."""
    check_passwordless(realm)
    await begin_attempt(services, realm, "magic_link_verify", token, origin)
    async with realm_transaction(services, realm) as connection:
        taken = await one_time.take_mailed(connection, realm, one_time.MAGIC_LINK, token)
        return await sign_in_by_mailbox(services, connection, realm, taken, origin)


def check_passwordless(realm: Realm) -> None:
    if not realm.rules.passwordless:
        raise MethodDisabledError("passwordless")


async def with_user(
    services: Services,
    asking: Asking,
    realm: Realm,
    user_id: UUID,
    signed: TokenPair | MfaRequired,
) -> UserSignedIn | MfaRequired:
    """A completed sign-in with the user it is for."""
    if isinstance(signed, MfaRequired):
        return signed
    user = await get_user(services, asking, realm, user_id)
    return UserSignedIn(**signed.model_dump(), user=user)


async def _register(
    services: Services,
    connection: Transaction,
    realm: Realm,
    data: Registration,
    origin: Origin,
    password_hash: str,
) -> UserSignedIn | VerificationRequired:
    hides_taken = realm.rules.require_verified_email
    profile = data.profile()
    user = await insert_user(
        services,
        connection,
        realm,
        origin,
        profile=profile,
        hides_taken=hides_taken,
        email=data.email,
    )
    if user is None and not hides_taken:
        raise EmailTakenError
    # For a taken address the statement finds nobody of this id.
    user_id = user.id if user else uuid7()
    await store_password(connection, realm, user_id, password_hash)
    kind = mails.VERIFY_EMAIL if user else mails.EMAIL_TAKEN
    await queue_mail(connection, _mail(realm, kind, data.email, data.redirect_to))
    if hides_taken:
        return VerificationRequired()
    pair = await begin_session(services, realm, connection, user_id, origin)
    signed: Any = await with_user(services, connection, realm, user_id, pair)
    return UserSignedIn.model_validate(signed)


def _mail(realm: Realm, kind: str, to: str, redirect_to: str | None) -> MailRequest:
    data = {"redirect_to": redirect_to} if redirect_to else {}
    return MailRequest(kind, to, project_of(realm).id, data=data)


def _id_of(taken: one_time.Taken) -> UUID:
    if taken.account_id is None:
        raise InvalidTokenError
    return taken.account_id
