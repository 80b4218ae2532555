"""The WebSocket protocol, by a plain client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.features.realtime import socket as protocol
from tests.conftest import Admin
from tests.features.policies.world import World
from tests.features.realtime.listening import Wire, wired


def path_of(world: World) -> str:
    return f"{world.project.url}/realtime/ws"


def token_of(admin: Admin) -> str:
    return admin.headers["Authorization"].removeprefix("Bearer ")


@asynccontextmanager
async def signed_in(base: str, world: World, admin: Admin) -> AsyncIterator[Wire]:
    async with wired(base, path_of(world), token_of(admin)) as wire:
        yield wire


async def test_events_come_to_the_subscriptions_they_concern(
    base: str, world: World, admin: Admin
) -> None:
    async with signed_in(base, world, admin) as wire:
        ack = await wire.ask(type="subscribe", id="s1", collection="tags", where={"hue": "red"})
        assert (ack["type"], ack["id"], type(ack["seq"])) == ("ack", "s1", int)
        await wire.ask(type="subscribe", id="s2", collection="categories")
        await world.make("tags", name="blue", hue="blue")
        tag = await world.make("tags", name="red", hue="red")
        told = await wire.hear()
        await world.make("categories", name="Essays")
        other = await wire.hear()

    assert told == {
        "type": "event",
        "id": "s1",
        "event": "record.created",
        "seq": told["data"]["seq"],
        "data": told["data"],
    }
    assert told["data"]["record"] == tag
    assert (other["id"], other["data"]["record"]["name"]) == ("s2", "Essays")


async def test_what_is_unsubscribed_is_silent_and_its_id_free(
    base: str, world: World, admin: Admin
) -> None:
    async with signed_in(base, world, admin) as wire:
        await wire.ask(type="subscribe", id="s1", collection="tags")
        taken = await wire.ask(type="subscribe", id="s1", collection="tags")
        assert (taken["type"], taken["code"], taken["id"]) == ("error", "realtime_id_taken", "s1")
        await wire.say(type="unsubscribe", id="s1")
        await world.make("tags", name="unheard")
        await wire.quiet()
        assert (await wire.ask(type="subscribe", id="s1", collection="tags"))["type"] == "ack"


async def test_a_subscription_goes_on_behind_since(base: str, world: World, admin: Admin) -> None:
    async with signed_in(base, world, admin) as wire:
        ack = await wire.ask(type="subscribe", id="now", collection="tags")
        for name in "abc":
            await world.make("tags", name=name)
        told = [(await wire.hear())["data"]["record"]["name"] for _ in range(3)]
    async with signed_in(base, world, admin) as wire:
        again = await wire.ask(type="subscribe", id="s", collection="tags", since=ack["seq"])
        assert again["seq"] == ack["seq"]
        retold = [(await wire.hear())["data"]["record"]["name"] for _ in range(3)]
        gone = await wire.ask(type="subscribe", id="t", collection="tags", since=10**15)
        assert gone["type"] == "ack"
        assert (await wire.hear())["type"] == "resync"

    assert told == retold == ["a", "b", "c"]


async def test_nobody_is_served_before_they_said_who_they_are(base: str, world: World) -> None:
    async with wired(base, path_of(world)) as wire:
        await wire.say(type="subscribe", id="s1", collection="tags")
        assert await wire.closed() == 4401
    async with wired(base, path_of(world), "no token at all") as wire:
        assert (await wire.hear())["type"] == "error"
        assert await wire.closed() == 4401


async def test_silence_is_ended(base: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "AUTH_SECONDS", 0.2)
    async with wired(base, path_of(world)) as wire:
        assert await wire.closed() == 4408


async def test_an_anonymous_socket_and_an_api_key_see_what_policies_show_them(
    base: str, world: World
) -> None:
    await world.policy("tags", "list", "anonymous", fields=["name"])
    key = await world.key("tags:list")
    async with (
        wired(base, path_of(world), "") as anyone,
        wired(base, path_of(world), key.headers["X-API-Key"]) as server,
    ):
        for wire in (anyone, server):
            assert (await wire.ask(type="subscribe", id="t", collection="tags"))["type"] == "ack"
        refused = await anyone.ask(type="subscribe", id="p", collection="posts")
        assert (refused["status"], refused["code"]) == (401, "auth_required")
        assert "ended" not in refused
        assert '{"type": "auth"' in refused["hint"]  # a socket has no headers to send
        forbidden = await server.ask(type="subscribe", id="p", collection="posts")
        assert forbidden["type"] == "error"
        await world.make("tags", name="one", hue="CNRY")
        seen = (await anyone.hear())["data"]
        assert seen["record"].keys() == {"id", "name"}
        assert seen["actor"] is None
        assert (await server.hear())["data"]["record"]["hue"] == "CNRY"


BAD: list[Any] = [
    "", "{", "[]", "null", "12", '"x"', '{"type":1}', '{"type":"nothing"}', '{"type":"subscribe"}',
    '{"type":"subscribe","id":""}', '{"type":"subscribe","id":5}', '{"type":{}}', '{"type":[]}',
    '{"type":"subscribe","id":"a","collection":"tags","since":-1}',
    '{"type":"subscribe","id":"a","collection":"tags","since":1e400}',
    '{"type":"subscribe","id":"a","collection":"tags","since":true}',
    '{"type":"subscribe","id":"a","collection":"tags","where":[]}',
    '{"type":"subscribe","id":"a","collection":"tags","where":{"nothing":1}}',
    '{"type":"subscribe","id":"a","collection":"tags","where":{"name__regex":"("}}',
    '{"type":"subscribe","id":"a","collection":"tags","where":{"name":{"a":1}}}',
    '{"type":"subscribe","id":"a","collection":"tags","other":1}',
    '{"type":"subscribe","id":"a\\u0000","collection":"tags\\u0000"}',
    '{"type":"subscribe","id":"a","collection":"t","where":NaN}',
    '{"type":"unsubscribe","id":"a"}', '{"type":"auth","token":5}', "[" * 5_000,
]  # fmt: skip


async def test_messages_that_are_none_are_answered_with_a_code_and_change_nothing(
    base: str, world: World, admin: Admin
) -> None:
    async with signed_in(base, world, admin) as wire:
        for text in BAD:
            await wire.socket.send(text)
            told = await wire.hear()
            assert (told["type"], bool(told["code"])) == ("error", True), (text, told)
            assert told["code"] != "internal_error", (text, told)
            await asyncio.sleep(0.03)  # below the limit of messages
        await wire.quiet()


@pytest.mark.parametrize(
    ("frame", "code"), [(b"\x00\xff", 1003), ("x" * 70_000, 1009), ("x" * 20_000_000, 1009)]
)
async def test_a_frame_that_cannot_be_read_ends_its_own_socket_only(
    base: str, world: World, admin: Admin, frame: Any, code: int
) -> None:
    async with signed_in(base, world, admin) as other, signed_in(base, world, admin) as wire:
        await wire.ask(type="ping")
        with suppress(ConnectionClosed):
            await wire.socket.send(frame)
        assert await wire.closed() == code
        assert await other.ask(type="ping", id="p") == {"type": "pong", "id": "p"}


async def test_too_many_messages_subscriptions_and_sockets_are_refused(
    base: str, world: World, admin: Admin, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.services.settings
    few = settings.model_copy(
        update={"realtime_subscriptions": 2, "realtime_sockets_per_principal": 2}
    )
    monkeypatch.setattr(app.services, "settings", few)
    async with signed_in(base, world, admin) as wire, signed_in(base, world, admin) as second:
        for name in ("a", "b"):
            assert (await wire.ask(type="subscribe", id=name))["type"] == "ack"
        refused = await wire.ask(type="subscribe", id="c")
        assert refused["code"] == "realtime_too_many_subscriptions"
        await second.ask(type="ping")
        async with signed_in(base, world, admin) as third:
            assert (await third.hear())["code"] == "realtime_too_many_connections"
            assert await third.closed() == 4429
        for _ in range(200):
            try:
                await second.say(type="ping")
            except ConnectionClosed:
                break
        assert await second.closed() == 4429
        assert (await wire.ask(type="ping"))["type"] == "pong"


async def test_pages_of_other_origins_open_no_socket(base: str, world: World, admin: Admin) -> None:
    settings = {"cors_origins": ["https://shop.example"]}
    answer = await admin.client.patch(f"{world.project.url}/settings", json=settings)
    assert answer.status_code == 200, answer.text
    with pytest.raises(InvalidStatus) as refused:
        async with wired(base, path_of(world), origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    async with wired(base, path_of(world), token_of(admin), origin="https://shop.example") as wire:
        assert (await wire.ask(type="ping"))["type"] == "pong"


async def test_another_token_of_the_same_party_takes_the_olds_place(
    base: str, world: World, admin: Admin
) -> None:
    user = await world.user()
    token = user.tokens["access_token"]
    async with wired(base, path_of(world), token) as wire:
        await wire.say(type="auth", token=token)
        assert (await wire.ask(type="ping"))["type"] == "pong"
        refused = await wire.ask(type="auth", token=token_of(admin))
        assert refused["code"] == "realtime_bad_message"


@pytest.mark.parametrize("what", ["suspended", "deleted", "logged out"])
async def test_whoever_loses_their_session_is_closed_within_seconds(
    base: str, world: World, what: str
) -> None:
    user = await world.user()
    url = f"{world.project.url}/users/{user.id}"
    async with wired(base, path_of(world), user.tokens["access_token"]) as wire:
        await wire.ask(type="ping")
        if what == "suspended":
            answer = await world.admin.patch(url, json={"status": "suspended"})
        elif what == "deleted":
            answer = await world.admin.delete(url)
        else:
            answer = await user.client.post(f"{world.project.url}/auth/logout-all")
        assert answer.is_success, answer.text
        assert await wire.closed() == 4401


async def test_a_role_that_is_taken_away_ends_what_it_showed(base: str, world: World) -> None:
    user = await world.user("editor")
    await world.policy("tags", "list", "role:editor")
    async with wired(base, path_of(world), user.tokens["access_token"]) as wire:
        await wire.ask(type="subscribe", id="s", collection="tags")
        await world.make("tags", name="seen")
        assert (await wire.hear())["type"] == "event"
        await world.give_roles(user.id)
        told = await wire.hear()
        assert (told["type"], told["id"], told["ended"]) == ("error", "s", True)
        await world.make("tags", name="CNRY")
        await wire.quiet()
