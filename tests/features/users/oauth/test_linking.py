"""Whose account an identity opens: nobody comes in by an address that was not proved."""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.features.users.oauth.conftest import APP, Browser, Project, landed
from tests.features.users.oauth.issuer import GitHub, Issuer
from tests.features.users.oauth.test_sign_in import PASSWORD, bearer, register, verify
from tests.waiting import PATIENCE_SECONDS

UNVERIFIED = {"error": "auth_oauth_email_unverified"}


async def login(world: Project, email: str) -> httpx.Response:
    body = {"email": email, "password": PASSWORD}
    return await world.client.post(f"{world.auth}/login", json=body)


async def identities(world: Project, signed: dict[str, Any]) -> list[str]:
    answer = await world.client.get(f"{world.auth}/identities", headers=bearer(signed))
    assert answer.status_code == 200, answer.text
    return [identity["provider"] for identity in answer.json()["data"]]


async def link(browser: Browser, signed: dict[str, Any], provider: str = "corp") -> httpx.Response:
    """The whole way of linking, by a user who is signed in."""
    code = await link_code(browser, signed, provider)
    body = {"code": code}
    url = f"{browser.project.auth}/identities"
    return await browser.client.post(url, json=body, headers=bearer(signed))


async def link_code(browser: Browser, signed: dict[str, Any], provider: str = "corp") -> str:
    url = await link_url(browser, signed, provider)
    callback = await browser.consent(await browser.client.get(url))
    return landed(await browser.come_back(callback))["code"]


async def link_url(browser: Browser, signed: dict[str, Any], provider: str = "corp") -> str:
    answer = await browser.client.post(
        f"{browser.project.auth}/identities/{provider}",
        json={"redirect_to": APP},
        headers=bearer(signed),
    )
    assert answer.status_code == 200, answer.text
    parts = urlsplit(answer.json()["url"])
    return f"{parts.path}?{parts.query}"


async def mailed_token(world: Project, to: str) -> str:
    """The token of the newest mail to an address, once it is in the mailbox."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            url = f"{world.url}/mailbox"
            found = (await world.owner.get(url, params={"recipient": to})).json()["data"]
            if found:
                return str(re.findall(r"token=([\w-]+)", found[0]["text"])[0])
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("claim", [False, None, "true", "True", 1, "false", [True], {"a": 1}])
@pytest.mark.parametrize("is_known", [True, False])
async def test_only_a_literal_true_verifies_an_address(
    browser: Browser, world: Project, issuer: Issuer, claim: Any, is_known: bool
) -> None:
    signed = await register(world, issuer.email) if is_known else None
    if signed is not None:
        await verify(world, signed["user"]["id"])
    issuer.email_verified = claim

    assert await browser.travel() == UNVERIFIED
    if signed is not None:
        assert await identities(world, signed) == []


@pytest.mark.parametrize(
    "email", ["", "ada", ["ada@example.com"], "a@example.com,b@example.com", "ad\u00e4@x.com"]
)
async def test_what_is_no_address_finds_and_makes_nobody(
    browser: Browser, issuer: Issuer, email: Any
) -> None:
    issuer.email = email

    assert await browser.travel() == UNVERIFIED


async def test_a_verified_account_is_linked_and_keeps_its_password(
    browser: Browser, world: Project, issuer: Issuer
) -> None:
    signed = await register(world, issuer.email)
    await verify(world, signed["user"]["id"])
    issuer.email = issuer.email.upper()

    assert (await browser.sign_in())["user"]["id"] == signed["user"]["id"]
    assert (await login(world, signed["user"]["email"])).status_code == 200
    assert await identities(world, signed) == ["corp"]


async def test_an_account_made_with_somebody_elses_address_is_taken_over_by_its_owner(
    browser: Browser, other_browser: Browser, world: Project, issuer: Issuer, github: GitHub
) -> None:
    """Before the owner comes, the attacker registers, signs in, links an identity of theirs, and
    asks for a change of address."""
    victim = issuer.email
    attacker = await register(world, victim)
    github.emails = [{"email": "attacker@example.com", "primary": True, "verified": True}]
    assert (await link(other_browser, attacker, "hub")).status_code == 200
    ticket = await link_url(other_browser, attacker)
    code = (await other_browser.travel("hub"))["code"]
    await world.client.post(
        f"{world.auth}/email/change",
        json={"email": "attacker@example.com", "current_password": PASSWORD},
        headers=bearer(attacker),
    )
    change = await mailed_token(world, "attacker@example.com")

    owner = await browser.sign_in()
    assert owner["user"]["id"] == attacker["user"]["id"]
    assert owner["user"]["email_verified"] is True
    assert await identities(world, owner) == ["corp"]

    assert (await login(world, victim)).status_code == 401
    refreshed = await world.client.post(
        f"{world.auth}/refresh", json={"refresh_token": attacker["refresh_token"]}
    )
    assert refreshed.status_code == 401
    assert (await other_browser.exchange(code)).status_code == 401
    moved = await world.client.post(f"{world.auth}/email/change/confirm", json={"token": change})
    assert moved.status_code == 401
    by_github = await other_browser.sign_in("hub")
    assert by_github["user"]["id"] != owner["user"]["id"]
    issuer.subject, issuer.email = "attacker", "attacker2@example.com"
    departed = await other_browser.client.get(ticket)
    if departed.status_code == 302:
        callback = await other_browser.consent(departed)
        kept = landed(await other_browser.come_back(callback))["code"]
        assert (await other_browser.exchange(kept)).status_code == 401
        for signed in (attacker, by_github):
            answer = await world.client.post(
                f"{world.auth}/identities", json={"code": kept}, headers=bearer(signed)
            )
            assert answer.status_code == 401
    assert await identities(world, owner) == ["corp"]


async def test_a_user_links_and_unlinks(
    browser: Browser, world: Project, issuer: Issuer, github: GitHub
) -> None:
    signed = await register(world, "another@example.com")
    github.emails = []

    assert (await link(browser, signed)).status_code == 200
    assert (await link(browser, signed, "hub")).status_code == 200
    assert (await link(browser, signed)).status_code == 200  # it is linked already
    assert await identities(world, signed) == ["corp", "hub"]
    assert (await browser.sign_in())["user"]["id"] == signed["user"]["id"]

    url = f"{world.auth}/identities/corp"
    assert (await world.client.delete(url, headers=bearer(signed))).status_code == 204
    again = await world.client.delete(url, headers=bearer(signed))
    assert (again.status_code, again.json()["code"]) == (404, "auth_identity_not_found")
    assert (await browser.sign_in())["user"]["email"] == issuer.email


async def test_an_identity_belongs_to_one_account(browser: Browser, world: Project) -> None:
    await browser.sign_in()
    other = await register(world, "other@example.com")

    answer = await link(browser, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "auth_identity_taken")


async def test_a_link_is_completed_by_the_user_who_began_it_alone(
    browser: Browser, other_browser: Browser, world: Project
) -> None:
    """The attacker lures a victim, signed in as themselves, onto the attacker's link."""
    attacker = await register(world, "attacker@example.com")
    victim = await register(world, "victim@example.com")
    code = await link_code(browser, attacker)
    url = f"{world.auth}/identities"

    stolen = await other_browser.client.post(url, json={"code": code}, headers=bearer(victim))
    assert stolen.status_code == 401
    late = await browser.client.post(url, json={"code": code}, headers=bearer(attacker))
    assert late.status_code == 401  # the code is used up
    assert await identities(world, attacker) == await identities(world, victim) == []


