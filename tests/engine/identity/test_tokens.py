"""Tokens are taken only if they are exactly what we issue."""

import base64
import json
import string
import time
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jose import jwt

from app.core.ids import uuid7
from app.engine.identity.tokens import (
    ISSUER,
    MAX_TOKEN_LENGTH,
    ExpiredTokenError,
    InvalidTokenError,
    Tokens,
)

SECRET = "a secret of a length that is quite enough for this"
TOKENS = Tokens(SECRET)
SUBJECT = uuid7()
_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def issue(**changes: Any) -> str:
    stated: dict[str, Any] = {
        "kind": "access",
        "subject": SUBJECT,
        "audience": "console",
        "seconds": 60,
    }
    return TOKENS.issue(**(stated | changes))


def forge(*, key: str = SECRET, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {
        "typ": "access",
        "iss": ISSUER,
        "aud": "console",
        "sub": str(SUBJECT),
        "iat": now,
        "exp": now + 60,
        "jti": "x",
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return str(jwt.encode(claims, key, algorithm="HS256", headers=header))


def unsigned(header: dict[str, Any]) -> str:
    parts = forge().split(".")
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{encoded}.{parts[1]}."


def verify(token: str) -> UUID:
    return TOKENS.verify(token, kind="access", audience="console").subject


def test_a_token_says_who_and_until_when() -> None:
    claims = TOKENS.verify(issue(session="s1"), kind="access", audience="console")

    assert claims.subject == SUBJECT
    assert 50 < claims.expires_at - time.time() <= 60
    assert claims.values["session"] == "s1"


@pytest.mark.parametrize("changes", [{"kind": "refresh"}, {"audience": "project"}])
def test_a_token_of_another_kind_or_audience_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        verify(issue(**changes))


def test_an_expired_token_is_told_apart() -> None:
    with pytest.raises(ExpiredTokenError):
        verify(issue(seconds=-30))


@pytest.mark.parametrize("missing", ["typ", "iss", "aud", "sub", "iat", "exp", "jti"])
def test_every_claim_is_required(missing: str) -> None:
    changes: dict[str, Any] = {missing: None}
    with pytest.raises(InvalidTokenError):
        verify(forge(**changes))


@pytest.mark.parametrize("moment", [1.5e9, "1900000000", -5, 2**60, True, [], 1e400])
@pytest.mark.parametrize("claim", ["exp", "iat"])
def test_times_are_plain_integers(claim: str, moment: Any) -> None:
    with pytest.raises(InvalidTokenError):
        verify(forge(**{claim: moment}))


@pytest.mark.parametrize(
    "changes", [{"nbf": 1}, {"iss": "other"}, {"sub": "7"}, {"aud": ["console"]}]
)
def test_claims_that_we_never_issue_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        verify(forge(**changes))


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS512", "RS256", "", None, 5])
def test_the_algorithm_is_ours_not_the_tokens(algorithm: Any) -> None:
    with pytest.raises(InvalidTokenError):
        verify(unsigned({"alg": algorithm, "typ": "JWT"}))


@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"]}, {"kid": "../../x"}, {"jku": "http://x"}, {"jwk": {}}, {"zip": "DEF"}],
)
def test_extra_header_members_are_refused(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        verify(forge(header=header))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "ü.ü.ü",
        "\x00.\x00.\x00",
        "[" * 4000 + ".e30.x",
        "e30.e30.e30",
    ],
)
def test_text_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidTokenError):
        verify(token)


def test_a_deeply_nested_header_is_refused() -> None:
    nested = base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode()

    with pytest.raises(InvalidTokenError):
        verify(f"{nested}.e30.x")


def test_a_token_beyond_8_kb_is_refused_however_genuine() -> None:
    with pytest.raises(InvalidTokenError):
        verify(issue(filler="x" * MAX_TOKEN_LENGTH))


def test_another_secret_or_a_changed_body_does_not_verify() -> None:
    header, body, signature = issue().split(".")

    for token in (
        forge(key="another secret"),
        f"{header}.{body}A.{signature}",
        f"{header}.{body}.",
    ):
        with pytest.raises(InvalidTokenError):
            verify(token)


def test_an_asymmetric_key_signs_and_its_public_part_forges_nothing() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    tokens = Tokens(private, "ES256")
    token = tokens.issue("access", subject=SUBJECT, audience="console", seconds=60)

    assert tokens.verify(token, kind="access", audience="console").subject == SUBJECT
    with pytest.raises(InvalidTokenError):
        tokens.verify(forge(key=public.hex()), kind="access", audience="console")


def test_the_public_key_is_published_and_the_secret_never() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    tokens = Tokens(private, "ES256")
    token = tokens.issue("access", subject=SUBJECT, audience="console", seconds=60)

    (published,) = tokens.public_keys()["keys"]

    assert published.keys() == {"alg", "kty", "crv", "x", "y", "use"}
    assert jwt.decode(token, published, algorithms=["ES256"], audience="console")
    assert TOKENS.public_keys() == {"keys": []}


def test_an_unknown_algorithm_stops_the_start() -> None:
    with pytest.raises(ValueError, match="JWT_ALGORITHM"):
        Tokens(SECRET, "none")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_token_has_one_spelling(algorithm: str) -> None:
    tokens = Tokens(SECRET, algorithm)
    token = tokens.issue("access", subject=SUBJECT, audience="console", seconds=60)
    header, claims, signature = token.split(".")
    last = _LETTERS.index(signature[-1])
    neighbours = [signature[:-1] + _LETTERS[(last & ~3) | spare] for spare in range(4)]
    spellings = [
        *(f"{header}.{claims}.{each}" for each in neighbours if each != signature),
        *(f"{token}{more}" for more in ("=", "==", "\n", " ", "!", "A")),
        f"{header}=.{claims}.{signature}",
        f"{header}.{claims}.{signature[:4]}!{signature[4:]}",
        f"{header}.{claims}.{signature.replace('-', '+').replace('_', '/')}~",
    ]

    assert tokens.verify(token, kind="access", audience="console").subject == SUBJECT
    for each in spellings:
        with pytest.raises(InvalidTokenError):
            tokens.verify(each, kind="access", audience="console")
