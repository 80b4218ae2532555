"""A token is good for one thing, in one realm: each kind in every place that takes one."""

from typing import Any, Final

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin
from tests.people import new_email
from tests.scenarios.cast import Cast, assemble
from tests.scenarios.stray_tokens import stray_tokens

NEW_PASSWORD: Final = "a third battery, a third staple"
USERS: Final = {
    "refresh": "user refresh",
    "verify": "verify",
    "password/reset": "reset",
    "magic-link/verify": "magic link",
    "email/change/confirm": "e-mail change",
    "invitations/accept": "invitation",
    "mfa/verify": "user mfa",
    "mfa/passkey/options": "user mfa",
    "oauth/exchange": "oauth code",
}
CONSOLE: Final = {
    "refresh": "admin refresh",
    "password/reset": "admin reset",
    "mfa/verify": "admin mfa",
    "mfa/passkey/options": "admin mfa",
    "register": "admin invitation",
}
NEEDS_MORE: Final = {"user mfa", "admin mfa", "oauth code"}
"""What is good only with something else that is not at hand here."""


@pytest.fixture(scope="module")
async def cast(app: Any, admin: Admin, client: httpx.AsyncClient, database: Database) -> Cast:
    return await assemble(app, admin, client, database)


async def test_every_token_is_refused_everywhere_but_where_it_belongs(
    app: Any, cast: Cast, client: httpx.AsyncClient
) -> None:
    side = cast.victim
    tokens = await stray_tokens(app, side)
    good = {
        "user access": side.user.tokens["access_token"],
        "viewer's access": side.viewer.tokens["access_token"],
        "key": side.narrow_key,
        "public key": "eyJhbGciOiJub25lIn0.e30.",
    }
    for name, token in (tokens | good).items():
        for base, path, own in _places(cast):
            if name == own:
                continue
            answer = await client.post(f"{base}/{path}", json=_body(path, token))
            told = f"{name} at {base}/{path}: {answer.status_code} {answer.text}"
            if (answer.status_code, path) != (422, "oauth/exchange"):  # too long for a code
                assert answer.json()["code"] == "auth_token_invalid", told
        url = f"/api/invitations/{token}/accept"
        answer = await client.post(url, headers=cast.other.viewer.headers)
        assert answer.status_code == 401, (name, answer.text)
    for base, path, own in _places(cast):
        if own in tokens and own not in NEEDS_MORE | {"admin invitation"}:
            answer = await client.post(f"{base}/{path}", json=_body(path, tokens[own]))
            assert answer.is_success, f"{own} was genuine: {answer.text}"


def _places(cast: Cast) -> list[tuple[str, str, str]]:
    """Where tokens are taken: base, path, and the name of the one that belongs there."""
    own, elsewhere = cast.victim.world.auth, cast.other.world.auth
    return [
        *((own, path, name) for path, name in USERS.items()),
        *((elsewhere, path, "") for path in USERS),
        *(("/api/auth", path, name) for path, name in CONSOLE.items()),
    ]


def _body(path: str, token: str) -> dict[str, Any]:
    key = {
        "refresh": "refresh_token",
        "mfa/verify": "mfa_token",
        "mfa/passkey/options": "mfa_token",
        "oauth/exchange": "code",
        "register": "invitation",
    }.get(path, "token")
    more: dict[str, Any] = {}
    if path in ("password/reset", "invitations/accept", "register"):
        more["password"] = NEW_PASSWORD
    if path == "register":
        more["email"] = new_email()
    if path == "mfa/verify":
        more["code"] = "123456"
    return {key: token} | more
