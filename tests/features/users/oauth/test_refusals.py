"""What a provider's answer, a browser or a stranger may try, and is refused for."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.features.users.oauth import flows
from tests.features.users.oauth.conftest import APP, Browser, Project
from tests.features.users.oauth.issuer import CLIENT_ID, Issuer
from tests.running import client_for

STATE_INVALID = (401, "auth_oauth_state_invalid")
FAILED = {"error": "auth_oauth_failed"}


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def with_query(callback: str, **changed: str | None) -> str:
    parts = urlsplit(callback)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{parts.path}?{urlencode(kept)}"


@pytest.mark.parametrize("state", [None, "", "x", "a" * 43, "\u00e9", "x" * 9000])
async def test_an_answer_with_another_state_is_refused(browser: Browser, state: str | None) -> None:
    callback = await browser.consent(await browser.depart())

    assert told(await browser.come_back(with_query(callback, state=state))) == STATE_INVALID


async def test_an_answer_in_another_browser_is_refused(
    browser: Browser, other_browser: Browser
) -> None:
    callback = await browser.consent(await browser.depart())

    assert told(await other_browser.come_back(callback)) == STATE_INVALID
    await other_browser.depart()
    assert told(await other_browser.come_back(callback)) == STATE_INVALID


async def test_the_cookie_of_another_sign_in_does_not_fit(
    browser: Browser, other_browser: Browser
) -> None:
    """Login forced upon a victim: the attacker's answer, renamed to the victim's cookie."""
    attacked = await browser.depart()
    callback = await other_browser.consent(await other_browser.depart())
    [(_, value)] = [(c.name, c.value) for c in browser.client.cookies.jar]
    state = parse_qs(urlsplit(callback).query)["state"][0]
    headers = {"Cookie": f"{flows.cookie_name(state)}={value}"}

    answer = await browser.client.get(callback, headers=headers)
    assert attacked.status_code == 302
    assert told(answer) == STATE_INVALID


async def test_an_answer_is_taken_once(browser: Browser, world: Project) -> None:
    callback = await browser.consent(await browser.depart())
    cookies = {cookie.name: str(cookie.value) for cookie in browser.client.cookies.jar}
    assert "code=" in (await browser.come_back(callback)).headers["location"]
    assert not list(browser.client.cookies.jar)  # the answer took the cookie away

    async with client_for(world.app, cookies=cookies) as again:
        assert told(await again.get(callback)) == STATE_INVALID


async def test_an_answer_that_comes_too_late_is_refused(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "FLOW_SECONDS", -1)

    callback = await browser.consent(await browser.depart())
    assert told(await browser.come_back(callback)) == STATE_INVALID


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-4], lambda c: c[:-4] + "AAAA", lambda _: "", lambda _: "v1.", str.upper]
)
async def test_a_cookie_that_was_not_made_here_is_refused(
    browser: Browser, spoil: Callable[[str], str]
) -> None:
    callback = await browser.consent(await browser.depart())
    [cookie] = browser.client.cookies.jar
    cookie.value = spoil(str(cookie.value))

    assert told(await browser.come_back(callback)) == STATE_INVALID


async def test_an_answer_to_one_provider_or_project_is_none_to_another(
    browser: Browser, world: Project
) -> None:
    slug = f"{world.slug}-b"
    made = await world.owner.post("/api/projects", json={"name": slug, "slug": slug})
    callback = await browser.consent(await browser.depart())
    cookies = {cookie.name: str(cookie.value) for cookie in browser.client.cookies.jar}

    async with client_for(world.app, cookies=cookies) as client:
        for other in (
            callback.replace("/corp/", "/hub/"),
            callback.replace(world.id, made.json()["id"]),
        ):
            assert told(await client.get(other)) == STATE_INVALID


async def test_a_parameter_that_comes_twice_is_refused(browser: Browser) -> None:
    callback = await browser.consent(await browser.depart())

    for word in ("state", "code", "iss"):
        doubled = f"{callback}&{word}=x&{word}=y"
        assert told(await browser.come_back(doubled)) == STATE_INVALID


@pytest.mark.parametrize(
    "redirect_to",
    [
        "https://app.example.com/signed-in/",
        "https://app.example.com/signed-in?x=1",
        "https://app.example.com/signed-in#x",
        "https://app.example.com/signed-in/../evil",
        "https://app.example.com/Signed-In",
        "HTTPS://app.example.com/signed-in",
        "https://app.example.com:443/signed-in",
        "https://app.example.com.evil.example/signed-in",
        "https://app.example.com@evil.example/signed-in",
        "https://evil.example/?https://app.example.com/signed-in",
        "https://evil.example\\@app.example.com/signed-in",
        "//app.example.com/signed-in",
        "/signed-in",
        "javascript:alert(1)//https://app.example.com/signed-in",
        " https://app.example.com/signed-in",
        "https://app.example.com/signed-in\r\nSet-Cookie: a=b",
        "https://app.example.com/signed-in%00",
        "",
        "*",
    ],
)
async def test_no_redirect_url_but_those_in_the_settings(
    browser: Browser, redirect_to: str
) -> None:
    answer = await browser.depart(to=redirect_to)

    assert told(answer) == (400, "auth_redirect_refused")
    assert "set-cookie" not in answer.headers


async def test_a_redirect_url_is_checked_again_on_the_way_back(
    browser: Browser, world: Project
) -> None:
    callback = await browser.consent(await browser.depart())
    await world.set(redirect_urls=["https://elsewhere.example.com/"])

    assert told(await browser.come_back(callback)) == (400, "auth_redirect_refused")


async def test_a_provider_that_was_changed_meanwhile_is_not_believed(
    browser: Browser, world: Project
) -> None:
    callback = await browser.consent(await browser.depart())
    moved = {"issuer": "https://id.example.com", "client_secret": "x"}
    await world.set(providers={"corp": moved})

    assert told(await browser.come_back(callback)) == STATE_INVALID


@pytest.mark.parametrize("name", ["off", "nope", "google", "%2e%2e", "corp%00"])
async def test_a_provider_that_is_off_or_unknown_is_not_there(browser: Browser, name: str) -> None:
    answer = await browser.depart(name)

    assert answer.status_code in (400, 404)


async def test_a_user_who_declines_comes_back_with_an_error(browser: Browser) -> None:
    callback = await browser.consent(await browser.depart())
    denied = with_query(callback, code=None, error="access_denied")

    answer = await browser.come_back(denied)
    assert answer.headers["location"] == f"{APP}?error=auth_oauth_denied"


@pytest.mark.parametrize("code", [None, "", "nonsense", "x" * 5000, "a&grant_type=password"])
async def test_a_code_the_provider_did_not_give_leads_nowhere(
    browser: Browser, code: str | None
) -> None:
    callback = await browser.consent(await browser.depart())
    answer = await browser.come_back(with_query(callback, code=code))

    assert answer.headers["location"].startswith(f"{APP}?error=auth_oauth_")


async def test_a_code_of_another_sign_in_fails_at_pkce(
    browser: Browser, other_browser: Browser, issuer: Issuer
) -> None:
    """A stolen code put into one's own sign-in: the provider wants the thief's own verifier."""
    stolen = await other_browser.consent(await other_browser.depart())
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    own = await browser.consent(await browser.depart())

    answer = await browser.come_back(with_query(own, code=code))
    assert answer.headers["location"] == f"{APP}?error=auth_oauth_failed"
    assert len(issuer.token_requests[0]["code_verifier"]) >= 43


SOON = int(time.time()) + 3600
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "issuer with a slash more": {"iss": "SLASH"},
    "another audience": {"aud": "another-app"},
    "no audience": {"aud": None},
    "an audience that holds ours": {"aud": f"{CLIENT_ID}-2"},
    "two audiences, no party": {"aud": [CLIENT_ID, "another-app"]},
    "two audiences, another party": {"aud": [CLIENT_ID, "x"], "azp": "x"},
    "another party": {"azp": "another-app"},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "expired": {"exp": int(time.time()) - 120},
    "no end": {"exp": None},
    "an end that is text": {"exp": str(SOON)},
    "an end that is true": {"exp": True},
    "from the future": {"iat": SOON, "exp": SOON + 60},
    "from long ago": {"iat": 1},
    "not yet": {"nbf": SOON},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 5},
    "a subject that is a list": {"sub": ["a"]},
    "a subject too long": {"sub": "x" * 256},
    "a subject with NUL": {"sub": "a\0b"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_id_token_that_was_not_made_for_this_sign_in_is_refused(
    browser: Browser, issuer: Issuer, lie: str
) -> None:
    issuer.claims = dict(LIES[lie])
    if issuer.claims.get("iss") == "SLASH":
        issuer.claims["iss"] = issuer.url + "/"

    assert await browser.travel() == FAILED


def _part(header: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def _unsigned(token: str) -> str:
    return f"{_part({'alg': 'none'})}.{token.split('.')[1]}."


def _tampered(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _tampered,
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.rpartition(".")[0],
        lambda _: "",
        lambda _: "a.b.c",
        lambda _: "." * 5,
        lambda token: token + "x" * 20_000,
        lambda token: token.replace(".", ".\n"),
    ],
)
async def test_an_id_token_without_a_good_signature_is_refused(
    browser: Browser, issuer: Issuer, forge: Callable[[str], str]
) -> None:
    issuer.forge = forge

    assert await browser.travel() == FAILED


async def test_a_key_the_issuer_does_not_show_signs_nothing(
    browser: Browser, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.shown = [issuer.key]
    for key in (
        RSAKey.generate_key(2048, {"kid": "one"}),
        RSAKey.generate_key(2048, {"kid": "two"}),
        ECKey.generate_key("P-256", {"kid": "one"}),
    ):
        monkeypatch.setattr(issuer, "key", key)
        assert await browser.travel() == FAILED


async def test_the_public_key_as_an_hmac_secret_signs_nothing(
    browser: Browser, issuer: Issuer
) -> None:
    public = issuer.key.as_pem(private=False)  # type: ignore[union-attr]  # an RSA key

    def forge(token: str) -> str:
        said = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{token.split('.')[1]}"
        signature = hmac.new(public, said.encode(), hashlib.sha256).digest()
        return f"{said}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    issuer.forge = forge
    assert await browser.travel() == FAILED


async def test_a_symmetric_key_among_the_issuers_keys_is_not_believed(
    browser: Browser, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "key", OctKey.generate_key(256, {"kid": "oct"}))

    assert await browser.travel() == FAILED


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://127.0.0.1/cert"},
        {"jwk": {"kty": "oct"}},
        {"b64": False},
        {"kid": "../../keys"},
        {"kid": 5},
    ],
)
async def test_a_header_that_would_change_how_it_is_read_is_refused(
    browser: Browser, issuer: Issuer, header: dict[str, Any]
) -> None:
    def forge(token: str) -> str:
        head = _part({"alg": "RS256", "kid": "one"} | header)
        return ".".join((head, *token.split(".")[1:]))

    issuer.forge = forge
    assert await browser.travel() == FAILED


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id_token": None},
        {"id_token": 5},
        {"id_token": {}},
        {"error": "x"},
        {"access_token": "a"},
    ],
)
async def test_a_provider_that_proves_nothing_is_not_believed(
    browser: Browser, issuer: Issuer, answer: dict[str, Any]
) -> None:
    issuer.answer = answer

    assert await browser.travel() == FAILED


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 5},
    ],
)
async def test_an_issuer_that_says_it_is_another_is_not_asked(
    browser: Browser, issuer: Issuer, metadata: dict[str, Any]
) -> None:
    issuer.metadata = metadata

    assert told(await browser.depart()) == (502, "auth_oauth_failed")


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd", None]
)
async def test_an_issuers_endpoints_lead_to_nothing_of_ours(
    browser: Browser, issuer: Issuer, endpoint: str, url: str | None
) -> None:
    issuer.metadata = {endpoint: url}

    assert await browser.travel() == FAILED


async def test_the_iss_of_the_callback_must_be_the_issuer(
    browser: Browser, world: Project, issuer: Issuer
) -> None:
    callback = await browser.consent(await browser.depart())
    wrong = await browser.come_back(with_query(callback, iss="https://evil.example"))
    assert wrong.headers["location"] == f"{APP}?error=auth_oauth_failed"

    issuer.metadata = {"authorization_response_iss_parameter_supported": True}
    world.services.documents._held.clear()
    assert await browser.travel() == FAILED
    callback = await browser.consent(await browser.depart())
    right = await browser.come_back(with_query(callback, iss=issuer.url))
    assert "code=" in right.headers["location"]


async def test_an_issuer_without_encryption_needs_the_operators_leave(
    browser: Browser, world: Project
) -> None:
    provider = {"type": "oidc", "issuer": "http://id.example.com", "client_id": "x"}
    await world.set(providers={"plain": provider})

    assert told(await browser.depart("plain")) == (502, "auth_oauth_failed")


@pytest.mark.parametrize(
    "issuer_url", ["https://127.0.0.1:1", "https://[::1]", "https://localhost"]
)
async def test_discovery_reaches_nothing_of_ours(
    browser: Browser, world: Project, issuer_url: str
) -> None:
    await world.set(providers={"inner": {"type": "oidc", "issuer": issuer_url, "client_id": "x"}})

    assert told(await browser.depart("inner")) == (502, "auth_oauth_failed")


@pytest.mark.parametrize(
    "body", [{}, {"code": ""}, {"code": ["x"]}, {"code": "x", "code_verifier": "short"}, {"a": 1}]
)
async def test_a_code_that_cannot_be_one_is_422(world: Project, body: dict[str, Any]) -> None:
    answer = await world.client.post(f"{world.auth}/oauth/exchange", json=body)

    assert answer.status_code == 422


async def test_an_unknown_code_is_401(browser: Browser) -> None:
    assert told(await browser.exchange("x" * 43)) == (401, "auth_token_invalid")
