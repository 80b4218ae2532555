"""The pages' own text: sound, complete without the network, and free of what the link holds."""

from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from app.features.hosted_pages.pages import PAGES, Page
from tests.features.hosted_pages.markup import parse

ASSETS = Path(__file__).parents[3] / "app/features/hosted_pages/assets"
EVIL = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)


def url_of(page: Page, mailed: str = "abc") -> str:
    return f"{page.path.replace('{project}', 'acme')}?token={mailed}"


@each_page
async def test_a_page_refers_to_files_of_its_own_that_exist(
    client: httpx.AsyncClient, page: Page
) -> None:
    markup = parse((await client.get(url_of(page))).text)
    files = set()
    for reference in set(markup.references) - {"data:,"}:
        found = urljoin(f"http://test{url_of(page)}", reference)
        assert found.startswith("http://test/"), reference
        answer = await client.get(found)
        assert answer.status_code == 200, reference
        assert answer.headers["x-content-type-options"] == "nosniff"
        files.add((found.removeprefix("http://test"), answer.headers["content-type"]))
    assert files >= {
        ("/hosted-pages/page.js", "text/javascript; charset=utf-8"),
        ("/hosted-pages/page.css", "text/css; charset=utf-8"),
    }


@each_page
async def test_a_page_holds_no_script_style_or_handler_of_its_own(
    client: httpx.AsyncClient, page: Page
) -> None:
    markup = parse((await client.get(url_of(page))).text)
    assert not markup.all("style")
    assert ["src" in script.attributes for script in markup.all("script")] == [True]
    for element in markup.elements:
        assert "style" not in element.attributes
        assert not any(name.startswith("on") for name in element.attributes)


@each_page
async def test_a_page_can_be_read_aloud_and_used_by_keyboard(
    client: httpx.AsyncClient, page: Page
) -> None:
    markup = parse((await client.get(url_of(page))).text)
    ids = [e.attributes["id"] for e in markup.elements if "id" in e.attributes]
    labels = {label.attributes["for"] for label in markup.all("label")}
    assert len(set(ids)) == len(ids)
    assert {e.attributes["id"] for e in markup.all("input")} == labels
    assert [e.attributes.get("lang") for e in markup.all("html")] == ["en"]
    assert len(markup.all("h1")) == len(markup.all("main")) == len(markup.all("title")) == 1
    assert any("width=device-width" in e.attributes.get("content", "") for e in markup.all("meta"))
    assert [e.attributes["id"] for e in markup.elements if e.attributes.get("role")] == ["outcome"]
    assert not [e for e in markup.elements if int(e.attributes.get("tabindex", -1)) > 0]


@each_page
async def test_a_form_that_no_script_takes_would_put_nothing_into_an_address(
    client: httpx.AsyncClient, page: Page
) -> None:
    form = parse((await client.get(url_of(page))).text).form
    assert form is None or form.attributes["method"] == "post"


@each_page
async def test_passwords_are_asked_for_twice_and_sent_once(
    client: httpx.AsyncClient, page: Page
) -> None:
    controls = [e.attributes for e in parse((await client.get(url_of(page))).text).controls]
    passwords = [each for each in controls if each.get("type") == "password"]
    assert [each.get("name") for each in passwords] in ([], ["password", None])
    assert [each.get("data-repeats") for each in passwords] in ([], [None, "password"])
    assert {each["autocomplete"] for each in passwords} <= {"new-password"}


@each_page
async def test_nothing_of_the_token_is_in_the_page(client: httpx.AsyncClient, page: Page) -> None:
    assert (await client.get(url_of(page, "abc"))).text == (
        await client.get(url_of(page, EVIL))
    ).text


@pytest.mark.parametrize(
    "name", ["%22%3E%3Cimg%3E", "%2e%2e", "a%22b", "a b", "..%5c", "x" * 64, "%C3%A9"]
)
async def test_a_name_that_no_project_has_is_not_in_the_page(
    client: httpx.AsyncClient, name: str
) -> None:
    # Sent as it is: the client would resolve dots itself.
    for page in PAGES:
        if "{project}" not in page.path:
            continue
        url = httpx.URL(f"http://test{url_of(page)}")
        raw = url.raw_path.replace(b"acme", name.encode())
        answer = await client.get(url.copy_with(raw_path=raw))
        assert parse(answer.text).form is None
        assert "not complete" in answer.text


def test_the_files_name_no_other_host() -> None:
    for name in ("page.html", "page.js", "page.css"):
        text = (ASSETS / name).read_text()
        assert "://" not in text
        assert "@import" not in text
        assert "innerHTML" not in text
