"""Reading what a provider says: types are checked, nothing is taken for granted."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final

from app.engine.identity.emails import canonical_email

_LONGEST_SUBJECT: Final = 255
_LONGEST_NAME: Final = 200


def random_word() -> str:
    """256 random bits for a URL."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The address, only where ``email_verified`` is the boolean true: neither "true" nor 1."""
    if claims.get("email_verified") is not True:
        return None
    return usable_email(claims.get("email"))


def usable_email(value: Any) -> str | None:
    """In canonical form; None for what is no address."""
    if not isinstance(value, str):
        return None
    try:
        return canonical_email(value)
    except ValueError:
        return None


def subject_of(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("sub")
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_SUBJECT or "\0" in value:
        return None
    return value


def seconds_of(claims: Mapping[str, Any], name: str, default: int | None = None) -> int | None:
    """A time in whole seconds; None for what is none."""
    value = claims.get(name, default)
    return value if type(value) is int else None


def name_of(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("name")
    if not isinstance(value, str):
        return None
    return " ".join(value.replace("\0", "").split())[:_LONGEST_NAME] or None
