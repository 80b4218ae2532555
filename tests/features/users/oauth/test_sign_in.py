"""Signing in through a provider, from the app and back to it."""

import asyncio
import base64
import hashlib
from typing import Any

import pyotp
import pytest
from joserfc.jwk import RSAKey

from tests.features.users.oauth.conftest import OTHER_APP, Browser, Project
from tests.features.users.oauth.issuer import GitHub, Issuer
from tests.running import client_for

PASSWORD = "correct horse battery staple"


def bearer(signed: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed['access_token']}"}


async def register(world: Project, email: str) -> dict[str, Any]:
    body = {"email": email, "password": PASSWORD}
    answer = await world.client.post(f"{world.auth}/register", json=body)
    assert answer.status_code == 201, answer.text
    signed: dict[str, Any] = answer.json()
    return signed


async def verify(world: Project, user_id: str) -> None:
    schema = f"p_{world.id.replace('-', '')}"
    await world.services.database.owner.execute(
        f"UPDATE {schema}.users SET email_verified = true WHERE id = $1", user_id
    )


async def test_a_new_user_signs_up_and_then_in_by_the_same_identity(
    browser: Browser, issuer: Issuer
) -> None:
    first = await browser.sign_in()
    assert first["user"]["email"] == issuer.email
    assert first["user"]["email_verified"] is True
    assert first["user"]["name"] == "Ada Lovelace"

    again = await browser.sign_in()
    assert again["user"]["id"] == first["user"]["id"]
    me = await browser.client.get(f"{browser.project.auth}/me", headers=bearer(again))
    assert me.status_code == 200
    assert me.json()["id"] == first["user"]["id"]


async def test_the_subject_is_who_it_is_whatever_address_it_has_now(
    browser: Browser, issuer: Issuer
) -> None:
    first = await browser.sign_in()
    issuer.email, issuer.email_verified = "somebody.else@example.com", False

    again = await browser.sign_in()
    assert again["user"]["id"] == first["user"]["id"]
    assert again["user"]["email"] == first["user"]["email"]


async def test_what_is_asked_of_the_provider_is_complete(browser: Browser, issuer: Issuer) -> None:
    departure = await browser.depart()
    cookie = departure.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert f"path=/api/projects/{browser.project.id}/auth/oauth/corp/callback" in cookie
    assert departure.headers["cache-control"] == "no-store"
    await browser.consent(departure)
    [asked] = issuer.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid email profile"
    assert asked["redirect_uri"].startswith("http://127.0.0.1:8000/api/projects/")
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert asked["state"] not in departure.headers["set-cookie"]


async def test_the_redirect_comes_from_the_configured_address_whatever_the_host_header_says(
    world: Project, issuer: Issuer
) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    async with client_for(world.app, headers=headers) as client:
        browser = Browser(world, client)
        departure = await browser.depart()
        assert "evil" not in departure.headers["location"]
    assert issuer.url in departure.headers["location"]


async def test_two_tabs_do_not_get_in_each_others_way(browser: Browser) -> None:
    first = await browser.consent(await browser.depart())
    second = await browser.consent(await browser.depart())

    for callback in (second, first):
        assert (await browser.come_back(callback)).status_code == 302


async def test_a_redirect_url_keeps_its_own_query(browser: Browser) -> None:
    found = await browser.travel(to=OTHER_APP)

    assert found.keys() == {"from", "code"}


async def test_an_app_may_bind_the_code_to_itself(browser: Browser) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    code = (await browser.travel(code_challenge=challenge))["code"]
    assert (await browser.exchange(code)).status_code == 401
    code = (await browser.travel(code_challenge=challenge))["code"]
    assert (await browser.exchange(code, code_verifier="w" * 43)).status_code == 401
    code = (await browser.travel(code_challenge=challenge))["code"]
    assert (await browser.exchange(code, code_verifier=verifier)).status_code == 200


