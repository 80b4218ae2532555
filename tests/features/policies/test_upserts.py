"""Upserts: each half under its own policies and rules, and nothing more than the body names."""

from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.policies.world import World
from tests.schemas import apply_schema, field

EVENTS: dict[str, Any] = {
    "name": "events",
    "validations": [
        {"rule": "condition", "where": {"ends__gt": "$record.starts"}, "message": "ends later"}
    ],
    "fields": [
        field("slug", "string", unique=True),
        field("title", "string"),
        field("status", "string"),
        field("starts", "int", default=1),
        field("ends", "int", default=2),
        field("parent", "relation", to="events", on_delete="set_null"),
        field("owner", "relation", to="users", on_delete="set_null"),
        field("secret", "boolean", default=False),
        field("tags", "relation", kind="many_to_many", to="tags"),
    ],
}
NOBODY = "019f0000-0000-7000-8000-000000000000"


@pytest.fixture
async def events(world: World, admin: Admin) -> str:
    """The address of the events."""
    await apply_schema(admin, world.project, EVENTS)
    return f"{world.data}/events"


async def upsert(client: Any, events: str, *bodies: dict[str, Any]) -> Any:
    return await client.post(
        f"{events}?on_conflict=slug", json=list(bodies) if len(bodies) > 1 else bodies[0]
    )


async def test_the_update_half_sets_what_its_own_policy_sets(world: World, events: str) -> None:
    """Also where its policies do not take the key: that only finds the record."""
    await world.policy("events", "list read", "app_user", name="r")
    await world.policy("events", "create", "app_user", name="c", fields=["slug", "title"])
    await world.policy(
        "events", "update", "app_user", name="claim", fields=["title"],
        where={"owner_id__isnull": True}, check={"owner_id": "$user.id"},
        presets={"owner": "$user.id"},
    )  # fmt: skip
    await world.policy(
        "events", "update", "app_user", name="suggest", fields=["title"],
        where={"status": "open"}, check={}, presets={"status": "review"},
    )  # fmt: skip
    owner, other = await world.user(), await world.user()
    await world.make("events", slug="s", title="t", status="open", owner_id=owner.id)
    await world.make("events", slug="free", title="t", status="done")
    changed = await upsert(other.client, events, {"slug": "s", "title": "mine"})
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["owner_id"], told["status"]) == (owner.id, "review")
    claimed = await upsert(other.client, events, {"slug": "free", "title": "mine"})
    assert (claimed.json()["owner_id"], claimed.json()["status"]) == (other.id, "done")
    refused = await upsert(other.client, events, {"slug": "s", "title": "again"})
    assert refused.status_code == 403


@pytest.mark.parametrize("way", ["one", "many", "upsert"])
async def test_a_null_of_the_servers_gives_no_field(world: World, events: str, way: str) -> None:
    await world.policy("events", "list read", "app_user", name="r")
    await world.policy(
        "events", "create", "app_user", name="publish", fields=["title", "slug"],
        presets={"status": "published"}, check={"title__startswith": "[approved]"},
    )  # fmt: skip
    await world.policy(
        "events", "create", "app_user", name="draft", fields=["title", "slug"],
        presets={"status": "draft"},
    )  # fmt: skip
    user = await world.user()
    body = {"title": "spam", "slug": "s", "created_at": None, "updated_at": None}
    if way == "upsert":
        made = await upsert(user.client, events, body)
    else:
        made = await user.client.post(events, json=[body] if way == "many" else body)
    assert made.status_code == 201, made.text
    (record,) = (await world.admin.get(events)).json()["data"]
    assert record["status"] == "draft"


@pytest.mark.parametrize("way", ["upsert", "bulk", "import"])
async def test_an_updated_record_keeps_the_rules_of_its_collection(
    world: World, events: str, way: str
) -> None:
    made = await world.make("events", slug="s", starts=10, ends=20)
    url = f"{events}/import?mode=upsert&on_conflict=slug"
    for ends, holds in ((5, False), (50, True)):
        body = {"slug": "s", "ends": ends}
        if way == "import":
            answer = await world.admin.post(url, json=[body])
        else:
            more = [{"slug": "new"}] if way == "bulk" else []
            answer = await upsert(world.admin, events, body, *more)
        assert answer.status_code == (200 if holds else 422), answer.text
        kept = (await world.admin.get(f"{events}/{made['id']}")).json()
        assert kept["ends"] == (50 if holds else 20)
    assert (await upsert(world.admin, events, {"slug": "n", "ends": 0})).status_code == 422


