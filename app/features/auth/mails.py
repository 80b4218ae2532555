"""The mails of the console's sign-in."""

from collections.abc import Mapping
from typing import Any, Final

from app.api.services import Services
from app.core.mail import MailKind, MailRequest, MailTemplate
from app.features.accounts.service import one_time
from app.features.accounts.service.accounts import find_account_by_email
from app.features.accounts.service.realms import console_realm_of
from app.features.auth.notices import NOTICE_KINDS, prepare_notice

RESET_PASSWORD: Final = "console_reset_password"  # noqa: S105 - a mail's name
PASSWORD_CHANGED: Final = "console_password_changed"  # noqa: S105 - a mail's name
_LINK: Final = {"link": "https://api.example.com/reset-password?token=…"}


async def _prepare_reset(services: Services, request: MailRequest) -> Mapping[str, Any] | None:
    realm, owner = console_realm_of(services), services.database.owner
    account = await find_account_by_email(owner, realm, request.to)
    if account is None or account.email is None:
        return None
    token = await one_time.issue_token(
        owner, realm, one_time.RESET_PASSWORD, account_id=account.id, email=account.email
    )
    if token is None:
        return None
    link = f"{services.settings.base_url}/reset-password?token={token}"
    return {"to": account.email, "link": link}


MAIL_KINDS: Final = (
    MailKind(
        name=RESET_PASSWORD,
        description="A link to a new password for the console.",
        variables=_LINK,
        audience="console",
        prepare=_prepare_reset,
        templates={
            "en": MailTemplate(
                subject="Set a new password",
                text="Somebody asked for a new password for your console account {{ email }}.\n\n"
                "Set it here within an hour:\n{{ link }}\n\n"
                "If it was not you, ignore this mail: your password stays as it is.\n",
                html="<p>Somebody asked for a new password for your console account"
                ' {{ email }}.</p><p><a href="{{ link }}">Set a new password</a> within an hour.'
                "</p><p>If it was not you, ignore this mail: your password stays as it is.</p>",
            ),
            "de": MailTemplate(
                subject="Neues Passwort setzen",
                text="Jemand hat für Ihr Konsolenkonto {{ email }} ein neues Passwort angefordert."
                "\n\nSetzen Sie es innerhalb einer Stunde hier:\n{{ link }}\n\n"
                "Waren Sie das nicht, dann ist nichts zu tun: Ihr Passwort bleibt, wie es ist.\n",
                html="<p>Jemand hat für Ihr Konsolenkonto {{ email }} ein neues Passwort"
                ' angefordert.</p><p><a href="{{ link }}">Neues Passwort setzen</a> (innerhalb'
                " einer Stunde).</p><p>Waren Sie das nicht, dann ist nichts zu tun: Ihr Passwort"
                " bleibt, wie es ist.</p>",
            ),
        },
    ),
    MailKind(
        name=PASSWORD_CHANGED,
        description="A notice that the password for the console was changed.",
        variables={},
        audience="console",
        prepare=prepare_notice,
        templates={
            "en": MailTemplate(
                subject="Your password was changed",
                text="The password of your console account {{ email }} was changed, and every"
                " session was ended.\n\nIf it was not you, set a new one at once:"
                " {{ base_url }}/forgot-password\n",
                html="<p>The password of your console account {{ email }} was changed, and every"
                " session was ended.</p><p>If it was not you,"
                ' <a href="{{ base_url }}/forgot-password">set a new one</a> at once.</p>',
            ),
            "de": MailTemplate(
                subject="Ihr Passwort wurde geändert",
                text="Das Passwort Ihres Konsolenkontos {{ email }} wurde geändert; alle Sitzungen"
                " wurden beendet.\n\nWaren Sie das nicht, setzen Sie sofort ein neues:"
                " {{ base_url }}/forgot-password\n",
                html="<p>Das Passwort Ihres Konsolenkontos {{ email }} wurde geändert; alle"
                " Sitzungen wurden beendet.</p><p>Waren Sie das nicht, setzen Sie sofort"
                ' <a href="{{ base_url }}/forgot-password">ein neues</a>.</p>',
            ),
        },
    ),
    *NOTICE_KINDS,
)
