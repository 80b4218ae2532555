"""Policy tests: as X, do Y, expect Z, run by the statements that requests become."""

from typing import Any

from tests.conftest import Admin
from tests.features.policies.world import POSTS, World


def case(name: str, as_: dict[str, Any], do: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "as": as_, "do": do, **more}


GIVEN = [
    {"ref": "a", "collection": "users", "data": {"email": "a@example.com"}},
    {"ref": "b", "collection": "users", "data": {"email": "b@example.com"}},
    {"ref": "mine", "collection": "posts", "data": {"title": "m", "author_id": {"$ref": "a.id"}}},
    {"ref": "other", "collection": "posts", "data": {"title": "o", "author_id": {"$ref": "b.id"}}},
]
AS_A = {"user": {"id": {"$ref": "a.id"}}}


async def run(world: World, *cases: dict[str, Any], stored: bool = False) -> dict[str, Any]:
    body = {"tests": list(cases), "stored": stored}
    answer = await world.admin.post(f"{world.project.url}/policies/test", json=body)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def test_each_action_is_decided_as_its_request_would_be(world: World) -> None:
    mine = {"author": "$user.id"}
    await world.policy("posts", "list read update delete", "app_user", where=mine)
    await world.policy(
        "posts", "create", "app_user", check=mine, presets={"author": "$user.id"}, name="new"
    )

    def record(name: str) -> dict[str, Any]:
        return {"collection": "posts", "record_id": {"$ref": f"{name}.id"}}

    report = await run(
        world,
        case("list", AS_A, {"action": "list", "collection": "posts"}, given=GIVEN,
             expect={"allowed": True, "count": 1, "records": [{"$ref": "mine.id"}]}),
        case("read own", AS_A, {"action": "read", **record("mine")}, given=GIVEN,
             expect={"allowed": True}),
        case("read other's", AS_A, {"action": "read", **record("other")}, given=GIVEN,
             expect={"allowed": False, "error": "record_not_found"}),
        case("update", AS_A, {"action": "update", "data": {"title": "x"}, **record("mine")},
             given=GIVEN, expect={"allowed": True}),
        case("give away", AS_A,
             {"action": "update", "data": {"author_id": {"$ref": "b.id"}}, **record("mine")},
             given=GIVEN, expect={"allowed": False}),
        case("create", AS_A, {"action": "create", "collection": "posts", "data": {"title": "n"}},
             given=GIVEN, expect={"allowed": True}),
        case("delete other's", AS_A, {"action": "delete", **record("other")}, given=GIVEN,
             expect={"allowed": False}),
        case("anonymous", {"anonymous": True}, {"action": "list", "collection": "posts"},
             given=GIVEN, expect={"allowed": False, "error": "auth_required"}),
        case("member", {"member": "viewer"}, {"action": "list", "collection": "posts"},
             given=GIVEN, expect={"allowed": True, "count": 2}),
    )  # fmt: skip
    assert [r for r in report["results"] if not r["passed"]] == []
    assert (await world.admin.get(f"{world.data}/posts")).json()["data"] == []
    assert (await world.admin.get(f"{world.data}/users")).json()["data"] == []


async def test_a_failing_test_says_what_happened_instead(world: World) -> None:
    await world.policy("posts", "list", "anonymous", fields=["title"])
    report = await run(
        world,
        case("count", {"anonymous": True}, {"action": "list", "collection": "posts"}, given=GIVEN,
             expect={"allowed": True, "count": 5}),
        case("fields", {"anonymous": True}, {"action": "list", "collection": "posts"}, given=GIVEN,
             expect={"allowed": True, "fields": ["title", "body"]}),
        case("ref", {"anonymous": True},
             {"action": "read", "collection": "posts", "record_id": {"$ref": "nobody.id"}},
             expect={"allowed": False}),
    )  # fmt: skip
    assert (report["passed"], report["failed"]) == (0, 3)
    count, fields, ref = report["results"]
    assert count["message"] == "2 records were seen, not 5."
    assert fields["got"]["fields"] == ["id", "title"]
    assert "leads nowhere" in ref["message"]


async def test_stored_tests_stand_in_the_way_of_a_policy_that_breaks_them(world: World) -> None:
    policy = await world.policy("posts", "list", "anonymous", where={"status": "published"})
    stored = case(
        "drafts stay hidden", {"anonymous": True}, {"action": "list", "collection": "posts"},
        given=[{"collection": "posts", "data": {"title": "d", "status": "draft"}}],
        expect={"allowed": True, "count": 0},
    )  # fmt: skip
    kept = await world.admin.post(f"{world.project.url}/policies/tests", json=stored)
    assert kept.status_code == 201, kept.text
    path = f"{world.project.url}/policies/{policy['id']}"
    refused = await world.admin.patch(path, json={"where": None})
    assert refused.status_code == 422
    assert refused.json()["code"] == "policy_tests_failed"
    assert refused.json()["failures"][0]["name"] == "drafts stay hidden"
    assert (await world.admin.get(path)).json()["where"] == {"status": "published"}
    forced = await world.admin.patch(f"{path}?force=true", json={"where": None})
    assert forced.status_code == 200
    assert (await run(world, stored=True))["failed"] == 1