async def test_a_code_is_good_once_and_of_many_at_once_one_passes(browser: Browser) -> None:
    code = (await browser.travel())["code"]
    answers = await asyncio.gather(*(browser.exchange(code) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


async def test_a_code_is_short_lived_and_kept_as_a_hash(browser: Browser, world: Project) -> None:
    code = (await browser.travel())["code"]
    schema = f"p_{world.id.replace('-', '')}"
    pool = world.services.database.owner
    rows = await pool.fetch(f"SELECT to_jsonb(t)::text AS row FROM {schema}._tokens t")
    assert all(code not in row["row"] for row in rows)

    await pool.execute(f"UPDATE {schema}._tokens SET expires_at = expires_at - interval '61 s'")
    assert (await browser.exchange(code)).status_code == 401


async def test_a_code_of_one_project_is_none_in_another(browser: Browser, world: Project) -> None:
    slug = f"{world.slug}-2"
    await world.owner.post("/api/projects", json={"name": slug, "slug": slug})
    code = (await browser.travel())["code"]

    url = f"/api/projects/{slug}/auth/oauth/exchange"
    assert (await browser.client.post(url, json={"code": code})).status_code == 401


async def test_the_address_may_stand_in_the_user_info(browser: Browser, issuer: Issuer) -> None:
    issuer.claims = {"email": None, "email_verified": None}
    issuer.user_info = {"sub": issuer.subject, "email": issuer.email, "email_verified": True}

    assert (await browser.sign_in())["user"]["email"] == issuer.email


async def test_user_info_of_somebody_else_is_refused(browser: Browser, issuer: Issuer) -> None:
    issuer.claims = {"email": None}
    issuer.user_info = {"sub": "another", "email": issuer.email, "email_verified": True}

    assert (await browser.travel()) == {"error": "auth_oauth_failed"}


async def test_a_client_may_give_its_secret_in_the_body(browser: Browser, issuer: Issuer) -> None:
    issuer.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    await browser.sign_in()
    assert issuer.token_requests[0]["client_id"] == "the-app"


async def test_a_rotated_key_is_fetched_once_a_minute_at_most(
    browser: Browser, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in()
    former, fetched = issuer.key, issuer.key_fetches
    issuer.key = RSAKey.generate_key(2048, {"kid": "two"})
    monkeypatch.setattr("app.core.documents.REFETCH_SECONDS", 0.0)
    await browser.sign_in()
    assert issuer.key_fetches == fetched + 1

    monkeypatch.setattr("app.core.documents.REFETCH_SECONDS", 60.0)
    issuer.shown = [issuer.key]
    issuer.key = RSAKey.generate_key(2048, {"kid": "unknown"})
    for _ in range(3):
        assert (await browser.travel()) == {"error": "auth_oauth_failed"}
    assert issuer.key_fetches == fetched + 1
    issuer.key, issuer.shown = former, []


async def test_providers_are_listed_for_the_login_page(world: Project) -> None:
    answer = await world.client.get(f"{world.auth}/oauth")

    assert answer.json()["data"] == [
        {"name": "corp", "type": "oidc"},
        {"name": "hub", "type": "github"},
    ]


async def test_without_leave_to_sign_up_only_known_users_come_in(
    browser: Browser, world: Project, issuer: Issuer
) -> None:
    signed = await register(world, issuer.email)
    await verify(world, signed["user"]["id"])
    await world.set(allow_signup=False)

    assert (await browser.sign_in())["user"]["id"] == signed["user"]["id"]
    issuer.subject, issuer.email = "new", "new@example.com"
    assert (await browser.travel()) == {"error": "auth_registration_closed"}


async def test_a_suspended_user_does_not_come_in(browser: Browser, world: Project) -> None:
    user = (await browser.sign_in())["user"]
    code = (await browser.travel())["code"]
    answer = await world.owner.patch(
        f"{world.url}/users/{user['id']}", json={"status": "suspended"}
    )
    assert answer.status_code == 200, answer.text

    assert (await browser.exchange(code)).status_code == 401
    assert (await browser.travel()) == {"error": "auth_credentials_invalid"}


async def test_github_tells_who_the_user_is(
    browser: Browser, github: GitHub, issuer: Issuer
) -> None:
    github.emails = [
        {"email": "old@example.com", "primary": False, "verified": True},
        {"email": issuer.email, "primary": True, "verified": True},
    ]
    signed = await browser.sign_in("hub")

    assert signed["user"]["email"] == issuer.email
    assert signed["user"]["name"] == "octocat"
    assert (await browser.sign_in("hub"))["user"]["id"] == signed["user"]["id"]


@pytest.mark.parametrize(
    "emails",
    [
        [],
        {},
        [{"email": "ada@example.com", "primary": True, "verified": False}],
        [{"email": "ada@example.com", "primary": True, "verified": "true"}],
        [{"email": "ada@example.com", "primary": True}],
        [{"email": "ada@example.com", "primary": False, "verified": True}],
        [{"email": ["ada@example.com"], "primary": True, "verified": True}],
        ["ada@example.com"],
    ],
)
async def test_an_address_that_github_did_not_verify_finds_nobody(
    browser: Browser, github: GitHub, emails: Any
) -> None:
    github.emails = emails

    assert (await browser.travel("hub")) == {"error": "auth_oauth_email_unverified"}


@pytest.mark.parametrize("user", [{}, {"id": "583231"}, {"id": True}, {"id": None}, []])
async def test_a_github_user_without_a_number_is_nobody(
    browser: Browser, github: GitHub, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(github, "user", user)

    assert (await browser.travel("hub")) == {"error": "auth_oauth_failed"}


async def test_a_second_factor_is_owed_by_whoever_comes_through_a_provider_too(
    browser: Browser, world: Project
) -> None:
    signed = await browser.sign_in()
    begun = await world.client.post(
        f"{world.auth}/mfa", json={"type": "totp"}, headers=bearer(signed)
    )
    assert begun.status_code in (200, 201), begun.text
    code = pyotp.TOTP(begun.json()["secret"]).now()
    confirmed = await world.client.post(
        f"{world.auth}/mfa/confirm", json={"code": code}, headers=bearer(signed)
    )
    assert confirmed.status_code in (200, 204), confirmed.text

    answer = await browser.exchange((await browser.travel())["code"])
    assert answer.status_code == 200
    assert answer.json().keys() == {"mfa_required", "mfa_token"}
