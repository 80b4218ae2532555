"""The pages' script, run under Node against the application on a real port."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.features.hosted_pages.rendering import ASSETS
from tests.conftest import Admin
from tests.features.hosted_pages import letters
from tests.features.hosted_pages.letters import NEW_PASSWORD, Letter
from tests.features.hosted_pages.markup import Markup, as_json, parse
from tests.features.organisations.world import World
from tests.features.users.app_users import new_email
from tests.people import Person
from tests.running import listening

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed.")

RUNNER = Path(__file__).with_name("run_page.js")
SECONDS = 30
NEW = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}


@pytest.fixture
async def origin(app: Any) -> AsyncIterator[str]:
    async with listening(app) as origin:
        yield origin


async def visit(origin: str, target: str, **typed: str) -> dict[str, Any]:
    """Open a link, type, press the button; what the page says then."""
    url = origin + target
    async with httpx.AsyncClient() as browser:
        markup = parse((await browser.get(url)).text)
    seen = await run(url, markup, typed)
    assert seen["address"] == origin + urlsplit(target).path
    for request in seen["requests"]:
        assert request["url"].startswith(f"{origin}/api/")
        assert (request["credentials"], request["redirect"]) == ("omit", "error")
    return seen


async def run(url: str, markup: Markup, typed: dict[str, str]) -> dict[str, Any]:
    given = as_json(markup) | {
        "url": url,
        "script": str(ASSETS / "page.js"),
        "typed": {name.replace("_", "-"): value for name, value in typed.items()},
    }
    node = await asyncio.create_subprocess_exec(
        "node", str(RUNNER), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(node.communicate(json.dumps(given).encode()), SECONDS)
    assert node.returncode == 0
    seen: dict[str, Any] = json.loads(said)
    return seen


async def take(origin: str, letter: Letter, **typed: str) -> dict[str, Any]:
    return await visit(origin, letter.target, **typed)


async def test_a_click_confirms_an_address(origin: str, world: World) -> None:
    user = await world.sign_up()
    seen = await take(origin, await letters.verification(world, user))
    assert (seen["isDone"], seen["focused"]) == (True, "outcome")
    assert seen["told"][0].startswith("The address is confirmed.")
    assert (await user.ask("GET", "me")).json()["email_verified"] is True


async def test_a_click_takes_a_new_address(origin: str, world: World) -> None:
    user, email = await world.verified(), new_email()
    seen = await take(origin, await letters.email_change(world, user, email))
    assert seen["isDone"]
    assert (await world.log_in(email)).id == user.id


async def test_a_new_password_is_set(origin: str, world: World) -> None:
    user = await world.verified()
    seen = await take(origin, await letters.reset(world, user), **NEW)
    assert seen["isDone"]
    assert (await world.log_in(user.email, NEW_PASSWORD)).id == user.id


async def test_two_different_passwords_are_not_sent(origin: str, world: World) -> None:
    letter = await letters.reset(world, await world.verified())
    seen = await take(origin, letter, password=NEW_PASSWORD, password_again="another")
    assert (seen["requests"], seen["wrong"]) == ([], ["password-again"])
    assert seen["told"] == ["The two passwords are not the same."]


async def test_a_refused_password_is_explained_and_the_link_stays_good(
    origin: str, world: World
) -> None:
    user = await world.verified()
    letter = await letters.reset(world, user)
    short = await take(origin, letter, password="short", password_again="short")
    common = await take(origin, letter, password="password123", password_again="password123")
    for seen in (short, common):
        assert (seen["isDone"], seen["wrong"]) == (False, ["password"])
        assert all(seen["told"])
        assert len(set(seen["told"])) == len(seen["told"])
    assert (await take(origin, letter, **NEW))["isDone"]


async def test_a_used_link_and_an_unknown_project_are_told_alike(origin: str, world: World) -> None:
    letter = await letters.verification(world, await world.sign_up())
    await take(origin, letter)
    used = await take(origin, letter)
    elsewhere = letter.target.replace(world.project.slug, "nobodys-project")
    unknown = await visit(origin, elsewhere)
    assert used["told"] == unknown["told"]
    assert used["told"][0].startswith("This link is not good")


async def test_an_invitation_is_accepted_and_leaves_no_session(origin: str, world: World) -> None:
    email = new_email()
    seen = await take(origin, await letters.invitation(world, email), name="Ada", **NEW)
    assert seen["isDone"]
    user = await world.log_in(email, NEW_PASSWORD)
    assert user.tokens["user"]["name"] == "Ada"
    assert len((await user.ask("GET", "sessions")).json()["data"]) == 1


async def test_a_link_to_sign_in_is_explained_and_not_used(origin: str, world: World) -> None:
    letter = await letters.magic_link(world, await world.verified())
    seen = await take(origin, letter)
    assert seen["requests"] == []
    assert (await letter.take(world.anyone)).status_code == 200


async def test_an_invitation_to_an_organisation_shows_its_code(origin: str, world: World) -> None:
    letter = await letters.org_invitation(world, await world.verified())
    seen = await take(origin, letter)
    assert (seen["requests"], seen["code"]) == ([], letter.token)


async def test_an_admin_sets_a_new_password(origin: str, world: World, person: Person) -> None:
    body = {"email": person.email, "password": NEW_PASSWORD}
    asked = await visit(origin, "/forgot-password", email=person.email)
    assert asked["isDone"]
    mail = await letters.console_mail(world, person.email, "console_reset_password")
    letter = Letter("console_reset_password", person.email, mail, "", {})
    seen = await take(origin, letter, **NEW)
    assert seen["isDone"]
    assert (await world.anyone.post("/api/auth/login", json=body)).status_code == 200


async def test_somebody_invited_to_a_project_makes_an_account(
    origin: str, world: World, admin: Admin
) -> None:
    email = new_email()
    offer = {"email": email, "role": "viewer"}
    made = await admin.client.post(f"{world.project.url}/invitations", json=offer)
    target = f"/invitations/accept?token={made.json()['token']}"
    other = await visit(origin, target, email=new_email(), **NEW)
    assert other["told"][0].startswith("This link is not good")
    seen = await visit(origin, target, email=email, **NEW)
    assert seen["isDone"]
    members = await admin.client.get(f"{world.project.url}/members")
    assert email in [each["email"] for each in members.json()["data"]]


async def test_a_server_that_cannot_be_reached_is_told(origin: str, world: World) -> None:
    letter = await letters.verification(world, await world.sign_up())
    url = origin + letter.target
    async with httpx.AsyncClient() as browser:
        page = (await browser.get(url)).text
    markup = parse(page.replace("../../../api/", "http://127.0.0.1:9/api/"))
    seen = await run(url, markup, {})
    assert seen["told"] == ["The server could not be reached. Please try again."]
