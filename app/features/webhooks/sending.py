"""One attempt: a signed request, and what came of it."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.api.services import Services
from app.core.clock import utc_now
from app.core.errors import BackendifyError, UnavailableError
from app.core.http_client import Reply
from app.features.webhooks.queue import Due, Held, Outcome
from app.features.webhooks.schedule import next_delay
from app.features.webhooks.signatures import signed_headers

SECONDS: Final = 15.0
MOST_RESPONSE_BYTES: Final = 8 * 1024
_GONE: Final = 410


def open_secrets(services: Services, endpoint: Held) -> list[str]:
    """The secrets that are good now, the newest first. Raises UnreadableSecretError."""
    held = (endpoint.sealed, endpoint.former_sealed)
    purpose = sealed_for(str(endpoint.id))
    return [services.sealer.open(each, purpose).decode() for each in held if each is not None]


def sealed_for(endpoint_id: str) -> str:
    """What an endpoint's secrets are encrypted for."""
    return f"webhook:{endpoint_id}"


async def attempt(
    services: Services, endpoint: Held, delivery: Due, body: str, keys: Sequence[str]
) -> Outcome:
    """Send a delivery once. Whatever goes wrong is the outcome."""
    at, began = utc_now(), time.monotonic()
    reply: Reply | None = None
    error: str | None = None
    try:
        reply = await _post(services, endpoint.url, delivery.message_id, body, keys)
        error = _fault(reply.status)
    except UnavailableError:
        raise
    except BackendifyError as failure:
        error = failure.detail
    gone = reply is not None and reply.status == _GONE
    schedule = () if gone else services.settings.webhook_schedule
    status, delay = ("succeeded", None) if error is None else _next(schedule, delivery)
    return Outcome(
        delivery=delivery,
        status=status,
        delay=delay,
        at=at,
        duration_ms=round((time.monotonic() - began) * 1000),
        response_status=reply.status if reply else None,
        response=_text(reply.content) if reply else None,
        error=error,
    )


def failure(services: Services, delivery: Due, error: str) -> Outcome:
    """The outcome of an attempt that sent nothing."""
    status, delay = _next(services.settings.webhook_schedule, delivery)
    return Outcome(delivery, status, delay, utc_now(), 0, error=error)


async def _post(
    services: Services, url: str, message_id: str, body: str, keys: Sequence[str]
) -> Reply:
    headers = signed_headers(message_id, int(utc_now().timestamp()), body, keys)
    return await services.http.request(
        "POST",
        url,
        headers=headers | {"Content-Type": "application/json"},
        content=body.encode(),
        seconds=SECONDS,
        most_bytes=MOST_RESPONSE_BYTES,
        excess="cut",
    )


def _next(schedule: Sequence[float], delivery: Due) -> tuple[str, timedelta | None]:
    seconds = next_delay(schedule, delivery.tries + 1)
    return ("dead", None) if seconds is None else ("failed", timedelta(seconds=seconds))


def _fault(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"The endpoint answered {status}: redirects are not followed."
    return f"The endpoint answered {status}."


def _text(content: bytes) -> str:
    """What the database can keep of a body."""
    return content.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
