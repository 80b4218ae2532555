"""Reads of a past time show what the caller may see now, of the records as they were then."""

from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.features.data.test_as_of import moment
from tests.features.policies.world import World


async def titles(client: httpx.AsyncClient, world: World, at: str, **more: Any) -> list[str]:
    answer = await client.get(f"{world.data}/posts", params={"as_of": at, "sort": "title", **more})
    assert answer.status_code == 200, answer.text
    return [post["title"] for post in answer.json()["data"]]


async def patched(world: World, collection: str, record: Any, **values: Any) -> None:
    url = f"{world.data}/{collection}/{record['id']}"
    answer = await world.admin.patch(url, json=values)
    assert answer.status_code == 200, answer.text


async def test_row_rules_judge_the_record_as_it_was(world: World, database: Database) -> None:
    await world.policy("posts", "list read", "anonymous", where={"status": "published"})
    was, is_now = [
        await world.make("posts", title=title, status=status)
        for title, status in (("was", "published"), ("is now", "draft"))
    ]
    at = await moment(database)
    await patched(world, "posts", was, status="draft")
    await patched(world, "posts", is_now, status="published")

    async with world.anyone as anyone:
        assert await titles(anyone, world, at) == ["was"]
        assert await titles(anyone, world, await moment(database)) == ["is now"]
        for post, status in ((was, 200), (is_now, 404)):
            url = f"{world.data}/posts/{post['id']}"
            assert (await anyone.get(url, params={"as_of": at})).status_code == status
        counted = await anyone.get(
            f"{world.data}/posts", params={"as_of": at, "count": "exact", "fields": "id"}
        )
        assert counted.json()["total"] == 1


async def test_rights_are_those_of_now(world: World, database: Database) -> None:
    policy = await world.policy("posts", "list read", "anonymous")
    await world.make("posts", title="one")
    at = await moment(database)

    async with world.anyone as anyone:
        assert await titles(anyone, world, at) == ["one"]
        await world.admin.delete(f"{world.project.url}/policies/{policy['id']}")
        answer = await anyone.get(f"{world.data}/posts", params={"as_of": at})
        assert answer.status_code == 401
        user = await world.user()
        answer = await user.client.get(f"{world.data}/posts", params={"as_of": at})
        assert answer.status_code == 404


async def test_what_a_condition_asks_of_other_records_is_asked_of_them_as_they_are_now(
    world: World, database: Database
) -> None:
    """Who has lost a relation that a right stands on has lost the past with it."""
    await world.policy("posts", "list read", "anonymous", where={"category__name": "open"})
    category = await world.make("categories", name="open")
    post = await world.make("posts", title="one", category=category["id"])
    at = await moment(database)
    await patched(world, "posts", post, title="other")

    async with world.anyone as anyone:
        assert await titles(anyone, world, at) == ["one"]
        await patched(world, "categories", category, name="closed")
        assert await titles(anyone, world, at) == []


@pytest.mark.parametrize("was_changed", [True, False])
async def test_fields_that_may_not_be_read_now_are_not_told_of_then(
    world: World, database: Database, was_changed: bool
) -> None:
    await world.policy("posts", "list read", "anonymous", fields=["title"])
    post = await world.make("posts", title="one", secret_note="CNRY", rank=3)
    at = await moment(database)
    if was_changed:
        await patched(world, "posts", post, title="two", secret_note="CNRY-2")

    async with world.anyone as anyone:
        answer = await anyone.get(f"{world.data}/posts", params={"as_of": at})
        assert answer.json()["data"] == [{"id": post["id"], "title": "one"}]
        for query in (
            {"secret_note": "CNRY"}, {"sort": "secret_note"}, {"fields": "secret_note"},
            {"expand": "category"}, {"category__name": "x"}, {"sort": "category.name"},
        ):  # fmt: skip
            answer = await anyone.get(f"{world.data}/posts", params={"as_of": at, **query})
            told = answer.json()
            assert (answer.status_code, told["code"]) == (400, "query_unknown_field"), query


async def test_masks_look_at_the_record_as_it_was(world: World, database: Database) -> None:
    await world.policy("posts", "list read", "app_user", fields=["title", "author"], name="all")
    await world.policy("posts", "list read", "app_user", where={"author": "$user.id"}, name="own")
    ann, bob = await world.user(), await world.user()
    post = await world.make("posts", title="one", secret_note="CNRY", author=ann.id)
    at = await moment(database)
    await patched(world, "posts", post, author=bob.id)

    for user, shown in ((ann, "CNRY"), (bob, None)):
        answer = await user.client.get(f"{world.data}/posts/{post['id']}", params={"as_of": at})
        assert answer.json().get("secret_note") == shown
    asked = {"as_of": at, "secret_note": "CNRY"}
    for user, found in ((ann, 1), (bob, 0)):
        answer = await user.client.get(f"{world.data}/posts", params=asked)
        assert len(answer.json()["data"]) == found


async def test_no_other_project_is_read(world: World, database: Database) -> None:
    await world.policy("posts", "list read", "anonymous")
    await world.make("posts", title="one")
    at = await moment(database)
    async with world.anyone as anyone:
        answer = await anyone.get("/api/projects/no-such-project/data/posts", params={"as_of": at})
        assert answer.status_code == 404
