"""Sessions in a cookie: for the console's own pages alone, under the rules of all sessions."""

from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.people import PASSWORD, Person, invited
from tests.running import client_for

OWN = {"X-Session": "cookie", "Origin": "http://test"}
LOGIN, REFRESH, LOGOUT = "/api/auth/login", "/api/auth/refresh", "/api/auth/logout"


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    return await invited(app, admin.client, project.url, "editor")


@pytest.fixture
async def browser(app: Any) -> Any:
    """A client that keeps cookies, as a page of the console sends its requests."""
    async with client_for(app, headers=OWN) as browser:
        yield browser


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    return SimpleCookie(answer.headers["set-cookie"])["backendify_session"]


def credentials(person: Person) -> dict[str, str]:
    return {"email": person.email, "password": PASSWORD}


async def test_the_refresh_token_is_in_a_cookie_that_no_script_can_read(
    person: Person, browser: httpx.AsyncClient
) -> None:
    answer = await browser.post(LOGIN, json=credentials(person))

    cookie = cookie_of(answer)
    assert answer.json()["refresh_token"] == ""
    assert cookie.value.count(".") == 2
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/api/auth")
    assert cookie["secure"] == ""
    assert cookie["max-age"] == str(7 * 24 * 60 * 60)


async def test_the_cookie_is_secure_where_the_browser_is(person: Person, app: Any) -> None:
    async with client_for(app, headers=OWN | {"Origin": "https://test"}) as browser:
        answer = await browser.post(LOGIN, json=credentials(person))

    assert cookie_of(answer)["secure"] is True


async def test_clients_that_do_not_ask_get_no_cookie(
    person: Person, client: httpx.AsyncClient
) -> None:
    answer = await client.post(LOGIN, json=credentials(person))
    assert "set-cookie" not in answer.headers
    assert answer.json()["refresh_token"]

    again = await client.post(REFRESH, json={"refresh_token": answer.json()["refresh_token"]})
    assert again.status_code == 200
    assert "set-cookie" not in again.headers


async def test_the_cookie_refreshes_and_rotates(person: Person, browser: httpx.AsyncClient) -> None:
    first = cookie_of(await browser.post(LOGIN, json=credentials(person))).value

    answer = await browser.post(REFRESH, json={})

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] == ""
    assert cookie_of(answer).value != first
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await browser.get("/api/auth/me", headers=headers)).json()["email"] == person.email


async def test_a_used_cookie_ends_the_session_and_is_taken_back(
    person: Person, browser: httpx.AsyncClient, database: Database
) -> None:
    stolen = cookie_of(await browser.post(LOGIN, json=credentials(person))).value
    await browser.post(REFRESH, json={})
    await database.owner.execute(
        "UPDATE backendify.admin_sessions SET rotated_at = rotated_at - interval '11 s'"
        " WHERE account_id = $1::text::uuid",
        person.id,
    )

    browser.cookies.clear()
    reused = await browser.post(
        REFRESH, json={}, headers={"Cookie": f"backendify_session={stolen}"}
    )

    assert (reused.status_code, reused.json()["code"]) == (401, "auth_token_invalid")
    assert (cookie_of(reused).value, cookie_of(reused)["max-age"]) == ("", "0")


async def test_the_cookie_alone_opens_nothing(person: Person, browser: httpx.AsyncClient) -> None:
    await browser.post(LOGIN, json=credentials(person))

    assert (await browser.get("/api/auth/me")).status_code == 401
    del browser.headers["X-Session"]
    assert (await browser.post(REFRESH, json={})).status_code == 401


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://test.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_pages_of_other_sites_are_refused(
    person: Person, browser: httpx.AsyncClient, foreign: dict[str, str]
) -> None:
    await browser.post(LOGIN, json=credentials(person))

    for path, body in ((REFRESH, {}), (LOGIN, credentials(person))):
        answer = await browser.post(path, json=body, headers=foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth_cross_site")
        assert "set-cookie" not in answer.headers
    assert (await browser.post(REFRESH, json={})).status_code == 200


async def test_a_form_of_another_site_cannot_carry_the_header(
    person: Person, browser: httpx.AsyncClient
) -> None:
    await browser.post(LOGIN, json=credentials(person))
    del browser.headers["X-Session"]

    answer = await browser.post(REFRESH, content="{}", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415


async def test_logging_out_takes_the_cookie_back(
    person: Person, browser: httpx.AsyncClient
) -> None:
    tokens = (await browser.post(LOGIN, json=credentials(person))).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    answer = await browser.post(LOGOUT, headers=headers)

    assert (answer.status_code, cookie_of(answer)["max-age"]) == (204, "0")
    assert "backendify_session" not in browser.cookies


async def test_the_start_page_learns_who_comes_first(new_app: Any) -> None:
    async with client_for(new_app, headers=OWN) as browser:
        fresh = (await browser.get("/api/auth/start")).json()
        body = {"email": "first@example.com", "password": PASSWORD}
        registered = await browser.post("/api/auth/register", json=body)
        known = (await browser.get("/api/auth/start")).json()

    assert fresh == {"has_owner": False, "allows_registration": False, "has_session": False}
    assert registered.json()["refresh_token"] == ""
    assert known == {"has_owner": True, "allows_registration": False, "has_session": True}
