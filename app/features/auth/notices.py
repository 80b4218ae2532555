"""What changed in the ways into an admin's account: written down, and told to its owner."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

from app.api.deps import Origin, SignedInAdmin
from app.api.services import Services
from app.core.mail import MailKind, MailRequest, MailTemplate
from app.engine.changes.control_log import insert_control_entry
from app.features.accounts.service.accounts import find_account_by_email
from app.features.accounts.service.realms import Transaction, console_realm_of
from app.features.accounts.service.sessions import own_transaction
from app.features.email.service import queue_mail

Change = Literal[
    "mfa_enabled", "mfa_disabled", "recovery_codes_renewed", "passkey_added", "passkey_removed"
]
"""With ``admin.`` before it the action in the log, with ``console_`` the mail's kind."""

# What happened, in English and German, as the middle of a sentence.
_CHANGES: Final[Mapping[Change, tuple[str, str]]] = {
    "mfa_enabled": ("a second factor was set up", "wurde ein zweiter Faktor eingerichtet"),
    "mfa_disabled": ("the second factor was removed", "wurde der zweite Faktor entfernt"),
    "recovery_codes_renewed": (
        "new recovery codes were made, and the old ones are void",
        "wurden neue Wiederherstellungscodes erzeugt; die alten gelten nicht mehr",
    ),
    "passkey_added": ("a passkey was added", "wurde ein Passkey hinzugefügt"),
    "passkey_removed": ("a passkey was removed", "wurde ein Passkey entfernt"),
}


@asynccontextmanager
async def own_change(
    services: Services, admin: SignedInAdmin, change: Change, origin: Origin
) -> AsyncIterator[Transaction]:
    """The transaction in which an admin makes this change. Raises InvalidTokenError where their
    session has ended meanwhile."""
    realm = console_realm_of(services)
    async with own_transaction(services, realm, admin.id, admin.session_id) as connection:
        yield connection
        await insert_control_entry(
            connection,
            admin.principal.actor,
            f"admin.{change}",
            target=str(admin.id),
            request_id=origin.request_id,
        )
        if admin.principal.email is not None:
            await queue_mail(connection, MailRequest(f"console_{change}", admin.principal.email))


async def prepare_notice(services: Services, request: MailRequest) -> Mapping[str, Any] | None:
    """To whoever has the account, and no link that could be misused."""
    account = await find_account_by_email(
        services.database.owner, console_realm_of(services), request.to
    )
    return None if account is None else {"to": account.email}


def _english(happened: str) -> MailTemplate:
    said = f"For your console account {{{{ email }}}}, {happened}."
    else_ = "If it was not you, set a new password at once: {{ base_url }}/forgot-password"
    return _template("How you sign in to the console was changed", said, else_)


def _german(happened: str) -> MailTemplate:
    said = f"Für Ihr Konsolenkonto {{{{ email }}}} {happened}."
    else_ = (
        "Waren Sie das nicht, setzen Sie sofort ein neues Passwort: {{ base_url }}/forgot-password"
    )
    return _template("Ihre Anmeldung an der Konsole wurde geändert", said, else_)


def _template(subject: str, *lines: str) -> MailTemplate:
    html = "\n".join(f"<p>{line}</p>" for line in lines)
    return MailTemplate(subject, "\n\n".join(lines) + "\n", html + "\n")


NOTICE_KINDS: Final = tuple(
    MailKind(
        name=f"console_{change}",
        description=f"A notice that {english}, for the console.",
        variables={},
        audience="console",
        prepare=prepare_notice,
        templates={"en": _english(english), "de": _german(german)},
    )
    for change, (english, german) in _CHANGES.items()
)
