"""Several policies allow the same write: what each sets is set only where that one allows it."""

from typing import Any

from tests.features.policies.world import World

BULK = {"Prefer": "max-affected=100"}


async def two_ways(world: World) -> None:
    """Drafts may be claimed; what is published may be given a body."""
    await world.policy("posts", "list read", "app_user")
    await world.policy(
        "posts", "update", "app_user", name="claim a draft",
        where={"status": "draft"}, check={"author": "$user.id"}, presets={"author": "$user.id"},
    )  # fmt: skip
    await world.policy(
        "posts", "update", "app_user", name="fill what is published", where={"status": "published"}
    )


async def test_an_update_sets_what_its_own_policy_sets(world: World) -> None:
    await two_ways(world)
    user, owner = await world.user(), await world.user()
    draft = await world.make("posts", title="d", author_id=owner.id)
    done = await world.make("posts", title="p", status="published", author_id=owner.id)
    gone = await world.make("posts", title="g", status="gone", author_id=owner.id)

    async def write(record: dict[str, Any]) -> tuple[int, str | None]:
        answer = await user.client.patch(f"{world.data}/posts/{record['id']}", json={"body": "b"})
        kept = (await world.admin.get(f"{world.data}/posts/{record['id']}")).json()
        return answer.status_code, kept["author_id"]

    assert await write(draft) == (200, user.id)
    assert await write(done) == (200, owner.id)
    assert await write(gone) == (404, owner.id)


async def test_a_dry_run_and_the_explanation_tell_the_same(world: World) -> None:
    await two_ways(world)
    user = await world.user()
    done = await world.make("posts", title="p", status="published")
    url = f"{world.data}/posts/{done['id']}"
    tried = await user.client.patch(url, json={"body": "b"}, headers={"Prefer": "tx=rollback"})
    assert (tried.status_code, tried.json()["author_id"]) == (200, None)
    told = await world.admin.post(
        f"{world.project.url}/policies/explain",
        json={
            "as": {"user_id": user.id}, "collection": "posts", "action": "update",
            "record_id": done["id"], "data": {"body": "b"},
        },
    )  # fmt: skip
    assert told.json()["allowed"], told.text


async def test_many_records_are_not_changed_in_several_ways(world: World) -> None:
    await two_ways(world)
    user = await world.user()
    await world.make("posts", title="d")
    url = f"{world.data}/posts?title=d"
    refused = await user.client.patch(url, json={"body": "b"}, headers=BULK)
    assert (refused.status_code, refused.json()["code"]) == (403, "policy_presets_differ")
    one_way = await user.client.patch(url, json={"author_id": user.id}, headers=BULK)
    assert one_way.status_code == 200, one_way.text


async def test_creates_and_upserts_go_the_first_way_that_allows_them(world: World) -> None:
    user = await world.user()
    await world.policy("posts", "list read", "app_user")
    await world.policy(
        "posts", "create update", "app_user", name="drafts",
        check={"status": "draft", "rank__lt": 10}, where={}, presets={"body": "by all"},
    )  # fmt: skip
    await world.policy(
        "posts", "create update", "app_user", name="own", where={"author": "$user.id"}
    )

    async def write(method: str, query: str = "", **values: Any) -> Any:
        answer = await user.client.request(method, f"{world.data}/posts{query}", json=values)
        return answer.status_code, answer.json().get("body")

    assert await write("POST", title="a") == (201, "by all")
    assert await write("POST", title="b", rank=11) == (403, None)
    assert await write("POST", title="c", rank=11, author_id=user.id) == (201, None)
    assert await write("POST", title="d", rank=1, body="own words") == (403, None)
    assert await write("POST", title="e", body="mine", author_id=user.id) == (201, "mine")
    upsert = "?on_conflict=slug"
    mine = {"title": "u", "slug": "u", "author_id": user.id}
    assert await write("POST", upsert, **mine, rank=11) == (201, None)
    assert await write("POST", upsert, **mine, rank=12) == (200, None)
    assert await write("POST", upsert, **mine, rank=1) == (200, "by all")
    bodies: list[dict[str, Any]] = [{"title": "x", "rank": 1}, {"title": "y", "author_id": user.id}]
    both = await user.client.post(f"{world.data}/posts", json=bodies)
    assert [each["body"] for each in both.json()["data"]] == ["by all", "by all"]
    bodies[1]["rank"] = 11
    neither = await user.client.post(f"{world.data}/posts", json=bodies)
    assert neither.status_code == 403


async def test_an_import_goes_one_way(world: World) -> None:
    user = await world.user()
    await world.policy(
        "tags", "create", "app_user", name="all", check={"name": "a"}, presets={"hue": "grey"}
    )
    await world.policy("tags", "create", "app_user", name="rest", check={"name": "b"})
    sent = await user.client.post(
        f"{world.data}/tags/import", content="name\na\n", headers={"content-type": "text/csv"}
    )
    assert (sent.status_code, sent.json()["code"]) == (403, "policy_presets_differ")


async def test_a_policy_that_allows_everything_leaves_no_other_way(world: World) -> None:
    user = await world.user()
    await world.policy("tags", "create", "app_user", name="all", presets={"hue": "grey"})
    await world.policy("tags", "create", "app_user", name="rest", check={"name": "b"})
    sent = await user.client.post(
        f"{world.data}/tags/import", content="name\na\n", headers={"content-type": "text/csv"}
    )
    assert sent.status_code == 200, sent.text
    listed = (await world.admin.get(f"{world.data}/tags")).json()["data"]
    assert [each["hue"] for each in listed] == ["grey"]
