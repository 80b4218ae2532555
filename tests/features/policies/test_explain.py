"""Why somebody may, or may not: the decision itself, and each condition with its values."""

from typing import Any

import pytest

from tests.features.policies.world import World
from tests.people import invited


async def ask(world: World, collection: str, action: str, as_: Any, **more: Any) -> dict[str, Any]:
    body = {"collection": collection, "action": action, "as": as_, **more}
    answer = await world.admin.post(f"{world.project.url}/policies/explain", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_no_policy_is_a_reason(world: World) -> None:
    told = await ask(world, "posts", "list", {"anonymous": True})
    assert told["allowed"] is False
    assert told["reason"] == "no policy allowed it"
    assert told["policies"] == []
    assert told["predicate_sql"] is None


async def test_each_condition_is_told_with_actual_and_expected(world: World) -> None:
    post = await world.make("posts", title="t", status="draft", rank=3)
    user = {"user": {"email": "a@example.com"}}
    await world.policy(
        "posts", "read", "app_user", name="published or mine",
        where={"status": "published", "author": "$user.id"},
    )  # fmt: skip
    told = await ask(world, "posts", "read", user, record_id=post["id"])
    assert told["allowed"] is False
    (policy,) = told["policies"]
    assert (policy["name"], policy["allowed"]) == ("published or mine", False)
    told_of = {each["condition"].split()[0]: each for each in policy["conditions"]}
    status, author = told_of["status"], told_of["author"]
    assert status["condition"] == 'status eq "published"'
    assert (status["actual"], status["expected"], status["holds"]) == ("draft", "published", False)
    assert author["condition"] == "author eq $user.id"
    assert (author["actual"], author["holds"]) == (None, False)
    assert author["expected"] is not None
    assert '"status" = $' in told["predicate_sql"]


async def test_relation_paths_show_what_was_found_on_the_way(world: World) -> None:
    category = await world.make("categories", name="news")
    post = await world.make("posts", title="t", category_id=category["id"])
    await world.make("comments", text="one", post_id=post["id"], approved=True)
    await world.policy(
        "posts", "read", "anonymous", where={"category__name": "sport", "comments__approved": True}
    )
    told = await ask(world, "posts", "read", {"anonymous": True}, record_id=post["id"])
    conditions = {c["condition"]: c for c in told["policies"][0]["conditions"]}
    name = conditions['category__name eq "sport"']
    assert (name["actual"], name["holds"]) == (["news"], False)
    approved = conditions["comments__approved eq true"]
    assert (approved["actual"], approved["holds"]) == ([True], True)


async def test_a_write_is_explained_by_the_record_before_and_after(world: World) -> None:
    post = await world.make("posts", title="t", rank=5)
    await world.policy(
        "posts", "update", "anonymous", where={"title": "t"}, check={"rank__gte": "$old.rank"}
    )
    lower = await ask(
        world, "posts", "update", {"anonymous": True}, record_id=post["id"], data={"rank": 4}
    )
    assert lower["allowed"] is False
    parts = {c["part"]: c for c in lower["policies"][0]["conditions"]}
    assert parts["where"]["holds"] is True
    assert (parts["check"]["actual"], parts["check"]["holds"]) == (4, False)
    higher = await ask(
        world, "posts", "update", {"anonymous": True}, record_id=post["id"], data={"rank": 6}
    )
    assert higher["allowed"] is True
    assert "allowed by" in higher["reason"]
    assert (await world.admin.get(f"{world.data}/posts/{post['id']}")).json()["rank"] == 5


async def test_without_a_record_the_answer_says_that_it_depends_on_one(world: World) -> None:
    user = {"user": {"email": "a@example.com"}}
    await world.policy("posts", "read update", "app_user", where={"status": "published"})
    for action, more in (("read", {}), ("update", {"data": {"rank": 1}})):
        told = await ask(world, "posts", action, user, **more)
        assert (told["allowed"], told["depends_on"]) == (None, "record"), told
        assert told["reason"] == "it depends on the record"
        assert told["error"] is None
        assert told["policies"][0]["conditions"][0]["holds"] is None
    post = await world.make("posts", title="t", status="published")
    known = await ask(world, "posts", "read", user, record_id=post["id"])
    assert (known["allowed"], known["depends_on"]) == (True, None)


async def test_what_holds_for_every_record_needs_none(world: World) -> None:
    anonymous = {"anonymous": True}
    await world.policy("posts", "read create", "anonymous", name="public")
    await world.policy("posts", "delete", "anonymous", where={"status": "draft"})
    await world.policy("posts", "delete", "anonymous", effect="deny", name="never")
    read = await ask(world, "posts", "read", anonymous)
    assert (read["allowed"], read["reason"]) == (True, "allowed by 'public'")
    assert (await ask(world, "posts", "create", anonymous))["allowed"] is True
    never = await ask(world, "posts", "delete", anonymous)
    assert (never["allowed"], never["depends_on"]) == (False, None)
    assert never["reason"] == "denied by 'never'"
    assert (await ask(world, "posts", "update", anonymous))["allowed"] is False


async def test_without_data_the_answer_says_that_it_depends_on_them(world: World) -> None:
    await world.policy("posts", "create", "anonymous", check={"rank__gte": 3})
    open_ = await ask(world, "posts", "create", {"anonymous": True})
    assert (open_["allowed"], open_["depends_on"]) == (None, "data")
    low = await ask(world, "posts", "create", {"anonymous": True}, data={"title": "t", "rank": 1})
    assert (low["allowed"], low["depends_on"]) == (False, None)


async def test_a_deny_is_named(world: World) -> None:
    post = await world.make("posts", title="t", status="gone")
    await world.policy("posts", "read", "anonymous")
    await world.policy(
        "posts", "read", "anonymous", effect="deny", where={"status": "gone"}, name="not the gone"
    )
    told = await ask(world, "posts", "read", {"anonymous": True}, record_id=post["id"])
    assert told["allowed"] is False
    assert told["reason"] == "denied by 'not the gone'"


async def test_members_are_told_why_beside_the_answer(world: World) -> None:
    post = await world.make("posts", title="t")
    explain = {"Prefer": "explain"}
    listed = await world.admin.get(f"{world.data}/posts", headers=explain)
    assert listed.json()["explain"]["reason"] == "allowed by the role 'owner' in the project"
    one = await world.admin.get(f"{world.data}/posts/{post['id']}", headers=explain)
    assert one.json()["explain"]["allowed"] is True
    missing = await world.admin.get(f"{world.data}/posts/{world.project.id}", headers=explain)
    assert missing.status_code == 404
    assert "explain" in missing.json()
    await world.policy("posts", "list", "anonymous")
    public = await world.anyone.get(f"{world.data}/posts", headers=explain)
    assert "explain" not in public.json()


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_a_member_below_admin_is_told_no_values_by_way_of_reasons(
    world: World, role: str
) -> None:
    """A policy may hide fields from them, and reasons hold what conditions look at."""
    await world.policy(
        "posts", "list read update", "admin_user", effect="deny", fields=["secret_note"]
    )
    await world.policy(
        "posts", "list read update", "admin_user", effect="deny", where={"secret_note": "x"}
    )
    post = await world.make("posts", title="t", secret_note="CNRY")
    member = await invited(world.app, world.admin, world.project.url, role)
    one = f"{world.data}/posts/{post['id']}"
    for method, url, body in (
        ("GET", f"{world.data}/posts", None),
        ("GET", one, None),
        ("GET", f"{world.data}/posts/{world.project.id}", None),
        ("PATCH", one, {"rank": 1}),
        ("PATCH", one, {"secret_note": "x"}),
        ("POST", f"{world.data}/posts/query", {}),
    ):
        preferred = {"Prefer": "explain, handling=lenient"}
        answer = await member.client.request(method, url, json=body, headers=preferred)
        assert "explain" not in answer.json(), answer.text
        assert "CNRY" not in answer.text
        applied = answer.headers.get("preference-applied", "")
        assert "explain" not in applied
        assert ("handling=lenient" in applied) is answer.is_success
    told = await world.admin.get(one, headers={"Prefer": "explain"})
    assert told.headers["preference-applied"] == "explain"


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_what_a_member_below_admin_reads_of_policies_holds_no_stored_value(
    world: World, role: str
) -> None:
    post = await world.make("posts", title="t", secret_note="CNRY")
    await world.policy("posts", "read", "anonymous", where={"secret_note": "x"})
    member = await invited(world.app, world.admin, world.project.url, role)
    base = f"{world.project.url}/policies"
    for path in ("", "/matrix", "/lint", "/tests", "/templates"):
        answer = await member.client.get(base + path)
        assert answer.status_code == 200
        assert "CNRY" not in answer.text
    question = {"collection": "posts", "action": "read", "as": {"anonymous": True}}
    for path, body in (("/explain", question | {"record_id": post["id"]}), ("/test", {})):
        answer = await member.client.post(base + path, json=body)
        assert answer.status_code == 403


async def test_bad_questions_are_told_so(world: World) -> None:
    url = f"{world.project.url}/policies/explain"
    ask_: dict[str, Any] = {"collection": "posts", "action": "read", "as": {}}
    assert (await world.admin.post(url, json=ask_)).status_code == 422
    twice = ask_ | {"as": {"anonymous": True, "role": "x"}}
    assert (await world.admin.post(url, json=twice)).status_code == 422
    nobody = ask_ | {"as": {"user_id": str(world.project.id)}}
    assert (await world.admin.post(url, json=nobody)).json()["errors"][0][
        "pointer"
    ] == "/as/user_id"
    gone = ask_ | {"as": {"anonymous": True}, "record_id": "nonsense"}
    assert (await world.admin.post(url, json=gone)).status_code == 422
    assert (await world.admin.post(url, json=ask_ | {"collection": "x"})).status_code == 422
