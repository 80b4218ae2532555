"""What changed in the ways into an account: written down, and told to its owner by mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal, cast
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.core.mail import MailRequest
from app.engine.changes.control_log import insert_control_entry
from app.engine.identity.principal import Caller, Principal
from app.engine.identity.realms import Realm
from app.features.accounts.service.accounts import find_account
from app.features.accounts.service.claims import check_settled
from app.features.accounts.service.realms import Transaction
from app.features.accounts.service.sessions import own_transaction
from app.features.email.service import queue_mail
from app.features.users.service.records import project_of

Change = Literal[
    "mfa_enabled",
    "mfa_disabled",
    "recovery_codes_renewed",
    "passkey_added",
    "passkey_removed",
    "identity_linked",
    "identity_unlinked",
]
"""The mail's kind, and with ``user.`` before it the action in the log."""

_NEW_FACTORS: Final[frozenset[Change]] = frozenset({"mfa_enabled", "passkey_added"})


@asynccontextmanager
async def own_change(
    services: Services, realm: Realm, user: Caller, change: Change, origin: Origin
) -> AsyncIterator[Transaction]:
    """The transaction in which a user makes this change.

    Raises InvalidTokenError where their session has ended meanwhile, and EmailUnprovedError for a
    new factor that whoever reads the account's mails could drop.
    """
    user_id = cast(UUID, user.principal.id)
    session_id = user.principal.session_id
    async with own_transaction(services, realm, user_id, session_id) as connection:
        if change in _NEW_FACTORS:
            await check_settled(connection, realm, user_id)
        yield connection
        await note_change(connection, realm, user_id, change, origin)


async def note_change(
    connection: Transaction, realm: Realm, user_id: UUID, change: Change, origin: Origin
) -> None:
    """Log a change that a user made, and queue the mail that tells of it."""
    actor = Principal("app_user", user_id).actor
    await log_of_user(connection, realm, actor, user_id, f"user.{change}", origin)
    account = await find_account(connection, realm, user_id)
    if account is not None and account.email is not None:
        project_id = project_of(realm).id
        await queue_mail(connection, MailRequest(change, account.email, project_id))


async def log_of_user(
    connection: Transaction, realm: Realm, actor: str, user_id: UUID, action: str, origin: Origin
) -> None:
    """One row of the control log about a user."""
    await insert_control_entry(
        connection,
        actor,
        action,
        project_id=project_of(realm).id,
        target=str(user_id),
        request_id=origin.request_id,
    )
