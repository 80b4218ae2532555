"""Second factors and passkeys of app users: the same, held apart by project."""

from typing import Any

import httpx
import pyotp
import pytest

from tests.authenticator import Authenticator
from tests.conftest import Admin, TestProject
from tests.people import new_email
from tests.running import client_for

PASSWORD = "horses eat no batteries"
PAGE = "https://app.example.com"


@pytest.fixture
async def site(admin: Admin, project: TestProject) -> str:
    """Where the project's users sign in; its passkeys are good on one page."""
    change = {"auth": {"passkey_origins": [PAGE, "https://www.app.example.com"]}}
    changed = await admin.client.patch(f"{project.url}/settings", json=change)
    assert changed.status_code == 200, changed.text
    return f"{project.url}/auth"


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator(PAGE)


async def sign_up(app: Any, admin: Admin, site: str) -> tuple[httpx.AsyncClient, dict[str, str]]:
    who = {"email": new_email(), "password": PASSWORD}
    async with client_for(app) as anyone:
        answer = await anyone.post(f"{site}/register", json=who)
    assert answer.status_code == 201, answer.text
    user = f"{site.removesuffix('/auth')}/users/{answer.json()['user']['id']}"
    assert (await admin.client.patch(user, json={"email_verified": True})).status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return client_for(app, headers=headers), who


async def register(user: httpx.AsyncClient, site: str, authenticator: Authenticator) -> None:
    options = (await user.post(f"{site}/passkeys/register/options")).json()["public_key"]
    body = {"credential": authenticator.create(options), "name": "phone"}
    kept = await user.post(f"{site}/passkeys/register/verify", json=body)
    assert kept.status_code == 201, kept.text


async def enter(
    client: httpx.AsyncClient, site: str, authenticator: Authenticator
) -> httpx.Response:
    options = (await client.post(f"{site}/passkeys/login/options")).json()["public_key"]
    body = {"credential": authenticator.get(options)}
    return await client.post(f"{site}/passkeys/login/verify", json=body)


async def test_a_user_signs_in_with_a_code_of_an_app(
    app: Any, admin: Admin, client: httpx.AsyncClient, project: TestProject, site: str
) -> None:
    user, who = await sign_up(app, admin, site)
    begun = (await user.post(f"{site}/mfa", json={"type": "totp"})).json()
    code = pyotp.TOTP(begun["secret"]).now()
    assert (await user.post(f"{site}/mfa/confirm", json={"code": code})).status_code == 204
    owed = (await client.post(f"{site}/login", json=who)).json()

    again = {"mfa_token": owed["mfa_token"], "code": code}
    assert (await client.post(f"{site}/mfa/verify", json=again)).status_code == 401
    recovery = again | {"code": begun["recovery_codes"][0]}
    signed = (await client.post(f"{site}/mfa/verify", json=recovery)).json()
    assert signed["user"]["email"] == who["email"]
    assert project.slug in begun["otpauth_url"]
    elsewhere = await client.post("/api/auth/mfa/verify", json=recovery)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (401, "auth_token_invalid")


async def test_a_user_signs_in_with_a_passkey(
    app: Any, admin: Admin, client: httpx.AsyncClient, site: str, authenticator: Authenticator
) -> None:
    user, who = await sign_up(app, admin, site)
    await register(user, site, authenticator)

    signed = (await enter(client, site, authenticator)).json()
    headers = {"Authorization": f"Bearer {signed['access_token']}"}
    assert (await client.get(f"{site}/me", headers=headers)).json()["email"] == who["email"]
    assert [key["name"] for key in (await user.get(f"{site}/passkeys")).json()["data"]] == ["phone"]
    authenticator.origin = "https://www.app.example.com"
    assert (await enter(client, site, authenticator)).status_code == 200
    for origin in ("https://example.com", "https://evil.test", "http://app.example.com"):
        authenticator.origin = origin
        assert (await enter(client, site, authenticator)).status_code == 401


