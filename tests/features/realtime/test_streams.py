"""Server-sent events: what happened, in order, without a gap, and only what one may see."""

from typing import Any

import httpx
import pytest

from tests.conftest import Admin
from tests.features.policies.world import World
from tests.features.realtime.listening import streaming


def path_of(world: World) -> str:
    return f"{world.project.url}/realtime"


async def test_a_member_is_told_of_every_change_with_both_images(
    base: str, world: World, admin: Admin
) -> None:
    async with streaming(base, path_of(world), admin.headers, collection="tags") as stream:
        made = await world.make("tags", name="one", hue="red")
        created = await stream.next()
        await world.admin.patch(f"{world.data}/tags/{made['id']}", json={"hue": "blue"})
        updated = await stream.next()
        await world.admin.delete(f"{world.data}/tags/{made['id']}")
        deleted = await stream.next()

    assert [created.event, updated.event, deleted.event] == [
        "record.created",
        "record.updated",
        "record.deleted",
    ]
    assert created.data == {
        "id": created.data["id"],
        "seq": int(created.id),
        "project_id": str(world.project.id),
        "collection": "tags",
        "record_id": made["id"],
        "record": made,
        "previous": None,
        "actor": {"type": "admin_user", "id": admin.user["id"]},
        "request_id": created.data["request_id"],
    }
    assert created.data["id"].startswith("evt_")
    assert created.data["request_id"]
    assert (updated.data["previous"]["hue"], updated.data["record"]["hue"]) == ("red", "blue")
    assert deleted.data["record"] is None
    assert deleted.data["previous"]["hue"] == "blue"


async def test_it_is_the_same_event_that_the_feed_of_changes_tells(
    base: str, world: World, admin: Admin
) -> None:
    async with streaming(base, path_of(world), admin.headers, collection="tags") as stream:
        await world.make("tags", name="one")
        told = await stream.next()
    feed = await world.admin.get(f"{world.project.url}/changes?collection=tags")
    (change,) = feed.json()["data"]

    assert (change["seq"], change["after"]) == (told.data["seq"], told.data["record"])
    assert change["request_id"] == told.data["request_id"]


async def test_a_record_enters_and_leaves_as_it_starts_and_stops_to_match(
    base: str, world: World, admin: Admin
) -> None:
    post = await world.make("posts", title="Hello", status="draft")
    at = f"{world.data}/posts/{post['id']}"
    async with streaming(
        base, path_of(world), admin.headers, collection="posts", status="published"
    ) as stream:
        await world.admin.patch(at, json={"title": "Not seen"})
        await world.admin.patch(at, json={"status": "published"})
        entered = await stream.next()
        await world.admin.patch(at, json={"title": "Seen"})
        updated = await stream.next()
        await world.admin.patch(at, json={"status": "gone"})
        left = await stream.next()
        await world.admin.delete(at)
        await stream.quiet()

    assert entered.event == "record.entered"
    assert entered.data["record"]["title"] == "Not seen"
    assert entered.data["previous"] is None
    assert updated.event == "record.updated"
    assert left.event == "record.left"
    known = {k: v for k, v in left.data.items() if v is not None}
    assert known.keys() == {"id", "seq", "project_id", "collection", "record_id"}


async def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(
    base: str, world: World, admin: Admin
) -> None:
    async with streaming(base, path_of(world), admin.headers, collection="tags") as stream:
        await world.make("tags", name="0")
        await stream.next()
        last = stream.last_id
    for number in range(1, 5):
        await world.make("tags", name=str(number))
    headers = admin.headers | {"Last-Event-ID": last}
    async with streaming(base, path_of(world), headers, collection="tags") as stream:
        await world.make("tags", name="5")
        told = [(await stream.next()).data["record"]["name"] for _ in range(5)]
        await stream.quiet()

    assert told == ["1", "2", "3", "4", "5"]


async def test_since_goes_on_behind_a_position(base: str, world: World, admin: Admin) -> None:
    await world.make("tags", name="first")
    async with streaming(base, path_of(world), admin.headers, since=0) as stream:
        assert (await stream.next()).data["record"]["name"] == "first"


async def test_a_position_that_the_log_does_not_have_is_told_to_read_anew(
    base: str, world: World, admin: Admin
) -> None:
    async with streaming(base, path_of(world), admin.headers, since=10**12) as stream:
        told = await stream.next()
        assert told.event == "resync"
        await world.make("tags", name="next")
        assert (await stream.next()).data["record"]["name"] == "next"


async def test_several_collections_may_be_named_or_none(
    base: str, world: World, admin: Admin
) -> None:
    url, headers = path_of(world), admin.headers
    async with (
        streaming(base, url, headers, collection="tags,categories") as some,
        streaming(base, url, headers) as every,
    ):
        await world.make("posts", title="Hello")
        await world.make("categories", name="Essays")
        assert (await some.next()).data["collection"] == "categories"
        assert (await every.next()).data["collection"] == "posts"
        assert (await every.next()).data["collection"] == "categories"


