"""What is mailed, and what the mailed tokens do.

The routes that ask for a mail do the very same for any address: they queue a request. The worker
finds out whether there is an account (``mails``).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.core.mail import MailRequest
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import claims, one_time, sessions
from app.features.accounts.service.accounts import (
    Account,
    Asking,
    drop_all_proofs,
    find_account,
    has_factors,
)
from app.features.accounts.service.errors import EmailTakenError
from app.features.accounts.service.passwords import check_new_password, store_password
from app.features.accounts.service.realms import Transaction, realm_transaction
from app.features.accounts.service.signing import MfaRequired
from app.features.accounts.service.throttle import begin_attempt
from app.features.email.service import queue_mail
from app.features.users.schemas import InvitationAccept, PasswordReset, UserRead, UserSignedIn
from app.features.users.service import mails
from app.features.users.service.errors import SignInToConfirmError
from app.features.users.service.records import project_of, update_user, writing_of_user
from app.features.users.service.signing import sign_in


async def ask_for_mail(
    services: Services,
    realm: Realm,
    kind: str,
    email: str,
    origin: Origin,
    redirect_to: str | None = None,
) -> None:
    """Queue a mail of ``kind``, if it is anyone's address. Raises TooManyAttemptsError."""
    await begin_attempt(services, realm, kind, email, origin)
    data = {"redirect_to": redirect_to} if redirect_to else {}
    await queue(services.database.owner, realm, kind, email, data)


async def queue(
    asking: Asking, realm: Realm, kind: str, email: str, data: Mapping[str, Any] | None = None
) -> None:
    """Queue a mail of the realm's project."""
    await queue_mail(asking, MailRequest(kind, email, project_of(realm).id, data=data or {}))


async def verify_email(
    services: Services, realm: Realm, token: str, user: Caller | None, origin: Origin
) -> UserRead:
    """Prove the address. ``user`` is who is signed in where the link was opened, if anyone: only
    the account's own user shows that its maker and the mail's reader are one.

    Raises InvalidTokenError.
    """
    await begin_attempt(services, realm, "verify", token, origin)
    async with realm_transaction(services, realm) as connection:
        account = await _take(connection, realm, one_time.VERIFY_EMAIL, token)
        # A link that is left over when the address was proved in another way says nothing new.
        if not await claims.is_settled(connection, realm, account):
            await _settle_claim(connection, realm, account, user)
        writing = writing_of_user(account.id, origin)
        verified = {"email_verified": True}
        return await update_user(services, connection, realm, account.id, writing, **verified)


async def reset_password(
    services: Services, realm: Realm, data: PasswordReset, origin: Origin
) -> None:
    """Set a new password with a mailed token, which proves the address too; every session ends.

    Raises InvalidTokenError, PasswordRefusedError.
    """
    await begin_attempt(services, realm, "password_reset", data.token, origin)
    await check_new_password(services, realm, data.password, None)
    password_hash = await services.passwords.hash(data.password)
    async with realm_transaction(services, realm) as connection:
        account = await _take(connection, realm, one_time.RESET_PASSWORD, data.token)
        await _enter(services, connection, realm, account, password_hash, origin)
        await queue(connection, realm, mails.PASSWORD_CHANGED, str(account.email))


async def accept_invitation(
    services: Services, realm: Realm, data: InvitationAccept, origin: Origin
) -> UserSignedIn | MfaRequired:
    """Take up an invitation: choose a first password and sign in. Raises InvalidTokenError, also
    where the account has a password by now."""
    await begin_attempt(services, realm, "invitation", data.token, origin)
    await check_new_password(services, realm, data.password, None)
    password_hash = await services.passwords.hash(data.password)
    async with realm_transaction(services, realm) as connection:
        account = await _take(connection, realm, one_time.INVITATION, data.token)
        if account.password_hash is not None:
            raise InvalidTokenError
        await _enter(services, connection, realm, account, password_hash, origin, name=data.name)
        return await sign_in(services, connection, realm, account.id, origin)