async def test_a_passkey_opens_its_own_project_only(
    app: Any, client: httpx.AsyncClient, admin: Admin, site: str, authenticator: Authenticator
) -> None:
    user, _ = await sign_up(app, admin, site)
    await register(user, site, authenticator)
    other = (await admin.client.post("/api/projects", json={"name": "other"})).json()["slug"]
    settings = {"auth": {"passkey_origins": [PAGE]}}
    await admin.client.patch(f"/api/projects/{other}/settings", json=settings)

    there = await enter(client, f"/api/projects/{other}/auth", authenticator)
    assert (there.status_code, there.json()["code"]) == (401, "auth_token_invalid")
    options = (await client.post(f"{site}/passkeys/login/options")).json()["public_key"]
    carried = await client.post(
        f"/api/projects/{other}/auth/passkeys/login/verify",
        json={"credential": authenticator.get(options)},
    )
    assert carried.status_code == 401


async def test_a_suspended_user_gets_in_by_no_factor(
    app: Any,
    client: httpx.AsyncClient,
    admin: Admin,
    project: TestProject,
    site: str,
    authenticator: Authenticator,
) -> None:
    user, who = await sign_up(app, admin, site)
    me = (await user.get(f"{site}/me")).json()
    await register(user, site, authenticator)
    begun = (await user.post(f"{site}/mfa", json={"type": "totp"})).json()
    code = pyotp.TOTP(begun["secret"]).now()
    await user.post(f"{site}/mfa/confirm", json={"code": code})
    owed = (await client.post(f"{site}/login", json=who)).json()["mfa_token"]
    suspended = await admin.client.patch(
        f"{project.url}/users/{me['id']}", json={"status": "suspended"}
    )
    assert suspended.status_code == 200, suspended.text

    assert (await enter(client, site, authenticator)).status_code == 401
    body = {"mfa_token": owed, "code": begun["recovery_codes"][0]}
    assert (await client.post(f"{site}/mfa/verify", json=body)).status_code == 401


async def test_anothers_passkeys_are_none(
    app: Any, admin: Admin, site: str, authenticator: Authenticator
) -> None:
    user, _ = await sign_up(app, admin, site)
    other, _ = await sign_up(app, admin, site)
    await register(user, site, authenticator)
    held = (await user.get(f"{site}/passkeys")).json()["data"][0]["id"]

    assert (await other.get(f"{site}/passkeys")).json()["data"] == []
    assert (await other.delete(f"{site}/passkeys/{held}")).status_code == 404
    renamed = await other.patch(f"{site}/passkeys/{held}", json={"name": "x"})
    assert renamed.status_code == 404


@pytest.mark.parametrize(
    "auth",
    [
        {"passkey_origins": ["*"]},
        {"passkey_origins": ["http://app.example.com"]},
        {"passkey_origins": ["https://app.example.com", "https://app.example.org"]},
        {"passkey_origins": ["https://evilexample.com"], "passkey_rp_id": "example.com"},
    ],
)
async def test_passkey_origins_are_of_one_safe_site(
    admin: Admin, project: TestProject, auth: dict[str, Any]
) -> None:
    answer = await admin.client.patch(f"{project.url}/settings", json={"auth": auth})
    assert answer.status_code == 422


async def test_sites_within_one_domain_share_their_passkeys(
    admin: Admin, project: TestProject
) -> None:
    auth: dict[str, Any] = {
        "passkey_origins": ["https://a.example.com", "http://b.localhost:3000"],
        "passkey_rp_id": None,
    }
    refused = await admin.client.patch(f"{project.url}/settings", json={"auth": auth})
    auth = {
        "passkey_origins": ["https://a.example.com", "https://b.example.com"],
        "passkey_rp_id": "example.com",
    }
    taken = await admin.client.patch(f"{project.url}/settings", json={"auth": auth})

    assert (refused.status_code, taken.status_code) == (422, 200)
