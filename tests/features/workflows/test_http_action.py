"""``http.request`` against a real server on loopback; ``log``."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from app.core.action import ActionContext, ActionFailedError
from app.core.http_client import HttpClient
from app.features.workflows.actions.http import HTTP_REQUEST, LONGEST_TEXT
from app.features.workflows.actions.log import LOG
from tests.features.workflows.peer import Peer, serving
from tests.features.workflows.running import run_action

NOBODY = UUID(int=1)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with serving() as peer:
        yield peer


@pytest.fixture
async def context(peer: Peer) -> AsyncIterator[ActionContext]:
    """What the action uses of the services is the real client, and nothing else."""
    services = SimpleNamespace(http=HttpClient((peer.netloc,)))
    yield ActionContext(services, None, NOBODY, "run:step", "run", NOBODY, 0)
    await services.http.close()


async def send(context: ActionContext, **given: Any) -> dict[str, Any]:
    output: dict[str, Any] = (await run_action(HTTP_REQUEST, context, **given))["response"]
    return output


async def failure(context: ActionContext, **given: Any) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as caught:
        await send(context, **given)
    return caught.value


async def test_a_request_is_sent_and_its_answer_told(context: ActionContext, peer: Peer) -> None:
    response = await send(
        context,
        method="POST",
        url=peer.url("/orders?a=1#part"),
        headers={"Authorization": "Bearer s3cret", "X-Number": 5, "X-None": None},
        query={"q": "ä b&c", "n": [1, True, None], "none": None},
        json={"total": Decimal("12.50"), "text": "ä"},
    )

    told = response["json"]
    assert response["status"] == 200
    assert response["cut"] is False
    assert json.loads(response["text"]) == told
    assert response["headers"] == {"content-type": "application/json; charset=utf-8"}
    assert told["method"] == "POST"
    assert parse_qs(told["query"]) == {"a": ["1"], "q": ["ä b&c"], "n": ["1", "true"]}
    assert told["body"] == '{"total":12.50,"text":"ä"}'
    assert told["headers"]["content-type"] == "application/json"
    assert told["headers"]["authorization"] == "Bearer s3cret"
    assert told["headers"]["x-number"] == "5"
    assert "x-none" not in told["headers"]
    assert told["headers"]["idempotency-key"] == "run:step"


async def test_every_attempt_has_the_steps_key_unless_it_names_one(
    context: ActionContext, peer: Peer
) -> None:
    for _ in range(2):
        await send(context, url=peer.url("/"))
    await send(context, url=peer.url("/"), headers={"idempotency-key": "mine"})

    keys = [each["headers"]["idempotency-key"] for each in peer.requests]
    assert keys == ["run:step", "run:step", "mine"]


@pytest.mark.parametrize(
    ("given", "content_type", "body"),
    [
        ({"json": None}, "application/json", "null"),
        ({"json": [1]}, "application/json", "[1]"),
        ({"form": {"a": "1 2", "b": [3, 4]}}, "application/x-www-form-urlencoded", "a=1+2&b=3&b=4"),
        ({"body": "<a/>"}, "text/plain; charset=utf-8", "<a/>"),
        ({"body": "<a/>", "headers": {"Content-Type": "text/xml"}}, "text/xml", "<a/>"),
        ({}, None, ""),
    ],
)
async def test_bodies_have_three_spellings(
    context: ActionContext, peer: Peer, given: Any, content_type: str | None, body: str
) -> None:
    told = (await send(context, method="PUT", url=peer.url("/"), **given))["json"]

    assert told["headers"].get("content-type") == content_type
    assert told["body"] == body


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(500, True), (503, True), (408, True), (425, True), (429, True), (400, False), (404, False),
     (409, False), (422, False), (301, False), (304, False)],
)  # fmt: skip
async def test_an_answer_nobody_wanted_fails_the_step_and_is_shown(
    context: ActionContext, peer: Peer, status: int, retryable: bool
) -> None:
    peer.will_answer("/x", status, b"no", Retry_After="7", Set_Cookie="a=b", Server="x")

    error = await failure(context, method="POST", url=peer.url("/x"))

    assert (error.code, error.retryable) == ("http_status", retryable)
    assert error.output["response"]["status"] == status
    assert error.output["response"]["headers"] == {"content-type": "text/plain", "retry-after": "7"}
    if status not in (304,):
        assert error.output["response"]["text"] == "no"


@pytest.mark.parametrize(
    ("header", "pause"), [("7", 7), ("999999", 3_600), ("-1", 0), ("soon", 0), ("9" * 4_000, 0)]
)
async def test_a_server_that_says_when_to_come_back_is_heard_within_reason(
    context: ActionContext, peer: Peer, header: str, pause: float
) -> None:
    peer.will_answer("/x", 429, b"no", Retry_After=header)

    assert (await failure(context, url=peer.url("/x"))).pause == pause


async def test_a_status_can_be_accepted(context: ActionContext, peer: Peer) -> None:
    peer.will_answer("/x", 404)

    assert (await send(context, url=peer.url("/x"), accept_status=[404]))["status"] == 404


async def test_reading_follows_redirects_and_takes_no_credentials_along(
    context: ActionContext, peer: Peer
) -> None:
    peer.will_answer("/from", 302, Location="/to")

    response = await send(context, url=peer.url("/from"), headers={"Authorization": "s3cret"})

    assert response["json"]["path"] == "/to"
    assert "authorization" not in response["json"]["headers"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]/", "http://169.254.169.254/latest",
     "http://2130706433/", "http://0/", "http://10.0.0.1/"],
)  # fmt: skip
async def test_addresses_within_are_refused_for_good(context: ActionContext, url: str) -> None:
    error = await failure(context, url=url)

    assert (error.code, error.retryable) == ("egress_refused", False)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.test/", "http://u:p@a.test/", "x"])
async def test_what_is_no_web_address_is_refused_for_good(context: ActionContext, url: str) -> None:
    error = await failure(context, url=url)

    assert (error.code, error.retryable) == ("egress_url_invalid", False)


async def test_secrets_go_only_to_hosts_that_they_may_go_to(
    context: ActionContext, peer: Peer
) -> None:
    limited = replace(context, allowed_hosts=frozenset({"api.example.com"}))
    error = await failure(limited, url=peer.url("/"))
    assert (error.code, error.retryable) == ("secret_host_refused", False)
    assert peer.requests == []

    allowed = replace(context, allowed_hosts=frozenset({"127.0.0.1"}))
    assert (await send(allowed, url=peer.url("/")))["status"] == 200


async def test_a_server_that_does_not_answer_may_be_tried_again(
    context: ActionContext, peer: Peer
) -> None:
    peer.answers["/slow"] = [b"hang"]
    peer.answers["/odd"] = [b"nonsense\r\n\r\n"]

    slow = await failure(context, url=peer.url("/slow"), timeout_seconds=0.2)
    odd = await failure(context, url=peer.url("/odd"))

    assert (slow.code, slow.retryable) == ("egress_failed", True)
    assert (odd.code, odd.retryable) == ("egress_failed", True)


async def test_a_long_answer_is_cut(context: ActionContext, peer: Peer) -> None:
    peer.will_answer("/long", 200, b"x" * (LONGEST_TEXT + 1))
    peer.will_answer("/huge", 200, b"[" + b"1," * 1_000_000 + b"1]", "application/json")

    long = await send(context, url=peer.url("/long"))
    huge = await send(context, url=peer.url("/huge"))

    assert (len(long["text"]), long["cut"]) == (LONGEST_TEXT, True)
    assert (len(huge["text"]), huge["cut"], huge["json"]) == (LONGEST_TEXT, True, None)


@pytest.mark.parametrize(
    ("body", "content_type", "text", "parsed"),
    [
        (b'{"a": 1.10}', "text/plain", '{"a": 1.10}', {"a": Decimal("1.10")}),
        ("ä".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ä", None),
        ("ä".encode(), "text/plain", "ä", None),
        (b"\xff\x00a", "text/plain", "��a", None),
        (b"+ADw-", "text/plain; charset=utf-7", "+ADw-", None),
        (b'"\\ud800"', "application/json", '"\\ud800"', None),
        (b"[" * 5000, "application/json", "[" * 5000, None),
        (b"NaN", "application/json", "NaN", None),
    ],
)
async def test_any_answer_can_be_stored(
    context: ActionContext, peer: Peer, body: bytes, content_type: str, text: str, parsed: Any
) -> None:
    peer.will_answer("/x", 200, body, content_type)

    response = await send(context, url=peer.url("/x"))

    assert (response["text"], response["json"]) == (text, parsed)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "internal"},
        {"Content-Length": "0"},
        {"transfer-encoding": "chunked"},
        {"X-A": "a\r\nX-B: b"},
        {"X-A\r\nX-B": "b"},
        {"X A": "b"},
        {"X-A": "\x00"},
        {"": "a"},
        {"X-A": "ä"},
    ],
)
async def test_headers_cannot_be_smuggled(
    context: ActionContext, peer: Peer, headers: dict[str, str]
) -> None:
    error = await failure(context, url=peer.url("/"), headers=headers)

    assert (error.code, error.retryable) == ("http_header_invalid", False)
    assert peer.requests == []


@pytest.mark.parametrize(
    "given",
    [
        {"json": 1, "body": "x"},
        {"form": {}, "json": None},
        {"timeout_seconds": 61},
        {"timeout_seconds": 0},
        {"method": "CONNECT"},
        {"headers": {"a": {}}},
        {"verify": False},
    ],
)
def test_parameters_have_a_shape(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HTTP_REQUEST.params.model_validate({"url": "http://a.test"} | given)


async def test_a_line_goes_to_the_run_and_its_message_to_the_servers_log(
    context: ActionContext,
) -> None:
    with capture_logs() as lines:
        output = await run_action(LOG, context, message="hello", level="warning", data={"a": "s3"})

    assert output == {"message": "hello", "level": "warning", "data": {"a": "s3"}}
    [line] = lines
    assert (line["log_level"], line["message"], line["run_id"]) == ("warning", "hello", str(NOBODY))
    assert "s3" not in str(line)
