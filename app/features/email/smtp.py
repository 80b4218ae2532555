"""Handing one message to the operator's SMTP server."""

import asyncio
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.core.config import Settings

CONNECT_SECONDS: Final = 20
SEND_SECONDS: Final = 60
_QUIT_SECONDS: Final = 2
_TEMPORARY: Final = 400
_PERMANENT: Final = 500


class NotSentError(Exception):
    """The server did not take the message: trying again sends it once."""


class RefusedError(Exception):
    """The server will never take the message."""


class UncertainError(Exception):
    """The connection broke while the server may have taken the message."""


async def send(settings: Settings, sender: str, recipient: str, message: bytes) -> None:
    """Send ``message`` to one recipient. Raises NotSentError, RefusedError, UncertainError."""
    client = _client(settings)
    try:
        await _connect(client)
        await _deliver(client, parseaddr(sender)[1], recipient, message)
    finally:
        await _leave(client)


async def _connect(client: SMTP) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.connect()
    except (SMTPException, OSError, TimeoutError) as error:
        raise NotSentError(_reason(error)) from error


async def _deliver(client: SMTP, sender: str, recipient: str, message: bytes) -> None:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await client.sendmail(sender, [recipient], message)
    except SMTPRecipientsRefused as error:
        raise _answered(error.recipients[0].code) from error
    except SMTPResponseException as error:
        raise _answered(error.code) from error
    except (SMTPException, OSError, TimeoutError) as error:
        raise UncertainError(_reason(error)) from error


def _answered(code: int) -> Exception:
    told = f"The SMTP server answered {code}."
    if code < _TEMPORARY:
        return UncertainError(told)
    return RefusedError(told) if code >= _PERMANENT else NotSentError(told)


async def _leave(client: SMTP) -> None:
    if not client.is_connected:
        return
    try:
        async with asyncio.timeout(_QUIT_SECONDS):
            await client.quit()
    except (SMTPException, OSError, TimeoutError):
        client.close()


def _client(settings: Settings) -> SMTP:
    return SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=settings.smtp_password,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        # Given, because the library would look our own name up, and wait for the DNS.
        local_hostname=urlsplit(settings.base_url).hostname or "localhost",
        timeout=CONNECT_SECONDS,
    )


def _reason(error: Exception) -> str:
    # The class alone: a server's words may repeat what was said to it.
    return f"{type(error).__name__} while talking to the SMTP server."
