"""The matrix, the linter and the templates."""

from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.policies.world import POSTS, World
from tests.schemas import apply_schema, field


def cell(matrix: dict[str, Any], principal: str, collection: str, action: str) -> dict[str, Any]:
    (row,) = (
        row
        for row in matrix["rows"]
        if (row["principal"], row["collection"]) == (principal, collection)
    )
    found: dict[str, Any] = row["actions"][action]
    return found


async def test_the_matrix_says_who_may_do_what(world: World) -> None:
    await world.policy(
        "posts", "list read", "anonymous", where={"status": "published"}, fields=["title"]
    )
    await world.policy("posts", "*", "role:editor")
    await world.policy("posts", "create", "app_user", presets={"author": "$user.id"})
    await world.policy(
        "comments", "create", "app_user", require_verified_email=True, name="verified comment"
    )
    await world.key("posts:read")
    matrix = (await world.admin.get(f"{world.project.url}/policies/matrix")).json()
    seen = cell(matrix, "anonymous", "posts", "list")
    assert (seen["allowed"], seen["fields"]) == ("some", ["id", "title"])
    assert cell(matrix, "anonymous", "posts", "create")["allowed"] == "none"
    assert cell(matrix, "role:editor", "posts", "delete")["allowed"] == "all"
    assert cell(matrix, "app_user", "posts", "create")["presets"] == ["author"]
    assert cell(matrix, "app_user", "comments", "create")["allowed"] == "all"
    assert cell(matrix, "app_user (unverified)", "comments", "create")["allowed"] == "none"
    assert cell(matrix, "member:viewer", "posts", "update")["allowed"] == "none"
    assert cell(matrix, "member:editor", "posts", "update")["allowed"] == "all"
    (key,) = [p for p in matrix["principals"] if p.startswith("api_key:")]
    assert cell(matrix, key, "posts", "read")["allowed"] == "all"
    assert cell(matrix, key, "posts", "update")["allowed"] == "none"


async def lint(world: World) -> list[dict[str, Any]]:
    answer = await world.admin.get(f"{world.project.url}/policies/lint")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["findings"]
    return found