async def test_fields_and_records_that_policies_hide_leave_no_trace(
    base: str, world: World
) -> None:
    """Two worlds that differ only in what is hidden are byte for byte the same stream."""
    shown = ["title", "status", "created_at"]
    await world.policy(
        "posts", "list read", "anonymous", where={"status": "published"}, fields=shown
    )
    async with streaming(base, path_of(world), collection="posts") as stream:
        post = await world.make(
            "posts", title="Hello", status="published", secret_note="CNRY-1", rank=1
        )
        created = await stream.next()
        before = bytes(stream.raw)
        hidden = await world.make("posts", title="CNRY-2", status="draft")
        for change in ({"secret_note": "CNRY-3"}, {"rank": 7}):
            await world.admin.patch(f"{world.data}/posts/{post['id']}", json=change)
        await world.admin.patch(f"{world.data}/posts/{hidden['id']}", json={"title": "CNRY-4"})
        await world.admin.delete(f"{world.data}/posts/{hidden['id']}")
        await stream.quiet()
        after = bytes(stream.raw)

    assert created.data["record"].keys() == {"id", *shown}
    assert created.data["actor"] is None
    assert before == after
    assert b"CNRY" not in after


async def test_a_mask_shows_a_field_on_some_records_only(base: str, world: World) -> None:
    user = await world.user()
    await world.policy("posts", "list", "app_user", fields=["title"])
    await world.policy("posts", "list", "app_user", where={"author": "$user.id"}, name="own")
    headers = dict(user.client.headers)
    async with streaming(base, path_of(world), headers, collection="posts") as stream:
        await world.make("posts", title="Own", secret_note="mine", author_id=user.id)
        own = await stream.next()
        await world.make("posts", title="Other", secret_note="CNRY")
        other = await stream.next()

    assert own.data["record"]["secret_note"] == "mine"
    assert other.data["record"].keys() == {"id", "title"}


async def test_policies_that_look_at_other_records_hold(base: str, world: World) -> None:
    shown = await world.make("categories", name="Open")
    closed = await world.make("categories", name="Closed")
    await world.policy("posts", "list", "anonymous", where={"category__name": "Open"})
    await world.policy("categories", "list read", "anonymous")
    async with streaming(base, path_of(world), collection="posts") as stream:
        await world.make("posts", title="CNRY", category_id=closed["id"])
        await world.make("posts", title="Seen", category_id=shown["id"])
        assert (await stream.next()).data["record"]["title"] == "Seen"
        await stream.quiet()


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"collection": "nothing"}, 404, "not_found"),
        ({"collection": "posts", "nothing": "1"}, 400, "query_unknown_field"),
        ({"collection": "posts", "rank__gt": "many"}, 400, "query_invalid_value"),
        ({"collection": "posts", "rank__like": "1"}, 400, "query_unknown_operator"),
        ({"collection": "posts", "limit": "1"}, 400, "request_invalid_parameter"),
        ({"since": "-1"}, 400, "request_invalid"),
    ],
)
async def test_a_request_that_cannot_be_is_answered_as_a_list_answers(
    base: str, world: World, admin: Admin, parameters: dict[str, str], status: int, code: str
) -> None:
    async with httpx.AsyncClient(base_url=base, headers=admin.headers) as client:
        answer = await client.get(path_of(world), params=parameters)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_condition_names_only_what_its_caller_may_read(base: str, world: World) -> None:
    await world.policy("posts", "list", "anonymous", fields=["title"])
    async with httpx.AsyncClient(base_url=base) as client:
        answers: list[Any] = []
        for name in ("secret_note", "no_such_field"):
            answer = await client.get(path_of(world), params={"collection": "posts", name: "x"})
            answers.append((answer.status_code, answer.json()["detail"].replace(name, "…")))

    assert answers[0] == answers[1]
    assert answers[0][0] == 400


async def test_a_changed_policy_takes_effect_on_streams_that_are_open(
    base: str, world: World
) -> None:
    policy = await world.policy("posts", "list", "anonymous", where={"status": "published"})
    async with streaming(base, path_of(world), collection="posts") as stream:
        await world.make("posts", title="One", status="published")
        await stream.next()
        url = f"{world.project.url}/policies/{policy['id']}"
        answer = await world.admin.patch(url, json={"where": {"status": "draft"}})
        assert answer.status_code == 200, answer.text
        await world.make("posts", title="CNRY", status="published")
        await world.make("posts", title="Two", status="draft")
        assert (await stream.next()).data["record"]["title"] == "Two"
        await world.admin.delete(url)
        await stream.end()
