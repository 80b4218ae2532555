"""Listeners on server processes that are killed, stopped, and told of revocations elsewhere."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.nodes import Node
from tests.faults.world import Home, home_at
from tests.features.realtime.listening import streaming, wired
from tests.schemas import field
from tests.waiting import until

PASSWORD = "correct horse battery staple"
NOTES: dict[str, Any] = {"name": "notes", "fields": [field("text", "string")]}
WRITES = 60


def headers_of(home: Home) -> dict[str, str]:
    return {"authorization": home.client.headers["authorization"]}


async def test_whoever_resumes_after_a_kill_misses_nothing(node: Node, other: Node) -> None:
    """The writes go on at another node while the one that is listened to is killed."""
    async with home_at(other, NOTES) as home:
        written: list[str] = []
        heard: list[str] = []
        last = ""

        async def write() -> None:
            for number in range(WRITES):
                written.append(str(number))
                await home.ok("POST", "/data/notes", json={"text": str(number)})
                await asyncio.sleep(0.05)

        async def listen(most: int) -> None:
            nonlocal last
            headers = headers_of(home) | ({"last-event-id": last} if last else {})
            url = f"{home.url}/realtime"
            async with streaming(node.base, url, headers, collection="notes") as stream:
                last = last or stream.last_id
                while len(heard) < most:
                    told = await stream.next()
                    assert told.event == "record.created"
                    heard.append(told.data["record"]["text"])
                    last = told.id

        listening = asyncio.create_task(listen(WRITES // 4))
        await asyncio.sleep(0.5)
        writing = asyncio.create_task(write())
        await listening
        node.kill()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(node.start)
        await listen(WRITES)
        await writing

    assert heard == written


async def test_a_session_that_ends_at_one_node_closes_sockets_at_another(
    node: Node, other: Node
) -> None:
    async with home_at(node, NOTES) as home:
        body = {"email": f"{uuid4().hex[:12]}@example.com", "password": PASSWORD}
        made = await home.client.post(f"{home.url}/auth/register", json=body)
        token, user = made.json()["access_token"], made.json()["user"]["id"]
        policy = {"name": "all", "collection": "notes", "actions": ["list"],
                  "principals": ["app_user"]}  # fmt: skip
        await home.ok("POST", "/policies", json=policy)
        await _until_listed(other, home, token)
        headers = {"authorization": f"Bearer {token}"}
        async with (
            wired(other.base, f"{home.url}/realtime/ws", token) as wire,
            streaming(other.base, f"{home.url}/realtime", headers, collection="notes") as stream,
        ):
            assert (await wire.ask(type="subscribe", id="s", collection="notes"))["type"] == "ack"
            await home.ok("PATCH", f"/users/{user}", json={"status": "suspended"})
            assert await wire.closed() == 4401
            await stream.end()


async def test_an_orderly_end_says_so_and_does_not_wait(node: Node, other: Node) -> None:
    async with home_at(node, NOTES) as home:
        token = headers_of(home)["authorization"].removeprefix("Bearer ")
        async with (
            wired(other.base, f"{home.url}/realtime/ws", token) as wire,
            streaming(other.base, f"{home.url}/realtime", headers_of(home)) as stream,
        ):
            assert (await wire.ask(type="ping"))["type"] == "pong"
            stopping = asyncio.create_task(asyncio.to_thread(other.stop))
            assert await wire.closed() == 1001
            await stream.end()
            assert await stopping == 0
    other.start()


async def _until_listed(node: Node, home: Home, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}

    async def is_listed() -> bool:
        async with httpx.AsyncClient(base_url=node.base, headers=headers) as client:
            return (await client.get(f"{home.data}/notes")).status_code == 200

    await until(is_listed)
