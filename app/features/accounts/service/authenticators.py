"""What authenticators answer (WebAuthn): bytes of anyone's making, read warily."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from app.engine.identity.tokens import InvalidTokenError

Document = Mapping[str, Any]


def verified(verify: Callable[..., Any], refused: type[Exception], **asked: Any) -> Any:
    """What the library makes of an answer. Raises ``refused``, whatever is wrong with it."""
    try:
        return verify(**asked)
    except Exception:  # noqa: BLE001 - bytes of anyone's making fail in many ways, all alike
        raise refused from None


def challenge_of(credential: Document) -> str:
    """The challenge that the answer says it is for; whether it is comes later."""
    try:
        stated = json.loads(as_bytes(credential["response"]["clientDataJSON"]))["challenge"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InvalidTokenError from None
    if not isinstance(stated, str) or len(stated) > 100:
        raise InvalidTokenError
    return stated


def credential_id_of(credential: Document) -> bytes:
    """Raises InvalidTokenError."""
    try:
        return as_bytes(credential["rawId"])
    except (KeyError, TypeError, ValueError):
        raise InvalidTokenError from None


def user_handle_of(credential: Document) -> bytes | None:
    """Whose passkey the authenticator says it is; None where it says nothing."""
    try:
        handle = credential["response"].get("userHandle")
        return as_bytes(handle) if handle else None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidTokenError from None


def transports_of(credential: Document) -> list[str]:
    """How the authenticator can be reached, in the words that we know."""
    stated = credential["response"].get("transports") or []
    known = ("usb", "nfc", "ble", "internal", "hybrid", "smart-card", "cable")
    return [word for word in known if isinstance(stated, list) and word in stated]


def as_bytes(text: Any) -> bytes:
    """Raises ValueError."""
    from webauthn.helpers import base64url_to_bytes

    if not isinstance(text, str) or not text.isascii():
        raise ValueError("base64url is a text")
    return base64url_to_bytes(text)
