"""One attempt to send one mail: prepare, render, hand over, write down."""

from dataclasses import dataclass
from typing import Any

import structlog

from app.api.services import Services
from app.core.crypto import UnreadableSecretError
from app.core.mail import MailKind
from app.features.email import smtp
from app.features.email.messages import UnusableAddressError, build_message, sender_of
from app.features.email.outbox import QueuedMail, finish_mail, keep_sealed, postpone_mail
from app.features.email.rendering import RenderedMail, TemplateFaultError, render
from app.features.email.templates import choose_template, mail_kinds, samples_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A rendered mail and the one address it goes to."""

    recipient: str
    mail: RenderedMail


async def send_mail(services: Services, mail: QueuedMail) -> None:
    """Send it, put it in the development mailbox, or see to it that it is tried again."""
    pool = services.database.owner
    try:
        await _attempt(services, mail)
    except (smtp.RefusedError, UnusableAddressError, TemplateFaultError) as error:
        await finish_mail(pool, mail, "failed", error=str(error))
        log.warning("mail_failed", mail=str(mail.id), kind=mail.request.kind, error=str(error))
    except (smtp.NotSentError, smtp.UncertainError) as error:
        uncertain = isinstance(error, smtp.UncertainError)
        await postpone_mail(pool, mail, str(error), same_message=uncertain)
        log.warning("mail_postponed", mail=str(mail.id), kind=mail.request.kind, error=str(error))
    except Exception as error:
        await postpone_mail(pool, mail, type(error).__name__, same_message=True)
        log.exception("mail_postponed", mail=str(mail.id), kind=mail.request.kind)


async def _attempt(services: Services, mail: QueuedMail) -> None:
    if mail.sealed is not None and services.settings.smtp_host is not None:
        return await _send_again(services, mail, mail.sealed)
    kind = mail_kinds(services).get(mail.request.kind)
    if kind is None:
        return await finish_mail(
            services.database.owner, mail, "failed", error="There is no such kind of mail."
        )
    letter = await _write(services, mail, kind)
    if letter is None:
        return await finish_mail(services.database.owner, mail, "skipped")
    if services.settings.smtp_host is None:
        return await _put_in_mailbox(services, mail, letter)
    return await _send(services, mail, letter)


async def _write(services: Services, mail: QueuedMail, kind: MailKind) -> _Letter | None:
    values = await kind.prepare(services, mail.request)
    if values is None:
        return None
    request = mail.request
    recipient = str(values.get("to") or request.to)
    locale = values.get("locale") or request.locale
    template = await choose_template(
        services.database.owner, kind, request.project_id, str(locale) if locale else None
    )
    shown = _common(services, mail, recipient) | dict(values)
    return _Letter(recipient, render(template, shown, samples_of(kind).keys()))


def _common(services: Services, mail: QueuedMail, recipient: str) -> dict[str, Any]:
    return {
        "email": recipient,
        "project": mail.project_name or "Backendify",
        "base_url": services.settings.base_url,
    }


async def _put_in_mailbox(services: Services, mail: QueuedMail, letter: _Letter) -> None:
    sender = sender_of(services.settings)
    message = build_message(mail.id, sender, letter.recipient, letter.mail)
    shown = {
        "from": sender,
        "subject": str(message["Subject"]),
        "text": letter.mail.text,
        "html": letter.mail.html,
    }
    await finish_mail(
        services.database.owner,
        mail,
        "delivered_to_mailbox",
        recipient=letter.recipient,
        message=shown,
    )


async def _send(services: Services, mail: QueuedMail, letter: _Letter) -> None:
    """The message is kept first: if we die while sending, the same one is sent again."""
    sender = sender_of(services.settings)
    message = build_message(mail.id, sender, letter.recipient, letter.mail).as_bytes()
    envelope = letter.recipient.encode() + b"\n" + message
    sealed = services.sealer.seal(envelope, mail.purpose)
    if await keep_sealed(services.database.owner, mail, letter.recipient, sealed):
        await _hand_over(services, mail, letter.recipient, message)


async def _send_again(services: Services, mail: QueuedMail, sealed: bytes) -> None:
    try:
        envelope = services.sealer.open(sealed.decode(), mail.purpose)
    except UnreadableSecretError as error:
        raise smtp.NotSentError("The message was encrypted with another key.") from error
    recipient, _, message = envelope.partition(b"\n")
    await _hand_over(services, mail, recipient.decode(), message)


async def _hand_over(services: Services, mail: QueuedMail, recipient: str, message: bytes) -> None:
    await smtp.send(services.settings, sender_of(services.settings), recipient, message)
    await finish_mail(services.database.owner, mail, "sent", recipient=recipient)
