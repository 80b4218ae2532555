"""What may be written: by whom, to which records, which fields, with which values."""

import json
from contextvars import ContextVar
from typing import Any

import pytest

from app.core.db import Database
from tests.features.policies.world import World

BULK = {"Prefer": "max-affected=100"}


async def test_a_write_uses_one_policy_from_beginning_to_end(world: World) -> None:
    """What one policy lets in, another does not let out."""
    user = await world.user()
    mine = {"author": "$user.id"}
    await world.policy("posts", "list read", "app_user")
    await world.policy("posts", "update", "app_user", where=mine | {"status": "draft"}, name="a")
    await world.policy(
        "posts", "update", "app_user", name="b",
        where={"status": "gone"}, check={"status": "published"},
    )  # fmt: skip
    draft = await world.make("posts", title="d", author_id=user.id)
    url = f"{world.data}/posts/{draft['id']}"
    assert (await user.client.patch(url, json={"title": "e"})).status_code == 200
    refused = await user.client.patch(url, json={"status": "published"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "policy_check_failed"
    gone = await world.make("posts", title="g", status="gone")
    revived = await user.client.patch(
        f"{world.data}/posts/{gone['id']}", json={"status": "published"}
    )
    assert revived.status_code == 200


async def test_fields_of_different_policies_are_not_set_in_one_write(world: World) -> None:
    await world.policy("posts", "read", "anonymous")
    await world.policy("posts", "update", "anonymous", fields=["title"], where={"rank": 1})
    await world.policy(
        "posts", "update", "anonymous", fields=["body"], where={"rank__gte": 1}, name="body"
    )
    post = await world.make("posts", title="t", rank=2)
    url = f"{world.data}/posts/{post['id']}"
    assert (await world.anyone.patch(url, json={"body": "b"})).status_code == 200
    assert (await world.anyone.patch(url, json={"title": "x"})).status_code == 404
    both = await world.anyone.patch(url, json={"title": "x", "body": "c"})
    assert (both.status_code, both.json()["code"]) == (403, "policy_fields_refused")
    kept = (await world.admin.get(url)).json()
    assert (kept["title"], kept["body"]) == ("t", "b")


async def test_a_readable_field_that_may_not_be_set_says_so(world: World) -> None:
    await world.policy("posts", "read", "anonymous", fields=["title", "rank"])
    await world.policy("posts", "update create", "anonymous", fields=["title"])
    post = await world.make("posts", title="t")
    url = f"{world.data}/posts/{post['id']}"
    for name, code in (
        ("rank", "field_read_only"), ("body", "unknown_field"), ("nothing", "unknown_field"),
        ("id", "field_read_only"), ("created_at", "field_read_only"),
    ):  # fmt: skip
        answer = await world.anyone.patch(url, json={name: post["id"] if name == "id" else "1"})
        assert answer.status_code == 422, (name, answer.text)
        if name not in ("id", "created_at"):
            assert answer.json()["errors"][0]["code"] == code, name
    assert (await world.anyone.patch(url, json={"title": "n"})).status_code == 200


async def test_presets_are_set_and_cannot_be_sent(world: World) -> None:
    user, other = await world.user(), await world.user()
    await world.policy("posts", "read list", "app_user", where={"author": "$user.id"})
    await world.policy(
        "posts", "create", "app_user", check={"author": "$user.id"},
        presets={"author": "$user.id", "rank": 7, "body": "$user.email"},
    )  # fmt: skip
    made = await user.client.post(f"{world.data}/posts", json={"title": "t"})
    assert made.status_code == 201, made.text
    record = made.json()
    assert (record["author_id"], record["rank"]) == (user.id, 7)
    assert (record["body"], record["created_by"]) == (user.email, user.id)
    for given in ({"author_id": other.id}, {"author": other.id}, {"rank": 7}):
        answer = await user.client.post(f"{world.data}/posts", json={"title": "t", **given})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["code"] == "field_read_only"
    bulk = await user.client.post(f"{world.data}/posts", json=[{"title": "a"}, {"title": "b"}])
    assert [each["author_id"] for each in bulk.json()["data"]] == [user.id, user.id]
    csv = await user.client.post(
        f"{world.data}/posts/import", content="title\nc\n", headers={"Content-Type": "text/csv"}
    )
    assert csv.status_code == 200, csv.text
    column = await user.client.post(
        f"{world.data}/posts/import",
        content=f"title,author_id\nc,{other.id}\n", headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    assert column.status_code == 400
    listed = (await user.client.get(f"{world.data}/posts?count=exact")).json()
    assert listed["total"] == 4


async def test_server_fields_are_never_set_by_anybody(world: World) -> None:
    """Mass assignment: ids, times, authors, versions, other people's."""
    user, other = await world.user(), await world.user()
    await world.policy("posts", "*", "app_user")
    given: dict[str, Any]
    for given in (
        {"created_at": "2000-01-01T00:00:00Z"}, {"updated_at": "2000-01-01T00:00:00Z"},
        {"created_by": other.id}, {"_version": 7}, {"version": 7}, {"deleted_at": None},
        {"project_id": str(world.project.id)}, {"owner": other.id}, {"role": "admin"},
        {"verified": True}, {"__proto__": {}}, {"constructor": "x"},
    ):  # fmt: skip
        made = await user.client.post(f"{world.data}/posts", json={"title": "t", **given})
        if made.status_code == 201:  # deleted_at: null says nothing
            assert made.json()["created_by"] == user.id
        else:
            assert made.status_code == 422, (given, made.text)
    mine = (await user.client.post(f"{world.data}/posts", json={"title": "t"})).json()
    for given in ({"id": other.id}, {"created_by": other.id}, {"created_at": mine["created_at"]}):
        changed = await user.client.patch(f"{world.data}/posts/{mine['id']}", json=given)
        assert changed.status_code == 422, (given, changed.text)


async def test_users_are_not_promoted_through_the_data_routes(world: World) -> None:
    user = await world.user()
    await world.policy("users", "*", "app_user", name="far too much")
    url = f"{world.data}/users/{user.id}"
    for given in (
        {"roles": ["admin"]}, {"status": "active"}, {"email_verified": True},
        {"email": "x@example.com"}, {"last_login_at": "2020-01-01T00:00:00Z"},
        {"password": "x"}, {"password_hash": "x"},
    ):  # fmt: skip
        for method in ("PATCH", "PUT"):
            answer = await user.client.request(method, url, json=given)
            assert answer.status_code == 422, (method, given, answer.text)
    assert (await user.client.patch(url, json={"name": "Ann"})).status_code == 200
    bulk = await user.client.patch(
        f"{world.data}/users?name=Ann", json={"roles": ["x"]}, headers=BULK
    )
    assert bulk.status_code == 422
    kept = (await world.admin.get(url)).json()
    assert (kept["roles"], kept["email"]) == ([], user.email)


async def test_bulk_writes_touch_what_may_be_touched_and_seen(world: World) -> None:
    user, other = await world.user(), await world.user()
    mine = {"author": "$user.id"}
    await world.policy("posts", "list read update delete", "app_user", where=mine)
    for owner in (user, user, other):
        await world.make("posts", title="t", author_id=owner.id, rank=1)
    changed = await user.client.patch(f"{world.data}/posts?rank=1", json={"rank": 2}, headers=BULK)
    assert len(changed.json()["data"]) == 2
    deleted = await user.client.delete(f"{world.data}/posts?rank__gte=0", headers=BULK)
    assert deleted.json() == {"affected": 2}
    left = (await world.admin.get(f"{world.data}/posts")).json()["data"]
    assert [(each["author_id"], each["rank"]) for each in left] == [(other.id, 1)]


async def test_a_bulk_write_looks_only_at_records_that_may_be_listed(world: World) -> None:
    """Otherwise a condition and a count would tell of records that may be changed but not seen."""
    await world.policy("posts", "update delete", "anonymous")
    await world.policy("posts", "list read", "anonymous", where={"status": "published"})
    await world.make("posts", title="hidden", slug="secret")
    await world.make("posts", title="seen", status="published", slug="open")
    asked = await world.anyone.patch(
        f"{world.data}/posts?slug__startswith=s", json={"rank": 5}, headers=BULK
    )
    assert asked.json()["data"] == []
    gone = await world.anyone.delete(f"{world.data}/posts?slug__isnull=false", headers=BULK)
    assert gone.json() == {"affected": 1}


async def test_each_half_of_an_upsert_is_decided_by_its_own_policies(world: World) -> None:
    user, other = await world.user(), await world.user()
    mine = {"author": "$user.id"}
    await world.policy("posts", "create list read", "app_user", check=mine, where=mine)
    taken = await world.make("posts", title="t", slug="s", author_id=other.id)
    url = f"{world.data}/posts?on_conflict=slug"
    body = {"title": "x", "slug": "s", "author_id": user.id}
    refused = await user.client.post(url, json=body)
    assert refused.status_code == 403, refused.text
    many = await user.client.post(url, json=[body, {**body, "slug": "new"}])
    assert many.status_code == 403
    await world.policy("posts", "update", "app_user", where=mine, fields=["title"], name="mine")
    again = await user.client.post(url, json=body)
    assert again.status_code == 403
    own = await world.make("posts", title="o", slug="own", author_id=user.id)
    kept = await user.client.post(url, json={**body, "slug": "own", "rank": 3})
    assert kept.status_code == 403, "rank is no field of the update policy"
    renamed = await user.client.post(url, json={"title": "renamed", "slug": "own"})
    assert renamed.status_code == 200, "what is only updated is asked nothing of creates"
    fresh = await user.client.post(url, json={"title": "renamed", "slug": "fresh"})
    assert fresh.status_code == 403, "without an author the create half is refused"
    await world.policy("posts", "update", "app_user", where=mine, name="all of mine")
    done = await user.client.post(url, json={**body, "slug": "own", "rank": 3})
    assert (done.status_code, done.json()["id"]) == (200, own["id"])
    record = (await world.admin.get(f"{world.data}/posts/{taken['id']}")).json()
    assert (record["title"], record["author_id"]) == ("t", other.id)


async def test_relations_lead_only_to_what_may_be_read(world: World) -> None:
    await world.policy("posts", "create read", "anonymous")
    await world.policy("categories", "read", "anonymous", where={"name": "open"})
    await world.policy("tags", "list read", "anonymous", where={"name": "open"})
    opened = await world.make("categories", name="open")
    closed = await world.make("categories", name="closed")
    tag = await world.make("tags", name="closed")
    url = f"{world.data}/posts"
    body = {"title": "t", "category_id": opened["id"]}
    assert (await world.anyone.post(url, json=body)).status_code == 201
    missing = {**body, "category_id": str(world.project.id)}
    for given in (
        {**body, "category_id": closed["id"]}, missing, {**body, "tags": [tag["id"]]},
        [body, {**body, "category_id": closed["id"]}],
    ):  # fmt: skip
        answer = await world.anyone.post(url, json=given)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["code"] == "relation_not_found"
    hidden = await world.anyone.post(url, json={**body, "category_id": closed["id"]})
    gone = await world.anyone.post(url, json=missing)
    assert hidden.json()["errors"] == gone.json()["errors"]


async def test_what_may_not_be_read_is_not_answered(world: World) -> None:
    await world.policy("posts", "create update", "anonymous")
    made = await world.anyone.post(f"{world.data}/posts", json={"title": "t"})
    assert (made.status_code, made.content) == (201, b"")
    await world.policy("posts", "read", "anonymous", where={"status": "published"})
    hidden = await world.anyone.post(f"{world.data}/posts", json={"title": "t"})
    assert (hidden.status_code, hidden.content) == (201, b"")
    shown = await world.anyone.post(
        f"{world.data}/posts", json={"title": "t", "status": "published"}
    )
    assert shown.json()["title"] == "t"
    many = await world.anyone.post(
        f"{world.data}/posts", json=[{"title": "a"}, {"title": "b", "status": "published"}]
    )
    assert [each["title"] for each in many.json()["data"]] == ["b"]


async def test_hidden_and_missing_records_fail_alike(world: World) -> None:
    user = await world.user()
    post = await world.make("posts", title="t")
    await world.policy("posts", "list read update delete", "app_user", where={"rank__gt": 5})
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None), ("PUT", {})):
        answers = []
        for record in (post["id"], str(world.project.id), "nonsense"):
            more: dict[str, Any] = {} if body is None else {"json": body or {"title": "x"}}
            told = await user.client.request(method, f"{world.data}/posts/{record}", **more)
            problem = told.json()
            for varying in ("request_id", "instance"):
                problem.pop(varying)
            answers.append((told.status_code, problem))
        assert answers[0] == answers[1] == answers[2], method
        assert answers[0][0] == 404


async def test_numbers_of_hidden_fields_are_not_felt_out_by_steps(world: World) -> None:
    await world.policy("posts", "read", "anonymous", fields=["title"])
    await world.policy("posts", "update", "anonymous", fields=["rank"])
    post = await world.make("posts", title="t", rank=41)
    url = f"{world.data}/posts/{post['id']}"
    answer = await world.anyone.patch(url, json={"rank": {"$inc": 1}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "field_unreadable"


@pytest.mark.parametrize("value", [None, []])
async def test_nothing_matches_a_variable_without_a_value(world: World, value: Any) -> None:
    """An empty list or an unset field of the user allows nothing, negated or not."""
    del value
    user = await world.user()
    await world.make("posts", title="t", slug=None)
    await world.policy("posts", "list", "app_user", where={"slug": "$user.name"})
    await world.policy(
        "posts", "list", "app_user", where={"not": {"slug__in": "$user.roles"}}, name="not"
    )
    await world.policy("posts", "list", "app_user", where={"title__neq": "$user.name"}, name="neq")
    assert (await user.client.get(f"{world.data}/posts")).json()["data"] == []


async def test_a_deny_holds_where_its_variable_has_no_value(world: World) -> None:
    user = await world.user()
    await world.make("posts", title="t", slug="s")
    await world.policy("posts", "list", "app_user")
    assert len((await user.client.get(f"{world.data}/posts")).json()["data"]) == 1
    await world.policy(
        "posts", "list", "app_user", effect="deny", where={"slug": "$user.name"}, name="deny"
    )
    assert (await user.client.get(f"{world.data}/posts")).json()["data"] == []


asked = ContextVar("asked", default=False)


async def test_a_policy_adds_no_round_trip(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Get, list and create with where, check, fields and presets: one statement each."""
    user = await world.user()
    mine = {"author": "$user.id"}
    await world.policy(
        "posts", "list read", "app_user", where=mine | {"category__posts__author_id": "$user.id"},
        fields=["title", "author", "category"],
    )  # fmt: skip
    await world.policy("posts", "list read", "app_user", where={"rank": 3}, fields=["title"],
                       name="masks")  # fmt: skip
    await world.policy(
        "posts", "create update", "app_user", check=mine, fields=["title", "category"],
        presets=mine, name="write",
    )  # fmt: skip
    del database
    pool = (await world.app.services.database.placement(world.project.id)).data
    said: list[str] = []
    fetch = type(pool).fetch

    async def counted(self: Any, text: str, *args: Any) -> Any:
        if self is pool and asked.get():
            said.append(text)
        return await fetch(self, text, *args)

    monkeypatch.setattr(type(pool), "fetch", counted)
    # What works in the background reads through the same pool, but not in this test's context.
    asked.set(True)
    made = await user.client.post(f"{world.data}/posts", json={"title": "t"})
    assert made.status_code == 201, made.text
    assert len(said) == 1
    for path in ("", "?title=t&count=exact"):
        said.clear()
        assert (await user.client.get(f"{world.data}/posts{path}")).status_code == 200
        assert len(said) == 1
    said.clear()
    await user.client.get(f"{world.data}/posts/{world.project.id}")
    assert len(said) == 1


async def test_links_that_the_writer_does_not_see_stay(world: World, database: Database) -> None:
    """Replacing a list replaces what one sees of it, in the record as in the log."""
    await world.policy("posts", "*", "anonymous")
    await world.policy("tags", "list read", "anonymous", where={"hue__isnull": True})
    hidden = await world.make("tags", name="hidden", hue="x")
    one, two = await world.make("tags", name="one"), await world.make("tags", name="two")
    post = await world.make("posts", title="t", slug="s", tags=[hidden["id"], one["id"]])
    url = f"{world.data}/posts/{post['id']}"
    assert (await world.anyone.get(url)).json()["tags"] == [one["id"]]
    changed = await world.anyone.patch(url, json={"tags": [two["id"]]})
    assert changed.json()["tags"] == [two["id"]]
    assert set((await world.admin.get(url)).json()["tags"]) == {hidden["id"], two["id"]}
    upserted = await world.anyone.post(
        f"{world.data}/posts?on_conflict=slug", json={"title": "t", "slug": "s", "tags": []}
    )
    assert upserted.status_code == 200, upserted.text
    assert (await world.admin.get(url)).json()["tags"] == [hidden["id"]]
    schema = world.app.services.catalogs.cached(world.project.id).schema
    images = await database.owner.fetch(
        f"SELECT after->'tags' AS tags FROM {schema}._changes WHERE record_id = $1 ORDER BY n",
        post["id"],
    )
    logged = [sorted(json.loads(row["tags"])) for row in images]
    assert logged[1:] == [sorted([hidden["id"], two["id"]]), [hidden["id"]]]
    taken = await world.anyone.patch(url, json={"tags": [hidden["id"]]})
    assert taken.status_code == 422


async def test_a_bulk_write_of_everything_is_of_everything_seen(world: World) -> None:
    await world.policy("posts", "update delete", "anonymous")
    await world.policy("posts", "list", "anonymous", where={"status": "published"})
    await world.make("posts", title="hidden")
    await world.make("posts", title="seen", status="published")
    gone = await world.anyone.delete(f"{world.data}/posts?filter={{}}", headers=BULK)
    assert gone.json() == {"affected": 1}


async def test_an_estimate_knows_no_more_than_a_count(world: World) -> None:
    for number in range(5):
        await world.make("posts", title="t", rank=number)
    await world.policy("posts", "list", "anonymous", where={"rank": 1})
    page = (await world.anyone.get(f"{world.data}/posts?count=estimated")).json()
    assert page["total"] == 1


async def test_a_preset_that_leads_nowhere_does_not_name_its_field(world: World) -> None:
    nowhere = str(world.project.id)
    await world.policy(
        "posts", "create", "anonymous", fields=["title"], presets={"category": nowhere}
    )
    for body, pointers in (
        ({"title": "x"}, {""}),
        ([{"title": "x"}, {"title": "y"}], {"/0", "/1"}),
    ):
        answer = await world.anyone.post(f"{world.data}/posts", json=body)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "relation_not_found")
        assert {each["pointer"] for each in problem["errors"]} <= pointers
        assert "categor" not in answer.text
    member = await world.admin.post(
        f"{world.data}/posts", json={"title": "x", "category_id": nowhere}
    )
    assert member.json()["errors"][0]["pointer"] == "/category_id"


async def test_a_replacement_leaves_fields_alone_that_a_denial_guards(world: World) -> None:
    """Not naming a field is no way round what forbids to set it."""
    await world.policy("posts", "list read update", "anonymous")
    await world.policy(
        "posts", "update", "anonymous", name="ranks stay", effect="deny",
        where={"status": "published"}, fields=["rank"],
    )  # fmt: skip
    post = await world.make("posts", title="t", body="b", rank=5, status="published")
    url = f"{world.data}/posts/{post['id']}"
    replaced = await world.anyone.put(url, json={"title": "n", "status": "published"})
    assert replaced.status_code == 200, replaced.text
    kept = (await world.admin.get(url)).json()
    assert (kept["title"], kept["body"], kept["rank"]) == ("n", None, 5)
    named = await world.anyone.put(url, json={"title": "n", "status": "published", "rank": 1})
    assert named.status_code == 404


async def test_steps_are_taken_only_from_a_value_that_is_seen(world: World) -> None:
    """A bound that is broken would tell how far it is."""
    await world.policy("posts", "list read", "anonymous", where={"status": "published"})
    await world.policy(
        "posts", "read", "anonymous", name="ranks of drafts hidden", effect="deny",
        where={"title": "masked"}, fields=["rank"],
    )  # fmt: skip
    await world.policy("posts", "update", "anonymous")
    seen = await world.make("posts", title="seen", status="published")
    masked = await world.make("posts", title="masked", status="published", rank=2_147_483_647)
    hidden = await world.make("posts", title="hidden", rank=2_147_483_647)
    for record, status in ((seen, 200), (masked, 404), (hidden, 404)):
        for step in (1, -1, 2**60):
            answer = await world.anyone.patch(
                f"{world.data}/posts/{record['id']}", json={"rank": {"$inc": step}}
            )
            assert answer.status_code in ((status, 422) if status == 200 else (status,))


async def test_links_to_hidden_records_are_in_no_answer(world: World) -> None:
    """Nor in one whose write did not name them, nor in what the record was before."""
    await world.policy("posts", "list read update", "anonymous")
    await world.policy("tags", "list read", "anonymous", where={"hue__isnull": True})
    hidden = await world.make("tags", name="hidden", hue="x")
    one = await world.make("tags", name="one")
    post = await world.make("posts", title="t", slug="s", tags=[hidden["id"], one["id"]])
    url = f"{world.data}/posts/{post['id']}"
    changed = await world.anyone.patch(url, json={"title": "u"})
    assert changed.json()["tags"] == [one["id"]]
    await world.admin.patch(url, json={"tags": [one["id"]]})
    await world.admin.patch(url, json={"tags": [one["id"], hidden["id"]], "title": "v"})
    for path in (f"{url}/history", f"{world.data}/posts/changes", f"{world.project.url}/changes"):
        told = await world.anyone.get(path)
        assert hidden["id"] not in told.text, path
    history = (await world.anyone.get(f"{url}/history")).json()["data"]
    assert history[0]["after"]["tags"] == [one["id"]]


async def test_a_required_field_that_is_hidden_is_not_named(world: World) -> None:
    await world.policy("categories", "read", "anonymous", fields=["internal_code"])
    await world.policy("categories", "create", "anonymous", fields=["internal_code"])
    refused = await world.anyone.post(f"{world.data}/categories", json={"internal_code": "c"})
    assert refused.status_code == 422
    error = refused.json()["errors"][0]
    assert (error["code"], error["pointer"]) == ("required", "")
    assert "name" not in error["message"]
    csv = {"content-type": "text/csv"}
    sent = await world.anyone.post(
        f"{world.data}/categories/import", content="internal_code\nc\n", headers=csv
    )
    assert (sent.status_code, sent.json()["code"]) == (400, "import_invalid_header")
    assert "'name'" not in sent.text
