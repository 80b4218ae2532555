"""Whose session it is: what the Python client keeps, forgets and sends, told without a network."""

import base64
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from backendify_client import (
    BackendifyError,
    Client,
    FileStorage,
    MemoryStorage,
    MfaRequiredError,
    Retry,
    Storage,
    Tokens,
)

Server = Callable[[httpx.Request], httpx.Response]
NOW = time.time()
DAY = 86_400.0  # tests may begin long after they were read
USER = {"id": "ann", "email": "ann@example.com"}


def tokens_of(user: str, number: int = 1, *, seconds: float = DAY) -> Tokens:
    stated = base64.urlsafe_b64encode(json.dumps({"sub": user}).encode()).decode().rstrip("=")
    return Tokens(f"{number}.{stated}.x", f"{user}{number}", NOW + seconds)


def answered(tokens: Tokens) -> httpx.Response:
    body = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
    return httpx.Response(200, json={**body, "expires_in": 600, "user": USER})


def refused(_: httpx.Request | None = None) -> httpx.Response:
    return httpx.Response(401, json={"code": "auth_token_invalid", "detail": "No."})


def client_of(server: Server, storage: Storage, **options: Any) -> Client:
    http = httpx.Client(transport=httpx.MockTransport(server))
    return Client("http://server", "shop", http=http, storage=storage, **options)


SIGNING: dict[str, Callable[[Client], object]] = {
    "register": lambda client: client.auth.register("a@example.com", "x"),
    "login": lambda client: client.auth.login("a@example.com", "x"),
    "otp": lambda client: client.auth.send_code("a@example.com"),
    "otp/verify": lambda client: client.auth.verify_code("a@example.com", "1"),
    "magic-link": lambda client: client.auth.send_magic_link("a@example.com"),
    "magic-link/verify": lambda client: client.auth.verify_magic_link("t"),
    "password/forgot": lambda client: client.auth.forgot_password("a@example.com"),
    "password/reset": lambda client: client.auth.reset_password("t", "x"),
    "mfa/verify": lambda client: client.auth.mfa.verify("t", "1"),
    "oauth": lambda client: client.auth.oauth.providers(),
    "oauth/exchange": lambda client: client.auth.oauth.exchange("c"),
}


@pytest.mark.parametrize("path", SIGNING)
@pytest.mark.parametrize("seconds", [-1, DAY])
def test_a_session_that_has_ended_keeps_nobody_from_signing_in(path: str, seconds: float) -> None:
    sent: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.path.endswith("/refresh") or "authorization" in request.headers:
            return refused()
        if path == "oauth":
            return httpx.Response(200, json={"data": []})
        return answered(tokens_of("ann", 2))

    with client_of(server, MemoryStorage(tokens_of("ann", seconds=seconds)), key="bk_x") as client:
        SIGNING[path](client)

    assert [each.url.path.partition("/auth/")[2] for each in sent] == [path]


@pytest.mark.parametrize("now", [None, tokens_of("bob")])
@pytest.mark.parametrize("late", [refused(), answered(tokens_of("ann", 2))], ids=["dead", "new"])
def test_who_signed_out_or_in_while_a_session_was_renewed_has_the_last_word(
    now: Tokens | None, late: httpx.Response
) -> None:
    storage = MemoryStorage(tokens_of("ann"))
    sent: list[str | None] = []

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/refresh"):
            storage.save(now)
            return late
        sent.append(request.headers.get("authorization"))
        return refused()

    with (
        client_of(server, storage) as client,
        pytest.raises(BackendifyError, match="auth_token_invalid"),
    ):
        client.collection("posts").create({"title": "Ann's"})

    assert storage.load() == now
    assert sent == [f"Bearer {tokens_of('ann').access_token}"]


def test_what_was_begun_as_one_user_is_not_sent_again_as_another() -> None:
    storage, sent = MemoryStorage(tokens_of("ann")), []

    def server(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["authorization"])
        storage.save(tokens_of("bob"))
        return httpx.Response(503) if len(sent) == 1 else refused()

    with (
        client_of(server, storage, retry=Retry(first=0)) as client,
        pytest.raises(BackendifyError, match="auth_token_invalid"),
    ):
        client.collection("posts").create({"title": "Ann's"})

    assert sent == [f"Bearer {tokens_of('ann').access_token}"] * 2
    assert storage.load() == tokens_of("bob")


def test_another_process_may_have_renewed_it_already() -> None:
    storage, renewed = MemoryStorage(tokens_of("ann")), tokens_of("ann", 2)

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/refresh"):
            storage.save(renewed)
            return refused()
        is_new = request.headers["authorization"] == f"Bearer {renewed.access_token}"
        return httpx.Response(200, json=USER) if is_new else refused()

    with client_of(server, storage) as client:
        assert client.auth.me()["id"] == "ann"
    assert storage.load() == renewed


def test_a_second_factor_is_no_malformed_answer() -> None:
    body = {"mfa_required": True, "mfa_token": "t"}
    with (
        client_of(lambda _: httpx.Response(200, json=body), MemoryStorage()) as client,
        pytest.raises(MfaRequiredError) as asked,
    ):
        client.auth.login("a@example.com", "x")
    assert asked.value.token == "t"


def test_no_secret_is_shown() -> None:
    tokens = tokens_of("ann")
    with client_of(refused, MemoryStorage(tokens), key="bk_secret") as client:
        shown = repr(tokens) + repr(client._exchange)

    assert "bk_secret" not in shown
    assert tokens.access_token not in shown
    assert tokens.refresh_token not in shown


def test_a_file_is_written_through_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = tmp_path / "tokens.json", tmp_path / "other"
    other.write_text("theirs")
    monkeypatch.setattr("os.getpid", lambda: 7)
    for link in (path, tmp_path / "tokens.json.7"):
        link.symlink_to(other)

    FileStorage(path).save(tokens_of("ann"))

    assert other.read_text() == "theirs"
    assert FileStorage(path).load() is not None


def test_threads_may_write_one_file(tmp_path: Path) -> None:
    storage, begin = FileStorage(tmp_path / "tokens.json"), threading.Barrier(8)

    def save(number: int) -> None:
        begin.wait()
        for _ in range(50):
            storage.save(tokens_of("ann", number))
            assert storage.load() is not None

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(save, range(8)))

    assert [each.name for each in tmp_path.iterdir()] == ["tokens.json"]


@pytest.mark.parametrize(
    "text",
    ["[1]", "{}", "null", "[" * 100_000, '{"access_token": 1}'],
    ids=["list", "empty", "null", "deep", "other"],
)
def test_a_file_without_tokens_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens.json").write_text(text)

    assert FileStorage(tmp_path / "tokens.json").load() is None