async def confirm_email_change(
    services: Services, realm: Realm, token: str, user: Caller | None, origin: Origin
) -> UserRead:
    """Give the account the address that the token was mailed to; every session ends, and the
    former address is told. ``user`` as in ``verify_email``.

    An account with a second factor or a passkey changes hands by no link alone. The session that
    asked has to go on: ending it takes the change back. Raises InvalidTokenError,
    SignInToConfirmError.
    """
    await begin_attempt(services, realm, "email_change", token, origin)
    async with realm_transaction(services, realm) as connection:
        taken = await one_time.take_mailed(connection, realm, one_time.CHANGE_EMAIL, token)
        account = await _account_of(connection, realm, taken.account_id)
        if not await sessions.hold_own(connection, realm, account.id, taken.data.get("session_id")):
            raise InvalidTokenError
        is_own = await _settle_claim(connection, realm, account, user)
        if not is_own and await has_factors(connection, realm, account.id):
            raise SignInToConfirmError
        try:
            return await change_email(
                services, connection, realm, account, str(taken.email), origin
            )
        except EmailTakenError:
            raise InvalidTokenError from None


async def change_email(
    services: Services,
    connection: Transaction,
    realm: Realm,
    account: Account,
    email: str,
    origin: Origin,
) -> UserRead:
    """Raises EmailTakenError."""
    writing = writing_of_user(account.id, origin)
    columns = {"email": email, "email_verified": True}
    user = await update_user(services, connection, realm, account.id, writing, **columns)
    await forget_former(connection, realm, account)
    return user


async def forget_former(connection: Transaction, realm: Realm, account: Account) -> None:
    """After a change of the address: void what was mailed, end the sessions, tell the former."""
    await one_time.void_mailbox_tokens(connection, realm, account.id, account.email)
    await sessions.end_all_sessions(connection, realm, account.id)
    if account.email is not None:
        await queue(connection, realm, mails.EMAIL_CHANGED, account.email)


async def _enter(
    services: Services,
    connection: Transaction,
    realm: Realm,
    account: Account,
    password_hash: str,
    origin: Origin,
    **changes: Any,
) -> None:
    """Set a password for whoever reads the account's mails, and end all else."""
    if await claims.take_claim(connection, realm, account.id) or not account.is_verified:
        await drop_all_proofs(connection, realm, account.id)
        changes["email_verified"] = True
    await store_password(connection, realm, account.id, password_hash)
    await one_time.void_mailbox_tokens(connection, realm, account.id, account.email)
    await sessions.end_all_sessions(connection, realm, account.id)
    given = {name: value for name, value in changes.items() if value is not None}
    writing = writing_of_user(account.id, origin)
    await update_user(services, connection, realm, account.id, writing, **given)


async def _settle_claim(
    connection: Transaction, realm: Realm, account: Account, user: Caller | None
) -> bool:
    """Leave a claim unless the account's own user is signed in, in the transaction that proves
    its address; whether they are."""
    principal = user.principal if user else None
    session_id = principal.session_id if principal and principal.id == account.id else None
    if await sessions.hold_own(connection, realm, account.id, session_id):
        await claims.take_claim(connection, realm, account.id)
        return True
    await claims.leave_claim(connection, realm, account.id)
    return False


async def _take(
    connection: Transaction, realm: Realm, purpose: one_time.Purpose, token: str
) -> Account:
    """Use up a token, and the account it is for, if that still has the address it went to."""
    taken = await one_time.take_mailed(connection, realm, purpose, token)
    account = await _account_of(connection, realm, taken.account_id)
    if account.email != taken.email:
        raise InvalidTokenError
    return account


async def _account_of(connection: Transaction, realm: Realm, account_id: UUID | None) -> Account:
    account = account_id and await find_account(connection, realm, account_id)
    if not account or not account.is_active:
        raise InvalidTokenError
    return account
