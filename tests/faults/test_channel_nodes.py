"""Channels across server processes: one is killed, its listening connection is cut, it stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.faults.nodes import Node, observer
from tests.faults.world import Home, cut_listeners, home_at, until_heard
from tests.features.realtime.listening import Wire, wired
from tests.waiting import until

PAYLOADS = 160
MEMBERS = "SELECT count(*) FROM backendify.channel_members WHERE project_id = $1"


@asynccontextmanager
async def wire_at(node: Node, home: Home) -> AsyncIterator[Wire]:
    token = home.client.headers["authorization"].removeprefix("Bearer ")
    async with wired(node.base, f"{home.url}/realtime/ws", token) as wire:
        yield wire


async def join(wire: Wire, **more: Any) -> dict[str, Any]:
    ack = await wire.ask(type="join", id="c", channel="room:1", **more)
    assert ack["type"] == "ack", ack
    return ack


async def test_what_is_said_at_one_node_is_heard_at_the_other_in_order(
    node: Node, other: Node
) -> None:
    async with home_at(node) as home, wire_at(node, home) as a, wire_at(other, home) as b:
        await join(a)
        await join(b)
        for number in range(PAYLOADS):
            payload = {"n": number, "text": "x" * (number * 20 % 6_000)}
            await a.say(type="broadcast", id="c", event="e", payload=payload)
            if number % 40 == 39:
                await asyncio.sleep(1.1)  # so many a second
        heard = [(await b.hear())["payload"]["n"] for _ in range(PAYLOADS)]
        assert heard == list(range(PAYLOADS))
        await b.say(type="broadcast", id="c", event="e", payload={})
        assert (await a.hear())["type"] == "broadcast"


async def test_members_are_present_on_both_nodes_until_theirs_is_killed(
    node: Node, other: Node
) -> None:
    async with home_at(other) as home, wire_at(other, home) as stays:
        await join(stays, presence={"name": "stays"})
        async with wire_at(node, home) as dies:
            ack = await join(dies, presence={"name": "dies"})
            assert [each["presence"]["name"] for each in ack["present"]] == ["stays", "dies"]
            (joined,) = (await stays.hear())["joined"]
            assert joined["presence"] == {"name": "dies"}
            node.kill()
            assert [each["ref"] for each in (await stays.hear())["left"]] == [joined["ref"]]
        node.start()
        async with wire_at(node, home) as again:
            ack = await join(again)
            assert [each["presence"]["name"] for each in ack["present"]] == ["stays"]


async def test_members_of_a_node_that_stops_in_order_leave_at_once(node: Node, other: Node) -> None:
    async with home_at(other) as home, wire_at(other, home) as stays:
        await join(stays)
        async with wire_at(node, home) as leaves:
            await join(leaves, presence={})
            assert len((await stays.hear())["joined"]) == 1
            async with observer(other.data) as connection:
                await asyncio.to_thread(node.stop)
                assert await connection.fetchval(MEMBERS, home.project) == 0, (
                    "nobody waits until it is missed"
                )
            assert len((await stays.hear())["left"]) == 1
        node.start()


async def test_a_node_whose_connections_were_cut_learns_who_came_meanwhile(
    node: Node, other: Node
) -> None:
    async with home_at(node) as home, wire_at(node, home) as a, wire_at(other, home) as b:
        await join(a)
        async with observer(node.data) as connection:
            await cut_listeners(connection)
            await join(b, presence={"name": "Bob"})
            (joined,) = (await a.hear())["joined"]
            assert joined["presence"] == {"name": "Bob"}
            await until_heard(connection)
        await b.say(type="broadcast", id="c", event="e", payload=1)
        assert (await a.hear())["payload"] == 1


async def test_members_who_were_swept_while_their_node_slept_are_back(
    node: Node, other: Node
) -> None:
    async with home_at(other) as home, wire_at(other, home) as a, wire_at(node, home) as b:
        await join(a)
        await join(b, presence={})
        (held,) = (await a.hear())["joined"]
        async with observer(node.data) as connection:

            async def is_back() -> bool:
                return bool(await connection.fetchval(MEMBERS, home.project))

            await connection.execute("DELETE FROM backendify.channel_members")
            await until(is_back)
        async with wire_at(other, home) as late:
            assert [each["ref"] for each in (await join(late))["present"]] == [held["ref"]]
        await b.say(type="broadcast", id="c", event="e", payload=1)
        left, joined = 0, 0  # their node may have looked before, or only after they were back
        while (told := await a.hear())["type"] != "broadcast":
            left, joined = left + len(told["left"]), joined + len(told["joined"])
        assert left == joined <= 1
