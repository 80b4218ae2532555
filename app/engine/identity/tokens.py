"""Signed tokens of our own making; the only module that knows the JWT library.

Each token says what it is (``typ``), for whom (``aud``), by whom (``iss``) and until when
(``exp``); a token of one kind never passes for another. Tokens of third parties are not read here.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from jose import jwk, jwt
from jose.exceptions import ExpiredSignatureError, JOSEError

from app.core.errors import UnauthenticatedError
from app.core.ids import uuid7

ISSUER: Final = "backendify"
MAX_TOKEN_LENGTH: Final = 8192
LEEWAY_SECONDS: Final = 10

# The decoder is given exactly one: with none, the library takes whatever the token asks for.
_ALGORITHMS: Final[Mapping[str, list[str]]] = {
    "HS256": ["HS256"],
    "HS384": ["HS384"],
    "HS512": ["HS512"],
    "ES256": ["ES256"],
    "RS256": ["RS256"],
}
# The decoder drops what is no base64url, padding and spare bits: one signature would have many
# spellings. Those of the other two parts are signed.
_LETTER: Final = "[A-Za-z0-9_-]"
_FORM: Final = re.compile(
    rf"{_LETTER}+\.{_LETTER}+\.(?:{_LETTER}{{4}})*"
    rf"(?:{_LETTER}[AQgw]|{_LETTER}{{2}}[AEIMQUYcgkosw048])?"
)
_HEADER_MEMBERS: Final = {"alg", "typ"}
_OPTIONS: Final = {
    "leeway": LEEWAY_SECONDS,
    **{f"require_{claim}": True for claim in ("exp", "iat", "iss", "aud", "sub", "jti")},
}
_UNREADABLE = (JOSEError, ValueError, TypeError, OverflowError, RecursionError)


class InvalidTokenError(UnauthenticatedError):
    """A token is malformed, forged, used, withdrawn, or of another kind."""

    code = "auth_token_invalid"

    def __init__(self, detail: str = "The token is not valid.") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class ExpiredTokenError(InvalidTokenError):
    """The access token's time is over: refresh it, or sign in again."""

    code = "auth_token_expired"

    def __init__(self) -> None:
        super().__init__("The token has expired.")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. ``expires_at`` is in Unix seconds."""

    subject: UUID
    expires_at: int
    values: Mapping[str, Any]


class Tokens:
    """Issues and verifies tokens with one key and one algorithm.

    ``secret`` is the shared secret for HS*, or the PEM private key for ES256 and RS256.
    """

    def __init__(self, secret: str, algorithm: str = "HS256") -> None:
        if algorithm not in _ALGORITHMS:
            raise ValueError(f"JWT_ALGORITHM must be one of {', '.join(_ALGORITHMS)}")
        self._algorithm = algorithm
        self._signing_key = secret
        self._checking_key = secret if algorithm.startswith("HS") else _public_part(secret)

    def issue(
        self, kind: str, *, subject: UUID, audience: str, seconds: int, **claims: str | int
    ) -> str:
        """A signed token of ``kind`` that lives for ``seconds``."""
        now = int(time.time())
        stated = claims | {
            "typ": kind,
            "iss": ISSUER,
            "aud": audience,
            "sub": str(subject),
            "iat": now,
            "exp": now + seconds,
            "jti": uuid7().hex,
        }
        return str(jwt.encode(stated, self._signing_key, algorithm=self._algorithm))

    def verify(self, token: str, *, kind: str, audience: str) -> Claims:
        """The claims of a genuine, living token of this kind for this audience.

        Raises InvalidTokenError, ExpiredTokenError. Does no I/O.
        """
        self._check_envelope(token)
        try:
            claims = jwt.decode(
                token,
                self._checking_key,
                algorithms=_ALGORITHMS[self._algorithm],
                audience=audience,
                issuer=ISSUER,
                options=_OPTIONS,
            )
        except ExpiredSignatureError:
            raise ExpiredTokenError from None
        except _UNREADABLE:
            raise InvalidTokenError from None
        return _checked_claims(claims, kind, audience)

    def stated_audience(self, token: str) -> str:
        """For whom a token claims to be: unproved, it only says what to verify it against.

        Raises InvalidTokenError.
        """
        self._check_envelope(token)
        try:
            return str(jwt.get_unverified_claims(token).get("aud"))
        except _UNREADABLE:
            raise InvalidTokenError from None

    def public_keys(self) -> dict[str, Any]:
        """What others verify our tokens with, as a JWK set: empty for a shared secret."""
        if self._algorithm.startswith("HS"):
            return {"keys": []}
        key = jwk.construct(self._checking_key, self._algorithm).to_dict()
        shown = {name: _as_text(value) for name, value in key.items()}
        return {"keys": [shown | {"use": "sig"}]}

    def _check_envelope(self, token: str) -> None:
        """Refuse whatever we would not have issued before any of it is trusted."""
        if len(token) > MAX_TOKEN_LENGTH or _FORM.fullmatch(token) is None:
            raise InvalidTokenError
        try:
            header = jwt.get_unverified_header(token)
        except _UNREADABLE:
            raise InvalidTokenError from None
        if header.get("alg") != self._algorithm or not _HEADER_MEMBERS.issuperset(header):
            raise InvalidTokenError


def _checked_claims(claims: Mapping[str, Any], kind: str, audience: str) -> Claims:
    times = (claims["exp"], claims["iat"])
    if claims.get("typ") != kind or claims["aud"] != audience or "nbf" in claims:
        raise InvalidTokenError
    if not all(type(moment) is int and 0 < moment < 2**40 for moment in times):
        raise InvalidTokenError
    try:
        subject = UUID(claims["sub"])
    except (ValueError, AttributeError):
        raise InvalidTokenError from None
    return Claims(subject=subject, expires_at=claims["exp"], values=claims)


def _as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _public_part(private_pem: str) -> str:
    key = load_pem_private_key(private_pem.encode(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
