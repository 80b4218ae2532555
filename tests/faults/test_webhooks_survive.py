"""Webhooks where processes die and work side by side: nothing is lost, and one event has one id."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.faults.nodes import Node, observer, serving
from tests.faults.world import ENTRIES, Home, home_at, seen_from
from tests.features.webhooks.receiver import Received, Receiver, receiving
from tests.waiting import PATIENCE_SECONDS, until

SCHEDULE = "0,0.5,0.5,0.5,0.5,0.5,0.5,0.5"
AFTER_A_LEASE = PATIENCE_SECONDS


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@contextlib.contextmanager
def sending(data: Path, receiver: Receiver) -> Iterator[Node]:
    """A node that may send to the receiver."""
    options = {"rate_limits": "off", "log_level": "warning", "webhook_schedule": SCHEDULE}
    with serving(data, egress_allow=receiver.netloc, **options) as node:
        yield node
    assert node.faults() == []


async def hook(home: Home, receiver: Receiver, path: str) -> dict[str, Any]:
    body = {"url": receiver.url(path), "events": ["record.*"]}
    made: dict[str, Any] = await home.ok("POST", "/webhooks", json=body)
    return made


async def write(home: Home, marks: list[str]) -> None:
    await home.ok("POST", "/data/entries", json=[{"mark": mark} for mark in marks])


async def test_what_a_killed_process_was_sending_is_sent_again_under_its_id(
    data: Path, receiver: Receiver
) -> None:
    with sending(data, receiver) as node:
        async with home_at(node, ENTRIES) as home:
            made = await hook(home, receiver, "killed")
            receiver.seconds = 60
            await write(home, ["a", "b"])
            first = await receiver.wait("killed", 2)
            node.kill()
            receiver.seconds = 0
            node.start()
            got = await receiver.wait("killed", 4, AFTER_A_LEASE)
            assert _by_mark(got[:2]) == _by_mark(got[2:]) == _by_mark(first)
            for each in got:
                each.verified(made["secret"])
            shown = await _settled(home, made, 2)
            assert {each["status"] for each in shown} == {"succeeded"}


async def test_two_processes_share_the_work_and_send_nothing_twice(
    data: Path, receiver: Receiver
) -> None:
    with sending(data, receiver) as one, sending(data, receiver) as other:
        async with home_at(one, ENTRIES) as home, seen_from(other, home) as there:
            hooks = [await hook(home, receiver, f"shared-{n}") for n in range(4)]
            marks = [f"m{number}" for number in range(200)]
            for start in range(0, 200, 10):
                await write((home, there)[start // 10 % 2], marks[start : start + 10])
            for number, made in enumerate(hooks):
                got = await receiver.wait(f"shared-{number}", 200, AFTER_A_LEASE)
                await _settled(home, made, 200)
                assert Counter(_mark(each) for each in got) == Counter(marks)


async def test_when_one_of_two_is_killed_the_other_sends_the_rest(
    data: Path, receiver: Receiver
) -> None:
    with sending(data, receiver) as one, sending(data, receiver) as other:
        async with home_at(one, ENTRIES) as home:
            hooks = [await hook(home, receiver, f"left-{n}") for n in range(4)]
            receiver.seconds = 0.05
            for start in range(0, 200, 20):
                await write(home, [f"m{number}" for number in range(start, start + 20)])
            await receiver.wait("left-0", 40)
            other.kill()
            for number, made in enumerate(hooks):
                await _settled(home, made, 200)
                got = receiver.at(f"left-{number}")
                assert {_mark(each) for each in got} == {f"m{n}" for n in range(200)}
                ids = {(_mark(each), each.id, each.body) for each in got}
                assert len(ids) == 200, "an event has one id and one body"
            other.start()


async def test_an_orderly_end_gives_the_endpoints_back_at_once(
    data: Path, receiver: Receiver
) -> None:
    with sending(data, receiver) as node:
        async with home_at(node, ENTRIES) as home:
            made = await hook(home, receiver, "orderly")
            receiver.seconds = 3_600
            await write(home, ["a"])
            await receiver.wait("orderly", 1)
            first = await _leased_by(node, made)
            assert first is not None
            assert node.stop() == 0
            receiver.seconds = 0
            node.start()
            assert await _leased_by(node, made) != first
            await receiver.wait("orderly", 2)
            await _settled(home, made, 1)


async def _leased_by(node: Node, made: dict[str, Any]) -> Any:
    async with observer(node.data) as connection:
        text = "SELECT leased_by FROM backendify.webhook_endpoints WHERE id = $1"
        return await connection.fetchval(text, UUID(made["id"]))


async def _settled(home: Home, made: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The deliveries, once none of them waits and there are so many."""
    path = f"/webhooks/{made['id']}/deliveries?limit=1000"

    async def done() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await home.ok("GET", path))["data"]
        told = Counter(each["status"] for each in found)
        return found if told == {"succeeded": count} else []

    settled: list[dict[str, Any]] = await until(done, every=0.2)
    return settled


def _mark(received: Received) -> str:
    return str(received.json["data"]["record"]["mark"])


def _by_mark(received: list[Received]) -> dict[str, tuple[str, bytes]]:
    return {_mark(each): (each.id, each.body) for each in received}
