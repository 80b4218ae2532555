"""Why somebody may, or may not: the decision itself, and each condition with its values."""

from typing import Any

from tests.features.policies.world import World


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
    status, author = policy["conditions"]
    assert status["condition"] == 'status eq "published"'
    assert (status["actual"], status["expected"], status["holds"]) == ("draft", "published", False)
    assert author["condition"] == "author eq $user.id"
    assert (author["actual"], author["holds"]) == (None, False)
    assert author["expected"] is not None
    assert '"status" = $1' in told["predicate_sql"]


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
