"""The schema over HTTP, as its admins use it."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.features.schema.conftest import Api
from tests.people import invited
from tests.waiting import PATIENCE_SECONDS

POSTS = {
    "name": "posts",
    "label": "Posts",
    "fields": [
        {"name": "title", "type": "string", "required": True, "max_length": 200},
        {"name": "price", "type": "decimal", "precision": 10, "scale": 2, "default": 0},
        {"name": "author", "type": "relation", "to": "users", "on_delete": "set_null"},
    ],
}
COMMENTS = {
    "name": "comments",
    "fields": [
        {"name": "body", "type": "text"},
        {"name": "post", "type": "relation", "to": "posts", "on_delete": "cascade"},
    ],
}


@pytest.fixture
async def blog(api: Api) -> Api:
    await api.ok("POST", "/schema/apply", {"schema": {"collections": [POSTS, COMMENTS]}})
    return api


async def test_a_new_project_has_users_and_nothing_else(api: Api) -> None:
    read = await api.get("/schema")

    assert read["version"] == 1
    assert [c["name"] for c in read["schema"]["collections"]] == ["users"]


async def test_a_schema_is_planned_then_applied(api: Api) -> None:
    base = (await api.get("/schema"))["hash"]
    body = {"base": base, "schema": {"collections": [POSTS]}}

    plan = await api.ok("POST", "/schema/plan", body)
    done = await api.ok("POST", "/schema/apply", body | {"plan_hash": plan["plan_hash"]})

    assert plan["steps"][0]["kind"] == "create_collection"
    assert (plan["risk"], plan["blocked"]) == ("safe", False)
    assert (done["version"], done["status"]) == (2, "applied")
    read = await api.get("/schema")
    assert (read["version"], read["hash"]) == (done["version"], done["hash"])
    assert (await api.get("/schema/drift")) == {"in_sync": True, "differences": []}


async def test_what_is_read_can_be_sent_back_unchanged(blog: Api) -> None:
    read = await blog.get("/schema")

    done = await blog.ok("POST", "/schema/apply", {"base": read["hash"], "schema": read["schema"]})

    assert (done["changed"], done["version"]) == (False, read["version"])


async def test_a_stale_base_is_a_conflict(api: Api) -> None:
    base = (await api.get("/schema"))["hash"]
    await api.ok("POST", "/collections", {"name": "first"})

    body = {"base": base, "schema": {"collections": [POSTS]}}
    problem = await api.refused(409, "POST", "/schema/apply", body)

    assert problem["code"] == "schema_conflict"


async def test_two_admins_on_one_base_only_one_wins(api: Api) -> None:
    """Fifty rounds: the same field with two types at once."""
    await api.ok("POST", "/collections", {"name": "things"})
    for number in range(50):
        read = await api.get("/schema")
        bodies = []
        for kind in ("int", "text"):
            schema = (await api.get("/schema"))["schema"]
            things = next(c for c in schema["collections"] if c["name"] == "things")
            things["fields"].append({"name": f"f{number}", "type": kind})
            bodies.append({"base": read["hash"], "schema": schema})

        answers = await asyncio.gather(
            *(api.send("POST", "/schema/apply", body) for body in bodies)
        )

        assert sorted(a.status_code for a in answers) == [200, 409], [a.text for a in answers]
        loser = next(a for a in answers if a.status_code == 409)
        assert loser.json()["code"] == "schema_conflict"
    assert (await api.get("/schema/drift"))["in_sync"]


async def test_a_destructive_change_wants_its_plan_confirmed(blog: Api) -> None:
    problem = await blog.refused(422, "DELETE", "/collections/posts/fields/title")

    assert problem["code"] == "schema_unsafe_change"
    assert problem["plan"]["risk"] == "destructive"
    await blog.ok("DELETE", f"/collections/posts/fields/title?confirm={problem['plan_hash']}")
    names = [f["name"] for f in (await blog.get("/collections/posts"))["fields"]]
    assert names == ["price", "author"]


async def test_a_collection_others_refer_to_is_not_dropped_by_accident(blog: Api) -> None:
    problem = await blog.refused(409, "DELETE", "/collections/posts")

    assert (problem["code"], problem["dependents"]) == ("schema_dependents", ["comments.post"])
    unsafe = await blog.refused(422, "DELETE", "/collections/posts?cascade=true")
    await blog.ok("DELETE", f"/collections/posts?cascade=true&confirm={unsafe['plan_hash']}")
    assert [f["name"] for f in (await blog.get("/collections/comments"))["fields"]] == ["body"]
    assert (await blog.get("/schema/drift"))["in_sync"]


async def test_what_belongs_to_the_product_is_not_dropped(blog: Api) -> None:
    for path in ("/collections/users", "/collections/users/fields/email"):
        assert (await blog.refused(409, "DELETE", path))["code"] == "schema_protected"
    problem = await blog.refused(
        422, "PATCH", "/collections/users/fields/email", {"required": True}
    )
    assert problem["errors"][0]["code"] == "field_protected"


async def test_users_take_fields_of_the_owners_own(blog: Api) -> None:
    await blog.ok("POST", "/collections/users/fields", {"name": "nickname", "type": "string"})

    names = [f["name"] for f in (await blog.get("/collections/users"))["fields"]]
    assert names[-1] == "nickname"


async def test_rename_keeps_the_id_the_data_and_the_old_name(blog: Api) -> None:
    made = await blog.ok("POST", "/data/posts", {"title": "Hello"})
    before = await blog.get("/collections/posts/fields/title")

    after = await blog.ok("PATCH", "/collections/posts/fields/title", {"name": "headline"})

    assert after["id"] == before["id"]
    assert (await blog.get(f"/data/posts/{made['id']}"))["headline"] == "Hello"
    assert (await blog.get("/collections/posts/fields/title"))["name"] == "headline"


async def test_a_collection_in_a_cycle_is_renamed_and_relations_follow(blog: Api) -> None:
    await blog.ok(
        "POST",
        "/collections/posts/fields",
        {
            "name": "comments",
            "type": "relation",
            "kind": "has_many",
            "to": "comments",
            "via": "post",
        },
    )
    await blog.ok(
        "POST", "/collections/posts/fields", {"name": "top", "type": "relation", "to": "comments"}
    )

    await blog.ok("PATCH", "/collections/comments", {"name": "remarks"})
    await blog.ok("PATCH", "/collections/remarks/fields/post", {"name": "article"})

    fields = {f["name"]: f for f in (await blog.get("/collections/posts"))["fields"]}
    assert (fields["comments"]["to"], fields["comments"]["via"]) == ("remarks", "article")
    assert fields["top"]["to"] == "remarks"
    assert (await blog.get("/schema/drift"))["in_sync"]


async def test_a_name_that_is_taken_is_a_conflict(blog: Api) -> None:
    assert (await blog.refused(409, "POST", "/collections", POSTS))["code"] == "schema_exists"
    problem = await blog.refused(
        409, "POST", "/collections/posts/fields", {"name": "title", "type": "int"}
    )
    assert problem["code"] == "schema_exists"


async def test_faults_of_a_single_field_point_into_what_was_sent(blog: Api) -> None:
    problem = await blog.refused(
        422, "POST", "/collections/posts/fields", {"name": "x y", "type": "int"}
    )

    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/name", "name_invalid")]


async def test_changing_text_to_int_tells_which_rows_resist(blog: Api) -> None:
    for title in ("1", "2", "three"):
        await blog.ok("POST", "/data/posts", {"title": title})

    unsafe = await blog.refused(422, "PATCH", "/collections/posts/fields/title", {"type": "int"})
    confirm = unsafe["plan_hash"]
    problem = await blog.refused(
        422, "PATCH", f"/collections/posts/fields/title?confirm={confirm}", {"type": "int"}
    )

    assert unsafe["code"] == "schema_unsafe_change"
    assert unsafe["plan"]["offenders"][0]["count"] == 1
    assert (problem["code"], problem["count"]) == ("schema_cast_failed", 1)
    assert [s["value"] for s in problem["samples"]] == ["three"]


async def test_rollback_brings_a_dropped_collection_back_with_its_rows(blog: Api) -> None:
    made = await blog.ok("POST", "/data/posts", {"title": "Kept", "price": 2.5})
    version = (await blog.get("/schema"))["version"]
    unsafe = await blog.refused(422, "DELETE", "/collections/posts?cascade=true")
    await blog.ok("DELETE", f"/collections/posts?cascade=true&confirm={unsafe['plan_hash']}")

    plan = await blog.ok("POST", "/schema/rollback/plan", {"version": version})
    done = await blog.ok("POST", "/schema/rollback", {"version": version})

    assert plan["risk"] == "safe"
    assert done["version"] == version + 2
    assert (await blog.get(f"/data/posts/{made['id']}"))["price"] == 2.5
    assert (await blog.get("/schema/drift"))["in_sync"]


async def test_the_history_lists_every_version_and_compares_any_two(blog: Api) -> None:
    await blog.ok("PATCH", "/collections/posts", {"label": "Articles"})

    listed = await blog.get("/schema/history?limit=2")
    one = await blog.get("/schema/history/2")
    between = await blog.get("/schema/diff?from=1&to=3")

    assert [v["version"] for v in listed["data"]] == [3, 2]
    assert listed["page"]["has_more"]
    assert listed["data"][0]["summary"] == "Change label of collection posts"
    assert {c["name"] for c in one["schema"]["collections"]} == {"users", "posts", "comments"}
    assert between["steps"][0]["kind"] == "create_collection"


async def test_a_draft_is_kept_shown_and_applied_together(api: Api) -> None:
    assert (await api.send("GET", "/schema/draft")).status_code == 404
    read = await api.get("/schema")

    await api.ok("PUT", "/schema/draft", {"base": read["hash"], "schema": {"collections": [POSTS]}})
    kept = await api.get("/schema/draft")
    assert (read["has_draft"], (await api.get("/schema"))["has_draft"]) == (False, True)
    done = await api.ok("POST", "/schema/apply", {"draft": True})

    assert (kept["base"], kept["updated_by"][:5]) == (read["hash"], "admin")
    assert done["version"] == 2
    assert (await api.send("GET", "/schema/draft")).status_code == 404


async def test_of_two_who_save_a_draft_at_once_the_second_is_told(api: Api) -> None:
    def wanting(label: str) -> dict[str, Any]:
        return {"schema": {"collections": [{**POSTS, "label": label}]}}

    first = await api.send("PUT", "/schema/draft", wanting("One"), {"If-None-Match": "*"})
    late = await api.send("PUT", "/schema/draft", wanting("Late"), {"If-None-Match": "*"})
    read = await api.send("GET", "/schema/draft")
    tag = {"If-Match": read.headers["etag"]}
    saved = await asyncio.gather(
        *(api.send("PUT", "/schema/draft", wanting(name), tag) for name in ("Two", "Three"))
    )
    discarded = await api.send("DELETE", "/schema/draft", None, tag)

    assert (first.status_code, first.headers["etag"]) == (200, read.headers["etag"])
    assert sorted(answer.status_code for answer in saved) == [200, 412]
    assert (late.status_code, discarded.status_code) == (412, 412)
    assert discarded.json()["code"] == "version_mismatch"
    (won,) = [answer for answer in saved if answer.status_code == 200]
    assert (await api.get("/schema/draft"))["schema"] == won.json()["schema"]
    newest = {"If-Match": won.headers["etag"]}
    assert (await api.send("DELETE", "/schema/draft", None, newest)).status_code == 204
    assert (await api.send("PUT", "/schema/draft", wanting("x"), newest)).status_code == 412


async def test_schema_changes_stand_in_the_control_log(
    api: Api, project: TestProject, database: Any
) -> None:
    await api.ok("POST", "/collections", {"name": "things"})
    rows = await database.owner.fetch(
        "SELECT action, detail::text FROM backendify.control_log WHERE project_id = $1 "
        "AND action = 'schema.applied'",
        project.id,
    )

    assert len(rows) == 1


async def test_a_viewer_reads_the_schema_and_changes_nothing(
    app: Any, admin: Admin, project: TestProject
) -> None:
    viewer = await invited(app, admin.client, project.url, "viewer")

    assert (await viewer.client.get(project.url + "/schema")).status_code == 200
    answer = await viewer.client.post(project.url + "/collections", json={"name": "mine"})
    assert (answer.status_code, answer.json()["code"]) == (403, "policy_role_required")


async def test_a_former_name_works_says_so_is_counted_and_can_be_removed(blog: Api) -> None:
    await blog.ok("PATCH", "/collections/posts/fields/title", {"name": "headline"})
    await blog.ok("PATCH", "/collections/posts", {"name": "articles"})

    made = await blog.send("POST", "/data/posts", {"title": "Hello"})
    listed = await blog.send("GET", "/data/articles?title=Hello&sort=-headline")
    plain = await blog.send("GET", "/data/articles?headline=Hello")

    assert made.status_code == 201, made.text
    assert made.headers["backendify-renamed"] == "posts=articles, title=headline"
    assert (listed.headers["deprecation"], len(listed.json()["data"])) == ("true", 1)
    assert "deprecation" not in plain.headers
    uses: dict[str, int] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):  # they are counted in memory first
        while sum(uses.values()) < 3:
            await asyncio.sleep(0.25)
            told = (await blog.get("/schema/former-names"))["data"]
            uses = {each["former_name"]: each["uses"] for each in told}
    assert uses == {"posts": 1, "title": 2}
    await blog.ok("DELETE", "/schema/former-names/title?collection=articles")
    await blog.ok("DELETE", "/schema/former-names/posts")
    assert (await blog.send("GET", "/data/articles?title=Hello")).status_code == 400
    assert (await blog.send("GET", "/data/posts")).status_code == 404
    assert (await blog.refused(404, "DELETE", "/schema/former-names/posts"))["code"]


async def test_a_value_must_fit_both_types_while_a_type_is_changed(
    api: Api, project: TestProject, database: Any
) -> None:
    """The copy is held at the last row, so that the field stays between its types."""
    await api.ok("POST", "/collections", {"name": "t", "fields": [{"name": "n", "type": "text"}]})
    table = f'"p_{project.id.hex}".t'
    await database.owner.execute(
        f"INSERT INTO {table} (id, n) "
        "SELECT gen_random_uuid(), i::text FROM generate_series(1, 40000) i"
    )
    unsafe = await api.refused(422, "PATCH", "/collections/t/fields/n", {"type": "int"})
    path = f"/collections/t/fields/n?confirm={unsafe['plan_hash']}"
    changing = asyncio.create_task(api.ok("PATCH", path, {"type": "int"}))
    async with database.owner.acquire() as blocker, blocker.transaction():
        await _until_phase(api, "copying")
        await blocker.execute(f"SELECT FROM {table} ORDER BY id DESC LIMIT 1 FOR UPDATE")

        refused = await api.refused(422, "POST", "/data/t", {"n": "seven"})
        taken = await api.ok("POST", "/data/t", {"n": "8"})

    await changing
    assert [e["code"] for e in refused["errors"]] == ["field_migrating"]
    assert taken["n"] == "8"
    await _until_phase(api, "succeeded")
    assert (await api.get(f"/data/t/{taken['id']}"))["n"] == 8


async def _until_phase(api: Api, phase: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            jobs = (await api.get("/schema/jobs"))["data"]
            if jobs and jobs[0]["phase"] == phase:
                return
            await asyncio.sleep(0.02)


async def _plan(client: Any, project: TestProject, **option: Any) -> Any:
    """What making the people's ``pay`` stricter would do."""
    shown = (await client.get(project.url + "/schema")).json()
    people = next(c for c in shown["schema"]["collections"] if c["name"] == "people")
    next(f for f in people["fields"] if f["name"] == "pay").update(option)
    body = {"base": shown["hash"], "schema": shown["schema"]}
    answer = await client.post(project.url + "/schema/plan", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize(
    "deny",
    [{"fields": ["pay"]}, {"where": {"pay__gt": 5}}, {"fields": ["pay"], "where": {"pay": 9}}, {}],
)
async def test_a_plan_tells_nothing_of_rows_that_a_member_may_not_see(
    app: Any, admin: Admin, api: Api, project: TestProject, role: str, deny: Any
) -> None:
    """Not even how many: rules that are only proposed would be questions about hidden values."""
    fields = [{"name": "name", "type": "string"}, {"name": "pay", "type": "int"}]
    await api.ok("POST", "/collections", {"name": "people", "fields": fields})
    for pay in (1, 9):
        await api.ok("POST", "/data/people", {"name": "p", "pay": pay})
    member = (await invited(app, admin.client, project.url, role)).client

    open_to_all = await _plan(member, project, max=5)
    assert [each["count"] for each in open_to_all["offenders"]] == [1]
    assert open_to_all["blocked"] is True

    denied = {"name": "no pay", "collection": "people", "actions": ["list", "read"]}
    denied |= {"principals": ["admin_user"], "effect": "deny", **deny}
    await api.ok("POST", "/policies", denied)
    told = [await _plan(member, project, max=most) for most in (5, 50)]
    for plan in told:
        assert (plan["offenders"], plan["blocked"]) == ([], None)
        assert all(step["offenders"] == [] for step in plan["steps"])
        assert {step["rows"] for step in plan["steps"]} == {None}
    assert "9" not in str([each["offenders"] for each in told])
    as_admin = await _plan(admin.client, project, max=5)
    assert as_admin["offenders"][0]["samples"][0]["value"] == 9


async def test_applied_plans_and_ways_back_tell_no_more_than_new_plans(
    app: Any, admin: Admin, api: Api, project: TestProject
) -> None:
    fields = [{"name": "pay", "type": "decimal", "precision": 9, "scale": 2}]
    await api.ok("POST", "/collections", {"name": "people", "fields": fields})
    await api.ok("POST", "/data/people", {"pay": 9.75})
    member = (await invited(app, admin.client, project.url, "viewer")).client
    path = "/collections/people/fields/pay"
    unsafe = await api.refused(422, "PATCH", path, {"type": "int"})
    await api.ok("PATCH", f"{path}?confirm={unsafe['plan_hash']}", {"type": "int"})
    await api.ok("PATCH", path, {"required": True})

    async def told() -> list[Any]:
        listed = (await member.get(project.url + "/schema/history")).json()["data"]
        one = (await member.get(f"{project.url}/schema/history/2")).json()
        back = await member.post(project.url + "/schema/rollback/plan", json={"version": 1})
        assert back.status_code == 200, back.text
        return [*(each["plan"] for each in listed), one["plan"], back.json()]

    assert any("9.75" in str(plan["offenders"]) for plan in await told())
    denied = {"name": "no pay", "collection": "people", "actions": ["list"], "fields": ["pay"]}
    await api.ok("POST", "/policies", denied | {"principals": ["admin_user"], "effect": "deny"})
    for plan in await told():
        assert "9.75" not in str(plan)
        assert plan["offenders"] == []
        assert all((step["rows"], step["table_bytes"]) == (None, None) for step in plan["steps"])
