"""What the Python client sends again, when, and what it leaves alone: told without a network."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backendify_client import BackendifyError, MemoryStorage, NetworkError, Retry
from backendify_client.exchange import Call, Exchange
from backendify_client.steps import Send, Sleep

Outcome = httpx.Response | httpx.TransportError
EXCHANGE = Exchange(
    url="http://server/api/projects/shop",
    key="bk_x",
    storage=MemoryStorage(),
    retry=Retry(times=3, first=1, longest=10),
    timeout=httpx.Timeout(5),
)
READ = Call("GET", "/data/posts")
WRITE = Call("POST", "/data/posts", json={"title": "x"}, keyed=True)
PLAIN = Call("POST", "/auth/login", json={})
DONE = httpx.Response(200, json={"id": "1"})
PASSING = [
    *(httpx.Response(status, text="<h1>Busy</h1>") for status in (429, 502, 503, 504)),
    httpx.Response(409, json={"code": "idempotency_key_in_use"}),
]


def carried_out(call: Call, outcomes: Sequence[Outcome]) -> tuple[list[httpx.Request], list[float]]:
    """What is sent, and how long is waited, while the network answers with ``outcomes``."""
    steps, coming = EXCHANGE.ask(call), iter(outcomes)
    sent: list[httpx.Request] = []
    waited: list[float] = []
    outcome: Any = None
    while True:
        try:
            effect = steps.send(outcome)
        except StopIteration:
            return sent, waited
        if isinstance(effect, Sleep):
            waited.append(effect.seconds)
            outcome = None
        else:
            assert isinstance(effect, Send)
            sent.append(effect.request)
            outcome = next(coming)


@pytest.mark.parametrize("call", [READ, WRITE])
@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        *(httpx.Response(status) for status in (429, 502, 503, 504)),
        httpx.Response(409, headers={"retry-after": "1"}),
        httpx.Response(409, json={"code": "idempotency_key_in_use"}),
    ],
    ids=str,
)
def test_what_passes_is_sent_again_under_the_same_key(call: Call, fault: Outcome) -> None:
    sent, waited = carried_out(call, [fault, DONE])

    assert len(sent) == 2
    assert len(waited) == 1
    keys = {request.headers.get("idempotency-key") for request in sent}
    assert len(keys) == 1
    assert (None in keys) == (call is READ)


def test_it_waits_longer_each_time_and_gives_up() -> None:
    steps = [httpx.Response(503) for _ in range(4)]

    with pytest.raises(BackendifyError) as given_up:
        carried_out(WRITE, steps)
    _, waited = carried_out(WRITE, [*steps[:3], DONE])

    assert given_up.value.status == 503
    for due, seconds in zip((1, 2, 4), waited, strict=True):
        assert due / 2 <= seconds <= due


def test_it_waits_as_long_as_the_server_asks_within_reason() -> None:
    _, waited = carried_out(READ, [httpx.Response(429, headers={"retry-after": "7"}), DONE])
    assert waited == [7]

    with pytest.raises(BackendifyError) as later:
        carried_out(READ, [httpx.Response(429, headers={"retry-after": "11"}), DONE])
    assert later.value.retry_after == 11


@pytest.mark.parametrize("fault", [httpx.ReadError("reset"), httpx.Response(503)], ids=str)
def test_what_might_be_done_twice_is_not_sent_again(fault: Outcome) -> None:
    with pytest.raises(BackendifyError):
        carried_out(PLAIN, [fault, DONE])


@pytest.mark.parametrize("fault", [httpx.ConnectError("refused"), httpx.Response(429)], ids=str)
def test_what_was_never_carried_out_is_always_sent_again(fault: Outcome) -> None:
    sent, _ = carried_out(PLAIN, [fault, DONE])
    assert len(sent) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422, 500])
def test_what_stays_so_is_told_at_once(status: int) -> None:
    with pytest.raises(BackendifyError) as told:
        carried_out(WRITE, [httpx.Response(status, json={"code": "some_code", "detail": "Why."})])
    assert (told.value.code, str(told.value)) == ("some_code", "some_code: Why.")


def test_no_answer_is_an_error_that_names_its_cause() -> None:
    cause = httpx.ReadTimeout("slow")

    with pytest.raises(NetworkError) as told:
        carried_out(WRITE, [cause] * 4)

    assert told.value.code == "network_error"
    assert told.value.__cause__ is cause


def test_an_answer_that_is_no_problem_has_a_code_all_the_same() -> None:
    with pytest.raises(BackendifyError) as told:
        carried_out(PLAIN, [httpx.Response(502, text="<h1>Bad gateway</h1>")])
    assert told.value.code == "http_502"


def test_a_page_in_place_of_an_answer_is_an_error() -> None:
    with pytest.raises(BackendifyError) as told:
        EXCHANGE.read(httpx.Response(200, text="<h1>Welcome to nginx</h1>"))
    assert (told.value.status, told.value.code) == (200, "not_json")


@given(st.lists(st.sampled_from([*PASSING, httpx.ReadError("reset")]), max_size=3))
def test_whatever_goes_wrong_the_same_is_sent_again(faults: list[Outcome]) -> None:
    sent, _ = carried_out(WRITE, [*faults, DONE])

    assert len(sent) == len(faults) + 1
    assert len({(each.headers["idempotency-key"], each.content) for each in sent}) == 1
