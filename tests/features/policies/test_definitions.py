"""Policies are written in names, kept by ids, and refused whole where they cannot stand."""

from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.policies.world import POSTS, World
from tests.schemas import apply_schema, field


async def test_a_policy_is_shown_as_it_was_written(world: World) -> None:
    made = await world.policy(
        "posts",
        "update",
        "app_user role:editor",
        where={"author": "$user.id", "or": [{"status": "draft"}, {"category__name": "x"}]},
        check={"status__in": ["draft", "published"], "rank__gte": "$old.rank"},
        fields=["title", "body", "tags"],
        presets={"author": "$user.id", "rank": 3},
        require_verified_email=True,
        description="Why not.",
    )
    got = (await world.admin.get(f"{world.project.url}/policies/{made['id']}")).json()
    assert got == made
    assert got["where"] == {
        "author": "$user.id",
        "or": [{"status": "draft"}, {"category__name": "x"}],
    }
    assert got["check"]["rank__gte"] == "$old.rank"
    assert got["presets"] == {"author": "$user.id", "rank": 3}
    assert got["broken"] is None


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "collection": ({"collection": "post"}, "/collection", "unknown_collection"),
    "field in where": ({"where": {"titel": "x"}}, "/where/titel", "unknown_field"),
    "deep field": ({"where": {"author__secret": "x"}}, "/where/author__secret", "unknown_field"),
    "operator": ({"where": {"title__near": "x"}}, "/where", "query_unknown_operator"),
    "variable": ({"where": {"author": "$user.salary"}}, "/where", "query_invalid_condition"),
    "root": ({"where": {"author": "$me"}}, "/where", "query_invalid_condition"),
    "long list": (
        {"where": {"rank__in": list(range(1_001))}}, "/where", "query_invalid_condition",
    ),
    "variable in a list": (
        {"where": {"or": [{"title__in": ["x", "$user.email"]}]}},
        "/where/or/0/title__in/1", "query_invalid_condition",
    ),
    "variable between": (
        {"where": {"rank__between": ["$user.rank", 3]}},
        "/where/rank__between/0", "query_invalid_condition",
    ),
    "old in a list": (
        {"check": {"status__in": ["$old.status", "gone"]}},
        "/check/status__in/0", "query_invalid_condition",
    ),
    "variable in an object": (
        {"effect": "deny", "where": {"meta__contains": {"by": [{"id": "$user.id"}]}}},
        "/where/meta__contains/by/0/id", "query_invalid_condition",
    ),
    "value": ({"where": {"rank": "many"}}, "/where", "query_invalid_value"),
    "old in where": ({"where": {"rank": "$old.rank"}}, "/where", "query_invalid_condition"),
    "fields": ({"fields": ["title", "bodi"]}, "/fields/1", "unknown_field"),
    "presets": ({"presets": {"created_at": "$now"}}, "/presets/created_at", "unknown_field"),
    "preset value": ({"presets": {"rank": "x"}}, "/presets/rank", "query_invalid_value"),
    "principal": ({"principals": ["everyone"]}, "/principals/0", "unknown_principal"),
    "nameless role": ({"principals": ["role:"]}, "/principals/0", "unknown_principal"),
    "deny sets": (
        {"effect": "deny", "presets": {"rank": 1}}, "/presets", "not_applicable",
    ),
    "reads check nothing": (
        {"actions": ["read"], "check": {"rank": 1}}, "/check", "not_applicable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
async def test_what_cannot_stand_is_refused_where_it_is(still_world: World, case: str) -> None:
    change, pointer, code = FAULTS[case]
    body = {
        "name": "p", "collection": "posts", "actions": ["update"], "principals": ["app_user"],
    } | change  # fmt: skip
    answer = await still_world.admin.post(f"{still_world.project.url}/policies", json=body)
    assert answer.status_code == 422, answer.text
    fault = answer.json()["errors"][0]
    assert fault["pointer"].startswith(pointer)
    assert fault["code"] == code


async def test_a_rename_takes_the_policy_along(world: World, admin: Admin) -> None:
    made = await world.policy(
        "posts", "list", "anonymous", where={"status": "published"}, fields=["title", "status"]
    )
    held = (await admin.client.get(f"{world.project.url}/schema")).json()["schema"]
    posts = next(c for c in held["collections"] if c["name"] == "posts")
    posts["name"] = "articles"
    next(f for f in posts["fields"] if f["name"] == "status")["name"] = "state"
    body = {"base": None, "schema": held}
    answer = await admin.client.post(f"{world.project.url}/schema/apply", json=body)
    assert answer.status_code == 200, answer.text
    got = (await admin.client.get(f"{world.project.url}/policies/{made['id']}")).json()
    assert (got["collection"], got["where"]) == ("articles", {"state": "published"})
    assert got["fields"] == ["title", "state"]
    seen = await world.anyone.get(f"{world.data}/articles")
    assert seen.status_code == 200


async def test_a_field_made_anew_brings_no_policy_back(world: World, admin: Admin) -> None:
    made = await world.policy("posts", "list", "anonymous", where={"status": "published"})
    await world.make("posts", title="seen", status="published")
    assert len((await world.anyone.get(f"{world.data}/posts")).json()["data"]) == 1
    without = POSTS | {"fields": [f for f in POSTS["fields"] if f["name"] != "status"]}
    await apply_schema(admin, world.project, without)
    again = without | {"fields": [*without["fields"], field("status", "string")]}
    await apply_schema(admin, world.project, again)
    assert (await world.anyone.get(f"{world.data}/posts")).status_code == 401
    got = (await admin.client.get(f"{world.project.url}/policies/{made['id']}")).json()
    assert "gone" in got["broken"]


async def test_a_broken_deny_denies_all(world: World, admin: Admin) -> None:
    await world.policy("posts", "list", "anonymous")
    await world.policy(
        "posts", "list", "anonymous", effect="deny", where={"slug": "hidden"}, name="no"
    )
    await world.make("posts", title="seen", slug="a")
    assert len((await world.anyone.get(f"{world.data}/posts")).json()["data"]) == 1
    without = POSTS | {"fields": [f for f in POSTS["fields"] if f["name"] != "slug"]}
    await apply_schema(admin, world.project, without)
    assert (await world.anyone.get(f"{world.data}/posts")).status_code == 401


async def test_a_change_holds_from_the_next_request_on(world: World) -> None:
    await world.make("posts", title="one")
    policy = await world.policy("posts", "list", "anonymous")
    path = f"{world.project.url}/policies/{policy['id']}"
    assert (await world.anyone.get(f"{world.data}/posts")).status_code == 200
    changed = await world.admin.patch(path, json={"where": {"title": "two"}})
    assert changed.status_code == 200, changed.text
    assert (await world.anyone.get(f"{world.data}/posts")).json()["data"] == []
    assert (await world.admin.patch(path, json={"enabled": False})).status_code == 200
    assert (await world.anyone.get(f"{world.data}/posts")).status_code == 401
    assert (await world.admin.delete(path)).status_code == 204
    assert (await world.admin.delete(path)).status_code == 404


async def test_a_new_project_lets_users_see_themselves_alone(world: World) -> None:
    listed = (await world.admin.get(f"{world.project.url}/policies")).json()["data"]
    assert [each["name"] for each in listed] == ["users see themselves", "users change their name"]
    assert {each["collection"] for each in listed} == {"users"}
    assert listed[0]["where"] == {"id": "$user.id"}
    assert listed[1]["fields"] == ["name"]


async def test_policies_are_for_admins_to_change_and_logged(world: World, database: Any) -> None:
    made = await world.policy("posts", "list", "anonymous")
    rows = await database.owner.fetch(
        "SELECT action, target FROM backendify.control_log WHERE project_id = $1 AND action LIKE "
        "'policy.%'",
        world.project.id,
    )
    assert ("policy.created", made["id"]) in {tuple(row) for row in rows}
    key = await world.key("*:*")
    assert (await key.get(f"{world.project.url}/policies")).status_code in (401, 403, 404)
