"""Channels: broadcasts and presence between sockets, as policies on ``_channels`` allow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.policies.world import User, World
from tests.features.realtime.listening import Wire, wired

FORBIDDEN = "realtime_channel_forbidden"


@asynccontextmanager
async def wire_of(base: str, world: World, token: str = "") -> AsyncIterator[Wire]:
    async with wired(base, f"{world.project.url}/realtime/ws", token) as wire:
        yield wire


def token_of(user: User | Admin) -> str:
    if isinstance(user, User):
        return str(user.tokens["access_token"])
    return user.headers["Authorization"].removeprefix("Bearer ")


async def open_rooms(world: World, actions: str = "read create update") -> Any:
    where = {"topic__startswith": "room:"}
    return await world.policy("_channels", actions, "app_user", where=where)


async def test_others_in_a_channel_hear_a_broadcast_and_who_sent_it(
    base: str, world: World
) -> None:
    await open_rooms(world)
    ann, bob = await world.user(), await world.user()
    async with (
        wire_of(base, world, token_of(ann)) as a,
        wire_of(base, world, token_of(bob)) as b,
        wire_of(base, world, token_of(bob)) as elsewhere,
    ):
        ack = await a.ask(type="join", id="c1", channel="room:42")
        assert ack == {"type": "ack", "id": "c1", "channel": "room:42", "present": []}
        await b.ask(type="join", id="mine", channel="room:42")
        await elsewhere.ask(type="join", id="c1", channel="room:43")
        payload = {"x": 1.50, "text": "grüße"}
        await a.say(type="broadcast", id="c1", event="cursor", payload=payload)
        assert await b.hear() == {
            "type": "broadcast",
            "id": "mine",
            "event": "cursor",
            "payload": payload,
            "from": {"type": "app_user", "id": ann.id},
        }
        await a.quiet()
        await elsewhere.quiet()


async def test_presence_is_told_at_the_join_and_as_it_changes(base: str, world: World) -> None:
    await open_rooms(world)
    ann, bob = await world.user(), await world.user()
    async with wire_of(base, world, token_of(ann)) as a:
        ack = await a.ask(type="join", id="a", channel="room:1", presence={"name": "Ann"})
        (own,) = ack["present"]
        assert own["by"] == {"type": "app_user", "id": ann.id}
        assert (own["presence"], set(own)) == ({"name": "Ann"}, {"ref", "by", "presence", "since"})
        async with wire_of(base, world, token_of(bob)) as b:
            ack = await b.ask(type="join", id="b", channel="room:1", presence={"name": "Bob"})
            assert [each["presence"]["name"] for each in ack["present"]] == ["Ann", "Bob"]
            told = await a.hear()
            assert (told["type"], told["id"], told["left"]) == ("presence", "a", [])
            (joined,) = told["joined"]
            assert joined["presence"] == {"name": "Bob"}
            await b.say(type="presence", id="b", presence={"name": "Bob", "typing": True})
            changed = await a.hear()
            assert changed["joined"][0]["ref"] == joined["ref"]
            assert changed["joined"][0]["presence"]["typing"] is True
            assert (await b.hear())["joined"] == changed["joined"]
            await b.say(type="presence", id="b", presence=None)
            assert (await a.hear())["left"][0]["ref"] == joined["ref"]
            assert (await b.hear())["left"][0]["ref"] == joined["ref"]
            await b.say(type="presence", id="b", presence={"name": "Bob"})
            again = (await a.hear())["joined"][0]["ref"]
        assert (await a.hear())["left"][0]["ref"] == again


async def test_who_leaves_hears_no_more_and_is_not_present(base: str, world: World) -> None:
    await open_rooms(world)
    ann, bob = await world.user(), await world.user()
    async with (
        wire_of(base, world, token_of(ann)) as a,
        wire_of(base, world, token_of(bob)) as b,
    ):
        await a.ask(type="join", id="c", channel="room:1")
        await b.ask(type="join", id="c", channel="room:1", presence={})
        assert len((await a.hear())["joined"]) == 1
        await b.say(type="leave", id="c")
        assert len((await a.hear())["left"]) == 1
        await a.say(type="broadcast", id="c", event="e", payload=1)
        await b.quiet()
        refused = await b.ask(type="broadcast", id="c", event="e", payload=1)
        assert refused["code"] == "realtime_bad_message"
        assert (await b.ask(type="join", id="c", channel="room:1"))["type"] == "ack"


async def test_without_a_policy_nobody_but_members_and_service_keys_may(
    base: str, world: World, admin: Admin
) -> None:
    user = await world.user()
    reader = (await world.key("_channels:read")).headers["x-api-key"]
    other = (await world.key("posts:*")).headers["x-api-key"]
    service = (await world.key("*:*")).headers["x-api-key"]
    for token, allowed in (
        ("", set[str]()),
        (token_of(user), set[str]()),
        (other, set[str]()),
        (reader, {"join"}),
        (service, {"join", "broadcast", "presence"}),
        (token_of(admin), {"join", "broadcast", "presence"}),
    ):
        async with wire_of(base, world, token) as wire:
            assert await _possible(wire) == allowed


async def _possible(wire: Wire) -> set[str]:
    """What the socket may do in a channel; every refusal has one code."""
    answer = await wire.ask(type="join", id="c", channel="any")
    if answer["type"] == "error":
        assert (answer["code"], answer["id"]) == (FORBIDDEN, "c")
        return set()
    found = {"join"}
    await wire.say(type="broadcast", id="c", event="e", payload=None)
    answer = await wire.ask(type="ping")
    if answer["type"] == "error":
        assert (answer["code"], await wire.hear()) == (FORBIDDEN, {"type": "pong"})
    else:
        found.add("broadcast")
    answer = await wire.ask(type="presence", id="c", presence={})
    if answer["type"] == "error":
        assert answer["code"] == FORBIDDEN
    else:
        found.add("presence")
    return found


async def test_each_action_has_policies_of_its_own(base: str, world: World) -> None:
    await open_rooms(world, "read")
    await world.policy("_channels", "create", "role:speaker", where={"kind": "room"})
    await world.policy(
        "_channels", "create", "app_user", effect="deny", where={"topic": "room:silent"}
    )
    user, speaker = await world.user(), await world.user("speaker")
    async with (
        wire_of(base, world, token_of(user)) as a,
        wire_of(base, world, token_of(speaker)) as b,
    ):
        refused = await a.ask(type="join", id="x", channel="room:1", presence={})
        assert refused["code"] == FORBIDDEN
        for topic in ("room:1", "room:silent"):
            await a.ask(type="join", id=topic, channel=topic)
            await b.ask(type="join", id=topic, channel=topic)
        assert (await a.ask(type="join", id="y", channel="team:1"))["code"] == FORBIDDEN
        refused = await a.ask(type="broadcast", id="room:1", event="e", payload=1)
        assert refused["code"] == FORBIDDEN
        refused = await b.ask(type="broadcast", id="room:silent", event="e", payload=1)
        assert refused["code"] == FORBIDDEN
        await b.say(type="broadcast", id="room:1", event="e", payload=1)
        assert (await a.hear())["payload"] == 1


async def test_a_topic_may_belong_to_one_user(base: str, world: World) -> None:
    own = {"kind": "user", "key": "$user.id"}
    await world.policy("_channels", "*", "app_user", where=own)
    ann, bob = await world.user(), await world.user()
    async with wire_of(base, world, token_of(ann)) as wire:
        mine = await wire.ask(type="join", id="a", channel=f"user:{ann.id}", presence={})
        assert len(mine["present"]) == 1
        for topic in (f"user:{bob.id}", "user:", "user", f"other:{ann.id}"):
            assert (await wire.ask(type="join", id="b", channel=topic))["code"] == FORBIDDEN


@pytest.mark.parametrize("change", ["policy", "presence", "suspended"])
async def test_who_loses_the_right_is_out_within_five_seconds(
    base: str, world: World, change: str
) -> None:
    policies = [await open_rooms(world, action) for action in ("read", "create", "update")]
    ann, bob = await world.user(), await world.user()
    async with (
        wire_of(base, world, token_of(ann)) as a,
        wire_of(base, world, token_of(bob)) as b,
    ):
        await a.ask(type="join", id="c", channel="room:1", presence={})
        await b.ask(type="join", id="c", channel="room:1")
        if change == "suspended":
            path = f"{world.project.url}/users/{ann.id}"
            await world.admin.patch(path, json={"status": "suspended"})
            assert await a.closed() == 4401
            assert len((await b.hear())["left"]) == 1
            return
        gone = policies[0 if change == "policy" else 2]
        answer = await world.admin.delete(f"{world.project.url}/policies/{gone['id']}")
        assert answer.status_code == 204
        told = [await a.hear()]
        if change == "presence":
            told.append(await a.hear())
            assert len((await b.hear())["left"]) == 1
        [refused] = [each for each in told if each.get("code") == FORBIDDEN]
        assert refused.get("ended", False) == (change == "policy")
        await b.say(type="broadcast", id="c", event="e", payload=1)
        if change == "policy":
            assert (await b.hear())["code"] == FORBIDDEN
            await a.quiet()
        else:
            assert (await a.hear())["payload"] == 1


async def test_what_is_too_large_is_refused_and_the_socket_stays(
    base: str, world: World, admin: Admin
) -> None:
    async with (
        wire_of(base, world, token_of(admin)) as a,
        wire_of(base, world, token_of(admin)) as b,
    ):
        await a.ask(type="join", id="c", channel="room")
        await b.ask(type="join", id="c", channel="room")
        for payload in ("x" * 8_000, "ü" * 4_000, '"' * 2_500):
            refused = await a.ask(type="broadcast", id="c", event="e", payload=payload)
            assert (refused["code"], refused["id"]) == ("payload_too_large", "c")
        refused = await a.ask(type="presence", id="c", presence={"x": "x" * 3_000})
        assert refused["code"] == "payload_too_large"
        await a.say(type="broadcast", id="c", event="e", payload="x" * 7_000)
        assert len((await b.hear())["payload"]) == 7_000


@pytest.mark.parametrize(
    "message",
    [
        {"type": "join", "id": "c"},
        {"type": "join", "id": "c", "channel": ""},
        {"type": "join", "id": "c", "channel": "x" * 201},
        {"type": "join", "id": "c", "channel": "a\nb"},
        {"type": "join", "id": "c", "channel": "room", "presence": []},
        {"type": "join", "id": "c", "channel": "room", "more": 1},
        {"type": "join", "id": 1, "channel": "room"},
        {"type": "broadcast", "id": "nowhere", "event": "e"},
        {"type": "broadcast", "id": "held", "event": ""},
        {"type": "broadcast", "id": "held", "event": 1},
        {"type": "presence", "id": "held", "presence": "here"},
        {"type": "leave", "id": "nowhere"},
        {"type": "leave"},
    ],
)
async def test_a_message_that_cannot_be_is_answered_and_the_socket_stays(
    base: str, world: World, admin: Admin, message: dict[str, Any]
) -> None:
    async with wire_of(base, world, token_of(admin)) as wire:
        await wire.ask(type="join", id="held", channel="room")
        refused = await wire.ask(**message)
        assert (refused["type"], refused["code"]) == ("error", "realtime_bad_message")
        await wire.quiet()


async def test_channels_and_subscriptions_share_their_ids_and_their_number(
    base: str, world: World, admin: Admin
) -> None:
    async with wire_of(base, world, token_of(admin)) as wire:
        await wire.ask(type="subscribe", id="s", collection="tags")
        assert (await wire.ask(type="join", id="s", channel="r"))["code"] == "realtime_id_taken"
        await asyncio.sleep(1.1)  # the second's messages are counted as well
        for number in range(49):
            await wire.ask(type="join", id=str(number), channel="r")
        await asyncio.sleep(1.1)
        for number in range(49, 98):
            await wire.ask(type="join", id=str(number), channel="r")
        await asyncio.sleep(1.1)
        await wire.ask(type="join", id="98", channel="r")
        refused = await wire.ask(type="join", id="99", channel="r")
        assert refused["code"] == "realtime_too_many_subscriptions"


async def test_channels_of_two_projects_are_two(base: str, world: World, admin: Admin) -> None:
    made = await admin.client.post("/api/projects", json={"name": "Other"})
    url = f"/api/projects/{made.json()['slug']}/realtime/ws"
    async with (
        wire_of(base, world, token_of(admin)) as a,
        wired(base, url, token_of(admin)) as b,
    ):
        await b.ask(type="join", id="c", channel="room")
        ack = await a.ask(type="join", id="c", channel="room", presence={})
        assert len(ack["present"]) == 1
        await a.say(type="broadcast", id="c", event="e", payload=1)
        await b.quiet()
    await admin.client.delete(
        url.removesuffix("/realtime/ws"), params={"confirm": made.json()["slug"]}
    )