LINTED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "anyone deletes": (
        [{"actions": ["delete"], "principals": ["anonymous"]}], "open_to_anonymous",
    ),
    "anyone reads all": ([{"actions": ["list"], "principals": ["anonymous"]}], "open_to_anonymous"),
    "write without check": (
        [{"actions": ["update"], "principals": ["app_user"]}], "write_without_check",
    ),
    "an empty check": (
        [{"actions": ["update"], "principals": ["app_user"], "where": {"author": "$user.id"},
          "check": {}}], "write_without_check",
    ),
    "a related hidden field": (
        [{"actions": ["list"], "principals": ["app_user"],
          "where": {"category__internal_code": "x"}}], "hidden_field_through_relation",
    ),
    "no index": (
        [{"actions": ["list"], "principals": ["app_user"], "where": {"title": "x"}}],
        "predicate_without_index",
    ),
    "denied whole": (
        [{"actions": ["list"], "principals": ["app_user"], "where": {"author": "$user.id"}},
         {"actions": ["*"], "principals": ["app_user"], "effect": "deny"}], "unreachable",
    ),
    "an unknown role": (
        [{"actions": ["list"], "principals": ["role:nobody"]}], "unreachable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LINTED)
async def test_the_linter_finds(world: World, case: str) -> None:
    policies, code = LINTED[case]
    assert code not in {each["code"] for each in await lint(world)}
    for number, policy in enumerate(policies):
        body = {"name": f"p{number}", "collection": "posts", **policy}
        answer = await world.admin.post(f"{world.project.url}/policies", json=body)
        assert answer.status_code == 201, answer.text
    assert code in {each["code"] for each in await lint(world)}


async def test_a_sound_set_of_policies_has_no_finding(world: World) -> None:
    mine = {"author": "$user.id"}
    await world.policy("posts", "list read update delete", "app_user", where=mine)
    await world.policy("posts", "create", "app_user", check=mine, presets=mine, name="new")
    assert await lint(world) == []


async def test_the_linter_finds_policies_of_fields_that_are_gone(
    world: World, admin: Admin
) -> None:
    await world.policy("posts", "list", "app_user", where={"status": "published"})
    without = POSTS | {"fields": [f for f in POSTS["fields"] if f["name"] != "status"]}
    await apply_schema(admin, world.project, without)
    assert (await lint(world))[0]["code"] == "broken"


LIMITS: dict[str, Any] = {
    "name": "offers",
    "fields": [
        field("price", "int"), field("floor", "int"), field("note", "string"),
        field("category", "relation", to="categories"),
    ],
}  # fmt: skip
ABOVE_FLOOR = {"price__gte": "$record.floor"}
ABOVE_ANOTHER = {"or": [{"price__gt": 5}, {"not": {"category__internal_code": "x"}}]}


@pytest.mark.parametrize(
    ("rule", "reads", "writes", "named"),
    [
        (ABOVE_FLOOR, ["price", "note"], ["price"], "offers.floor"),
        (ABOVE_FLOOR, ["price"], None, "offers.floor"),
        (ABOVE_ANOTHER, None, ["price"], "categories.internal_code"),
        (ABOVE_FLOOR, ["price", "floor"], ["price"], None),
        (ABOVE_FLOOR, ["price"], ["note"], None),
        ({"price__gt": 5}, ["note"], ["price"], None),
    ],
)
async def test_the_linter_finds_rules_that_tell_what_their_writer_may_not_read(
    world: World, admin: Admin, rule: Any, reads: Any, writes: Any, named: str | None
) -> None:
    rules = {"validations": [{"rule": "condition", "where": rule, "message": "No."}]}
    await apply_schema(admin, world.project, LIMITS | rules)
    await world.policy("offers", "list read", "app_user", fields=reads)
    await world.policy("offers", "update", "role:seller", fields=writes)
    await world.policy("offers", "*", "admin_user")

    found = [each for each in await lint(world) if each["code"] == "hidden_field_through_rule"]

    assert [(each["severity"], each["collection"]) for each in found] == (
        [("warning", "offers")] if named else []
    )
    assert all(f"{named}, which role:seller may not read" in each["message"] for each in found)


async def use(world: World, template: str, **body: Any) -> Any:
    return await world.admin.post(f"{world.project.url}/policies/templates/{template}", json=body)


async def test_templates_make_the_usual_policies_in_one_call(world: World) -> None:
    listed = (await world.admin.get(f"{world.project.url}/policies/templates")).json()["data"]
    assert {each["name"] for each in listed} == {
        "public_read", "owner_only", "members_of_organisation", "role",
    }  # fmt: skip
    public = await use(world, "public_read", collection="tags")
    assert public.status_code == 201, public.text
    assert (await world.anyone.get(f"{world.data}/tags")).status_code == 200
    owner = await use(world, "owner_only", collection="posts", field="author")
    assert [p["presets"] for p in owner.json()["data"]] == [{}, {"author": "$user.id"}]
    role = await use(world, "role", collection="posts", role="editor")
    assert role.json()["data"][0]["principals"] == ["role:editor"]


async def test_the_organisation_template_finds_the_way_to_its_members(
    world: World, admin: Admin
) -> None:
    await apply_schema(
        admin,
        world.project,
        {"name": "teams", "fields": [
            field("name", "string"),
            field("members", "relation", kind="has_many", to="seats", via="team"),
        ]},
        {"name": "seats", "fields": [
            field("team", "relation", to="teams", on_delete="cascade"),
            field("user", "relation", to="users", on_delete="cascade"),
        ]},
        {"name": "plans", "fields": [field("team", "relation", to="teams", on_delete="cascade")]},
    )  # fmt: skip
    made = await use(world, "members_of_organisation", collection="plans", field="team")
    assert made.status_code == 201, made.text
    assert made.json()["data"][0]["where"] == {"team__members__user_id": "$user.id"}


@pytest.mark.parametrize(
    ("template", "body", "status", "pointer"),
    [
        ("nonsense", {"collection": "posts"}, 404, None),
        ("owner_only", {"collection": "posts"}, 422, "/field"),
        ("owner_only", {"collection": "posts", "field": "category"}, 422, "/field"),
        ("owner_only", {"collection": "none", "field": "author"}, 422, "/collection"),
        ("members_of_organisation", {"collection": "posts", "field": "category"}, 422, "/field"),
        ("role", {"collection": "posts"}, 422, "/role"),
    ],
)
async def test_a_template_that_does_not_fit_is_refused(
    still_world: World, template: str, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = await use(still_world, template, **body)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
