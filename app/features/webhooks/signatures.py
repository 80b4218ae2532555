"""Secrets and signatures as Standard Webhooks has them. Pure but for the randomness of secrets."""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable

PREFIX = "whsec_"
_SECRET_BYTES = 32


def make_secret() -> str:
    """A new secret, as it is shown."""
    return PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def signed_headers(
    message_id: str, timestamp: int, body: str, keys: Iterable[str]
) -> dict[str, str]:
    """The three headers; one signature for each secret that is good."""
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(signed, key) for key in keys),
    }


def _signature(signed: bytes, secret: str) -> str:
    digest = hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256")
    return "v1," + b64encode(digest).decode("ascii")
