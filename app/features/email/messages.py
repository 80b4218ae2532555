"""The message on the wire: one recipient, no header but ours."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit
from uuid import UUID

from app.core.clock import utc_now
from app.core.config import Settings
from app.engine.identity.emails import canonical_email
from app.features.email.rendering import RenderedMail


class UnusableAddressError(ValueError):
    """The recipient is not exactly one address."""


def build_message(mail_id: UUID, sender: str, recipient: str, mail: RenderedMail) -> EmailMessage:
    """A message whose Message-ID is the same each time the mail is tried.

    ``sender`` may have a display name. Raises UnusableAddressError.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = _recipient(recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{mail_id}@{address.rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def sender_of(settings: Settings) -> str:
    """SMTP_FROM, or an address at our own host name."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    return settings.smtp_from or f"Backendify <no-reply@{host}>"


def _recipient(address: str) -> Address:
    try:
        return Address(addr_spec=canonical_email(address))
    except (ValueError, MessageError) as error:
        raise UnusableAddressError(f"{address[:100]!r} is no address.") from error