async def test_the_checks_of_creates_are_not_asked_of_updates(world: World, events: str) -> None:
    await world.policy("events", "list read", "app_user", name="r")
    await world.policy("events", "create", "app_user", name="c", check={"starts": 1})
    await world.policy("events", "update", "app_user", name="u", where={"slug": "s"})
    await world.make("events", slug="s", starts=10, ends=20)
    user = await world.user()
    assert (await upsert(user.client, events, {"slug": "s", "ends": 50})).status_code == 200
    assert (await upsert(user.client, events, {"slug": "n", "starts": 0})).status_code == 403
    assert (await upsert(user.client, events, {"slug": "n", "starts": 1})).status_code == 201


@pytest.mark.parametrize("way", ["upsert", "bulk", "import"])
async def test_an_id_that_is_not_taken_points_nowhere(world: World, events: str, way: str) -> None:
    """A body's id counts among what may be pointed to only where it becomes a record's."""
    await world.policy(
        "events", "list read create update", "app_user", name="open", where={"secret": False}
    )
    hidden = await world.make("events", slug="hidden", secret=True)
    user = await world.user()
    assert (await user.client.post(events, json={"slug": "own"})).status_code == 201
    for target in (hidden["id"], NOBODY):
        body = {"slug": "own", "id": target, "parent_id": target}
        if way == "import":
            url = f"{events}/import?mode=upsert&on_conflict=slug"
            answer = await user.client.post(url, json=[body])
        else:
            more = [{"slug": "x"}] if way == "bulk" else []
            answer = await upsert(user.client, events, body, *more)
        assert answer.status_code == 422, answer.text
    made = await upsert(world.admin, events, {"slug": "self", "id": NOBODY, "parent_id": NOBODY})
    assert (made.status_code, made.json()["parent_id"]) == (201, NOBODY)


async def test_a_row_that_names_no_links_keeps_them(world: World, events: str) -> None:
    await world.policy("tags", "list read", "app_user", name="t", where={"name__neq": "hidden"})
    await world.policy("events", "list read create update", "app_user", name="e")
    tag, other, hidden = [
        (await world.make("tags", name=name))["id"] for name in ("x", "y", "hidden")
    ]
    for slug in "ab":
        await world.make("events", slug=slug, tags=[tag, hidden])
    user = await world.user()
    changed = await upsert(
        user.client, events, {"slug": "a", "tags": [other]}, {"slug": "b", "ends": 5}, {"slug": "c"}
    )
    assert changed.status_code == 200, changed.text
    assert [each["tags"] for each in changed.json()["data"]] == [[other], [tag], []]
    held = {
        each["slug"]: set(each["tags"]) for each in (await world.admin.get(events)).json()["data"]
    }
    assert held == {"a": {other, hidden}, "b": {tag, hidden}, "c": set()}
    told = await world.admin.get(f"{events}/{changed.json()['data'][1]['id']}/history")
    assert set(told.json()["data"][0]["after"]["tags"]) == {tag, hidden}


@pytest.mark.parametrize("verb", ["patch", "put", "upsert"])
async def test_links_are_set_by_who_sees_some_of_the_targets(
    world: World, events: str, verb: str
) -> None:
    await world.policy("tags", "list read", "app_user", name="t", where={"name__neq": "hidden"})
    await world.policy(
        "events", "list read create update", "app_user", name="e", where={"secret": False}
    )
    made = await world.make("events", slug="s")
    user = await world.user()
    if verb == "upsert":
        answer = await upsert(user.client, events, {"slug": "s", "tags": []})
    else:
        body = {"slug": "s", "tags": [], "secret": False}
        answer = await getattr(user.client, verb)(f"{events}/{made['id']}", json=body)
    assert answer.status_code == 200, answer.text


async def test_only_what_was_created_has_a_new_address(world: World, events: str) -> None:
    made = await upsert(world.admin, events, {"slug": "s"})
    assert made.headers["location"].endswith(made.json()["id"])
    changed = await upsert(world.admin, events, {"slug": "s", "ends": 9})
    assert (changed.status_code, "location" in changed.headers) == (200, False)


async def test_a_change_of_hidden_links_alone_is_no_change(world: World, events: str) -> None:
    await world.policy("tags", "list read", "app_user", name="t", where={"name__neq": "hidden"})
    await world.policy("events", "list read", "app_user", name="e", fields=["slug", "tags"])
    one, two, hidden = [
        (await world.make("tags", name=name))["id"] for name in ("a", "b", "hidden")
    ]
    made = await world.make("events", slug="a", tags=[one, two, hidden])
    user = await world.user()
    history = f"{events}/{made['id']}/history"
    before = (await user.client.get(history)).json()["data"]
    await world.admin.patch(f"{events}/{made['id']}", json={"tags": [two, one]})
    assert (await user.client.get(history)).json()["data"] == before