async def test_a_code_for_linking_signs_nobody_in_and_the_other_way_round(
    browser: Browser, world: Project
) -> None:
    user = await register(world, "user@example.com")
    assert (await browser.exchange(await link_code(browser, user))).status_code == 401

    code = (await browser.travel())["code"]
    answer = await browser.client.post(
        f"{world.auth}/identities", json={"code": code}, headers=bearer(user)
    )
    assert answer.status_code == 401


async def test_a_ticket_to_link_is_good_once(browser: Browser, world: Project) -> None:
    user = await register(world, "user@example.com")
    url = await link_url(browser, user)

    assert (await browser.client.get(url)).status_code == 302
    assert (await browser.client.get(url)).status_code == 401
    forged = url.partition("link=")[0] + "link=" + "x" * 43
    assert (await browser.client.get(forged)).status_code == 401


async def test_identities_need_a_signed_in_user(browser: Browser, world: Project) -> None:
    assert (await world.client.get(f"{world.auth}/identities")).status_code == 401
    answer = await world.client.post(f"{world.auth}/identities/corp", json={"redirect_to": APP})
    assert answer.status_code == 401
    user = await browser.sign_in()
    refused = await world.client.post(
        f"{world.auth}/identities/corp",
        json={"redirect_to": "https://evil.example"},
        headers=bearer(user),
    )
    assert refused.json()["code"] == "auth_redirect_refused"


async def test_two_browsers_that_sign_up_at_once_get_one_account(
    browser: Browser, other_browser: Browser, issuer: Issuer
) -> None:
    first = await browser.consent(await browser.depart())
    second = await other_browser.consent(await other_browser.depart())
    answers = await asyncio.gather(browser.come_back(first), other_browser.come_back(second))
    users = [
        (await b.exchange(landed(a)["code"])).json()["user"]["id"]
        for b, a in zip((browser, other_browser), answers, strict=True)
    ]

    assert users[0] == users[1]
    assert issuer.email.endswith("@example.com")
