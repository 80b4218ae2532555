"""Every link that we mail leads to a page of ours, and opening one changes nothing."""

from urllib.parse import urljoin

import httpx
import pytest

from app.core.db import Database
from app.core.mail import MailKind, MailRequest
from app.features.email.service import queue_mail
from app.features.hosted_pages.pages import PAGES
from app.registry import load_features
from tests.conftest import Admin
from tests.features.hosted_pages.letters import Letter, console_mail
from tests.features.hosted_pages.markup import parse
from tests.features.organisations.world import World

SCANS = ("GET", "HEAD", "GET", "HEAD", "GET")


def kinds_with(variable: str) -> set[str]:
    return {
        kind.name
        for feature in load_features()
        for kind in feature.mail_kinds
        if f"{{{{ {variable} }}}}" in _texts(kind)
    }


def _texts(kind: MailKind) -> str:
    return "".join(template.text + template.html for template in kind.templates.values())


def check_page(answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "data:",
        "connect-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


async def test_every_link_that_is_mailed_leads_to_a_page(
    letters: dict[str, Letter], client: httpx.AsyncClient
) -> None:
    assert letters.keys() == kinds_with("link")
    for letter in letters.values():
        answer = await client.get(letter.target)
        check_page(answer)
        assert "not complete" not in answer.text, letter.kind


async def test_mail_that_names_our_own_address_leads_to_a_page(
    world: World, admin: Admin, client: httpx.AsyncClient, database: Database
) -> None:
    kinds = kinds_with("base_url")
    assert len(kinds) > 1
    for kind in kinds:
        await queue_mail(database.owner, MailRequest(kind, admin.email))
        letter = Letter(kind, admin.email, await console_mail(world, admin.email, kind), "", {})
        check_page(await client.get(urljoin("http://test/", letter.target)))


async def test_opening_a_link_uses_nothing_up(
    letters: dict[str, Letter], client: httpx.AsyncClient
) -> None:
    for letter in letters.values():
        for method in SCANS:
            assert (await client.request(method, letter.target)).status_code == 200
        taken = await letter.take(client)
        assert taken.is_success, (letter.kind, taken.text)
        assert not (await letter.take(client)).is_success, letter.kind


async def test_a_page_sends_its_form_to_the_route_that_takes_the_token(
    letters: dict[str, Letter], client: httpx.AsyncClient
) -> None:
    for letter in letters.values():
        markup = parse((await client.get(letter.target)).text)
        if markup.form is None:
            continue
        route = urljoin(letter.link, markup.form.attributes["data-route"])
        assert route.endswith(letter.route)
        assert markup.form.attributes["data-token-as"] == "token"


async def test_pages_that_can_finish_nothing_offer_nothing_to_send(
    letters: dict[str, Letter], client: httpx.AsyncClient
) -> None:
    without = {
        kind
        for kind, letter in letters.items()
        if parse((await client.get(letter.target)).text).form is None
    }
    assert without == {"magic_link", "org_invitation"}


@pytest.mark.parametrize("query", ["", "?token=", "?x=1"])
async def test_a_link_without_its_token_is_told_so(client: httpx.AsyncClient, query: str) -> None:
    for page in PAGES:
        answer = await client.get(page.path.replace("{project}", "acme") + query)
        check_page(answer)
        assert ("not complete" in answer.text) == page.needs_token
        assert (parse(answer.text).form is None) == page.needs_token


async def test_a_page_does_not_tell_whether_there_is_a_project(
    world: World, client: httpx.AsyncClient
) -> None:
    for page in PAGES:
        known, unknown = [
            (await client.get(page.path.replace("{project}", slug) + "?token=x")).text.replace(
                slug, "…"
            )
            for slug in (world.project.slug, "nobodys-project")
        ]
        assert known == unknown
