"""Answers that are not what they should be are one kind of error in the Python client."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backendify_client import BackendifyError, Client, Retry

DEEP = b"[" * 100_000


def client_of(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    http = httpx.Client(transport=httpx.MockTransport(answer))
    return Client("http://server", "shop", key="bk_x", http=http, retry=Retry(times=1, first=0))


@pytest.mark.parametrize(
    "problem",
    [
        {"code": "a_code", "errors": ["x", None, []]},
        {"code": "a_code", "errors": 5},
        {"code": "a_code", "errors": {}},
        {"code": "a_code", "hint": 5, "request_id": ["x"], "detail": {}},
    ],
    ids=str,
)
def test_a_problem_may_be_malformed(problem: dict[str, Any]) -> None:
    with (
        client_of(lambda _: httpx.Response(400, json=problem)) as client,
        pytest.raises(BackendifyError) as told,
    ):
        client.collection("posts").get("1")
    assert (told.value.status, told.value.code, told.value.errors) == (400, "a_code", ())


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}], ids=["deep", "gzip"])
def test_a_body_may_be_broken(status: int, headers: dict[str, str]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(DEEP))

    with client_of(answer) as client, pytest.raises(BackendifyError):
        client.collection("posts").get("1")


CALLS: dict[str, Callable[[Client], object]] = {
    "list": lambda client: client.collection("posts").list(),
    "get": lambda client: client.collection("posts").get("1"),
    "create": lambda client: client.collection("posts").create({}),
    "create_many": lambda client: client.collection("posts").create_many([{}]),
    "update_many": lambda client: client.collection("posts").update_many({}, {}, max_affected=1),
    "aggregate": lambda client: client.collection("posts").aggregate(count="*"),
    "batch": lambda client: client.batch().run(),
    "login": lambda client: client.auth.login("a@example.com", "x"),
    "me": lambda client: client.auth.me(),
    "change_password": lambda client: client.auth.change_password("x", "y"),
    "recovery codes": lambda client: client.auth.mfa.renew_recovery_codes(password="x"),
    "providers": lambda client: client.auth.oauth.providers(),
}
TOKENS = '{"access_token": null, "refresh_token": [], "expires_in": 5, "user": {}}'
RECORDS = ("get", "create", "me")
BODIES = [
    *((name, body) for name in CALLS for body in ("null", "[1]", '"x"')),
    *((name, '{"data": null, "page": 5}') for name in CALLS if name not in (*RECORDS, "login")),
    ("login", TOKENS),
    ("batch", '{"data": [1]}'),
]


@pytest.mark.parametrize(("name", "body"), BODIES)
def test_an_answer_may_be_another(name: str, body: str) -> None:
    with (
        client_of(lambda _: httpx.Response(200, text=body)) as client,
        pytest.raises(BackendifyError) as told,
    ):
        CALLS[name](client)
    assert (told.value.status, told.value.code) == (200, "unexpected_answer")


@pytest.mark.parametrize(
    "text",
    [
        b"id: abc\n\n",
        b"id: 1\nevent: record.created\ndata: {\n\n",
        b"id: 1\nevent: record.created\ndata: [1]\n\n",
        b"id: 1\nevent: record.created\ndata: {}\n\n",
        b"id: 1\nevent: record.created\ndata: " + DEEP + b"\n\n",
    ],
    ids=["id", "cut", "list", "empty", "deep"],
)
def test_a_stream_may_be_malformed(text: bytes) -> None:
    with (
        client_of(lambda _: httpx.Response(200, content=text)) as client,
        pytest.raises(BackendifyError, match="unexpected_answer"),
        client.collection("posts").subscribe() as events,
    ):
        next(events)


def test_a_stream_that_cannot_be_unpacked_begins_again() -> None:
    opened: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        opened.append(request.headers.get("last-event-id"))
        if len(opened) == 1:
            return httpx.Response(
                200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"x")
            )
        return httpx.Response(200, content=b"id: 7\n\n")

    with client_of(answer) as client, client.collection("posts").subscribe() as events:
        assert events.position == 7
    assert len(opened) == 2