async def test_stored_tests_stand_in_the_way_of_a_schema_that_breaks_them(
    world: World, admin: Admin
) -> None:
    await world.policy("posts", "list", "anonymous", where={"status": "published"})
    stored = case(
        "published posts are seen", {"anonymous": True}, {"action": "list", "collection": "posts"},
        given=[{"collection": "posts", "data": {"title": "p", "status": "published"}}],
        expect={"allowed": True, "count": 1},
    )  # fmt: skip
    await world.admin.post(f"{world.project.url}/policies/tests", json=stored)
    without = POSTS | {"fields": [f for f in POSTS["fields"] if f["name"] != "status"]}
    held = (await admin.client.get(f"{world.project.url}/schema")).json()
    kept = [c for c in held["schema"]["collections"] if c["name"] != "posts"]
    body: dict[str, Any] = {"base": held["hash"], "schema": {"collections": [*kept, without]}}
    answer = await admin.client.post(f"{world.project.url}/schema/apply", json=body)
    body["confirm"] = answer.json()["plan_hash"]
    refused = await admin.client.post(f"{world.project.url}/schema/apply", json=body)
    assert refused.status_code == 422, refused.text
    assert refused.json()["code"] == "policy_tests_failed"
    assert (await admin.client.get(f"{world.project.url}/schema")).json()["hash"] == held["hash"]


async def test_stored_tests_are_listed_replaced_and_deleted(world: World) -> None:
    path = f"{world.project.url}/policies/tests"
    one = case("n", {"anonymous": True}, {"action": "list", "collection": "posts"},
               expect={"allowed": False})  # fmt: skip
    made = (await world.admin.post(path, json=one)).json()
    assert made["as"] == {"anonymous": True}
    replaced = await world.admin.put(f"{path}/{made['id']}", json=one | {"name": "m"})
    assert replaced.json()["name"] == "m"
    listed = (await world.admin.get(path)).json()["data"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert (await world.admin.delete(f"{path}/{made['id']}")).status_code == 204
    assert (await world.admin.delete(f"{path}/{made['id']}")).status_code == 404


async def test_a_schema_that_was_refused_leaves_nothing_behind(world: World) -> None:
    """Neither its defaults nor its fields: the next change gets the number of its version."""
    await world.policy("posts", "list", "anonymous", fields=["title"])
    path = f"{world.project.url}/policies/tests"
    stored = case(
        "one's own rank", {"anonymous": True}, {"action": "list", "collection": "posts"},
        given=[{"collection": "posts", "data": {"title": "t"}}],
        expect={"allowed": True, "count": 1},
    )  # fmt: skip
    made = (await world.admin.post(path, json=stored)).json()
    assert made["result"]["passed"]
    held = (await world.admin.get(f"{world.project.url}/schema")).json()
    posts = next(c for c in held["schema"]["collections"] if c["name"] == "posts")

    async def apply(default: str, *, breaks: bool) -> Any:
        fields = [*posts["fields"], {"name": "mood", "type": "string", "default": default}]
        if breaks:  # the test's record lacks what is required then
            fields.append({"name": "must", "type": "string", "required": True})
        others = [c for c in held["schema"]["collections"] if c["name"] != "posts"]
        wanted = {"collections": [*others, posts | {"fields": fields}]}
        body = {"base": held["hash"], "schema": wanted}
        return await world.admin.post(f"{world.project.url}/schema/apply", json=body)

    refused = await apply("wrong", breaks=True)
    assert refused.json().get("code") == "policy_tests_failed", refused.text
    assert "force" not in refused.json()["hint"]
    assert (await apply("right", breaks=False)).is_success
    assert (await world.make("posts", title="x"))["mood"] == "right"


async def test_a_test_that_fails_anyway_stands_in_nobodys_way(world: World) -> None:
    path = f"{world.project.url}/policies/tests"
    wish = case(
        "all may list", {"anonymous": True}, {"action": "list", "collection": "posts"},
        expect={"allowed": True},
    )  # fmt: skip
    made = (await world.admin.post(path, json=wish)).json()
    assert (made["result"]["passed"], made["result"]["got"]["allowed"]) == (False, False)
    await world.policy("tags", "list", "anonymous")
    added = {"name": "mood", "type": "string"}
    fields = f"{world.project.url}/collections/posts/fields"
    assert (await world.admin.post(fields, json=added)).is_success
    policy = await world.policy("posts", "list", "anonymous")
    refused = await world.admin.delete(f"{world.project.url}/policies/{policy['id']}")
    assert refused.json()["code"] == "policy_tests_failed"
    assert refused.json()["detail"].startswith("The change breaks a policy test:")
