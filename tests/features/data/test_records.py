"""What writes do, one record and many; and what they refuse, value by value."""

from typing import Any
from uuid import uuid4

import pytest

from tests.features.data.shop import Shop, fill


@pytest.fixture
async def filled(shop: Shop) -> dict[str, Any]:
    return await fill(shop)


async def test_a_created_record_comes_back_whole_and_is_found_where_it_says(shop: Shop) -> None:
    answer = await shop.client.post(f"{shop.url}/books", json={"title": "New", "words": ["a"]})
    assert answer.status_code == 201
    record = answer.json()
    assert record["status"] == "draft"
    assert record["in_print"] is True
    assert record["shelves"] == []
    assert record["created_at"].endswith("+00:00")
    found = await shop.client.get(answer.headers["location"])
    assert found.json() == record
    assert found.headers["etag"] == answer.headers["etag"]


VALUES: list[tuple[str, Any, str]] = [
    ("title", None, "required"), ("title", "x" * 101, "max_length"), ("title", 1, "type"),
    ("title", ["x"], "type"), ("title", {"$inc": 1}, "type"),
    ("pages", 0, "min"), ("pages", 5001, "max"), ("pages", 1.5, "type"), ("pages", "0x10", "type"),
    ("pages", " 1 ", "type"), ("pages", True, "type"), ("pages", 2**63, "type"),
    ("pages", -(2**63) - 1, "type"), ("pages", [1], "type"), ("big", 10**400, "type"),
    ("rating", "NaN", "type"), ("rating", "Infinity", "type"), ("rating", True, "type"),
    ("rating", "1e400", "type"), ("price", "1.234", "type"), ("price", "123456789.1", "type"),
    ("price", "1e5000", "type"), ("in_print", "yes", "type"), ("in_print", 1, "type"),
    ("published", "2026-02-30", "type"), ("published", "infinity", "type"),
    ("published", "2026-1-1", "type"), ("sold_at", "now", "type"), ("sold_at", "-infinity", "type"),
    ("sold_at", "0000-01-01T00:00:00Z", "type"), ("sold_at", 5, "type"),
    ("isbn", "nope", "type"), ("isbn", 1, "type"), ("status", "Draft", "type"),
    ("status", 1, "type"),
    ("site", "javascript:alert(1)", "type"), ("site", "http://", "type"), ("site", "x", "type"),
    ("words", "a", "type"), ("words", [1], "type"), ("words", [["a"]], "type"),
    ("marks", ["x"], "type"), ("author", "nope", "type"), ("author_id", 5, "type"),
    ("shelves", 1, "type"), ("shelves", ["x"], "type"), ("books", [], "unknown_field"),
    ("nope", 1, "unknown_field"), ("_version", 5, "unknown_field"),
    ("created_by", str(uuid4()), "unknown_field"), ("'; drop table books; --", 1, "unknown_field"),
]  # fmt: skip


async def test_each_refused_value_is_told_by_its_pointer(shop: Shop) -> None:
    for name, value, code in VALUES:
        body = {"title": "T"} | {name: value}
        answer = await shop.client.post(f"{shop.url}/books", json=body)
        assert answer.status_code == 422, (name, value, answer.text)
        faults = answer.json()["errors"]
        assert code in {fault["code"] for fault in faults}, (name, value, faults)
        assert any(fault["pointer"].startswith(f"/{name[:3]}") for fault in faults), faults


async def test_all_faults_of_a_body_are_told_at_once(shop: Shop) -> None:
    body = [{"pages": 0, "title": "ok"}, {"title": "ok"}, {"title": None, "rating": "x", "nope": 1}]
    answer = await shop.client.post(f"{shop.url}/books", json=body)
    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/0/pages", "/2/title", "/2/rating", "/2/nope"}
    assert await shop.titles() == []


RAW: list[tuple[bytes, int]] = [
    (b"", 400), (b"{", 400), (b'{"title":NaN}', 400), (b'{"title":Infinity}', 400),
    (b'{"rating":1e999999}', 400), (b'{"title":"\\u0000"}', 400), (b'{"title":"\\ud800"}', 400),
    (b'{"title":"\xff"}', 400), (b"\xef\xbb\xbf{}", 400), (b"null", 422), (b'"x"', 422),
    (b"1", 422),
    ('{"title":"x"}'.encode("utf-16"), 400), (b"[]", 422), (b"[1]", 422), (b"[[]]", 422),
    (b'{"meta":' + b"[" * 100 + b"]" * 100 + b"}", 400), (b"[" * 100_000, 400),
    (b'{"pages":' + b"9" * 5000 + b"}", 400), (b'{"title":"a","title":{}}', 422),
]  # fmt: skip


async def test_a_body_that_cannot_be_read_is_a_400(shop: Shop) -> None:
    for body, status in RAW:
        headers = {"content-type": "application/json"}
        answer = await shop.client.post(f"{shop.url}/books", content=body, headers=headers)
        assert answer.status_code == status, (body[:60], answer.text)
        assert answer.json()["code"]
    form = await shop.client.post(f"{shop.url}/books", data={"title": "x"})
    assert form.status_code == 415


async def test_text_of_every_script_comes_back_as_it_was(shop: Shop) -> None:
    texts = [
        "'); DROP TABLE books;--",
        "a:b",
        "50%",
        "\\",
        "{x}",
        "$1",
        "日本\u202e",
        "e\u0301",
        "\t\r\n",
    ]
    for text in texts:
        record = await shop.create("books", title=text, meta={text: [text]}, words=[text])
        assert (record["title"], record["meta"], record["words"]) == (text, {text: [text]}, [text])
        assert len(await shop.titles(title=text)) == 1


async def test_an_update_changes_what_it_names(shop: Shop, filled: dict[str, Any]) -> None:
    url = f"{shop.url}/books/{filled['books'][0]['id']}"
    body = {"pages": {"$inc": 5}, "words": {"$append": "z"}, "shelves": [], "meta": None}
    answer = await shop.client.patch(url, json=body)
    assert answer.status_code == 200, answer.text
    record = answer.json()
    assert (record["pages"], record["words"], record["shelves"]) == (105, ["x", "y", "z"], [])
    assert record["meta"] is None
    assert record["title"] == "Alpha"
    replaced = (await shop.client.put(url, json={"title": "Only"})).json()
    assert (replaced["title"], replaced["pages"], replaced["status"]) == ("Only", None, "draft")
    assert replaced["created_at"] == record["created_at"]
    assert (await shop.client.put(url, json={"pages": 1})).status_code == 422


@pytest.mark.parametrize("name", ["id", "created_at", "updated_at"])
async def test_what_the_server_sets_no_update_changes(
    shop: Shop, filled: dict[str, Any], name: str
) -> None:
    book = filled["books"][0]
    answer = await shop.client.patch(f"{shop.url}/books/{book['id']}", json={name: book[name]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "field_read_only"


async def test_an_increment_past_the_type_is_refused(shop: Shop) -> None:
    record = await shop.create("books", title="Big", big=2**63 - 1)
    url = f"{shop.url}/books/{record['id']}"
    assert (await shop.client.patch(url, json={"big": {"$inc": 1}})).status_code == 422
    assert (await shop.client.patch(url, json={"title": {"$inc": 1}})).status_code == 422
    assert (await shop.client.patch(url, json={"pages": {"$inc": 1, "x": 2}})).status_code == 422


async def test_versions_guard_writes_and_spare_reads(shop: Shop, filled: dict[str, Any]) -> None:
    url = f"{shop.url}/books/{filled['books'][0]['id']}"
    etag = (await shop.client.get(url)).headers["etag"]
    assert (await shop.client.get(url, headers={"If-None-Match": etag})).status_code == 304
    new = await shop.client.patch(url, json={"pages": 7}, headers={"If-Match": etag})
    assert new.status_code == 200
    for stale in (etag, '"x"', '"999999999999999999999-a"'):
        answer = await shop.client.patch(url, json={"pages": 8}, headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    gone = await shop.client.delete(url, headers={"If-Match": etag})
    assert gone.status_code == 412
    assert (
        await shop.client.delete(url, headers={"If-Match": new.headers["etag"]})
    ).status_code == 204
    assert (await shop.client.delete(url)).status_code == 404


async def test_an_id_of_the_clients_own_is_kept_and_never_starts_over(shop: Shop) -> None:
    own = str(uuid4())
    first = await shop.client.post(f"{shop.url}/books", json={"id": own, "title": "Mine"})
    assert first.json()["id"] == own
    again = await shop.client.post(f"{shop.url}/books", json={"id": own, "title": "Twice"})
    assert (again.status_code, again.json()["code"]) == (409, "unique_conflict")
    await shop.client.delete(f"{shop.url}/books/{own}")
    back = await shop.client.post(f"{shop.url}/books", json={"id": own, "title": "Back"})
    stale = await shop.client.patch(
        f"{shop.url}/books/{own}", json={"pages": 1}, headers={"If-Match": first.headers["etag"]}
    )
    assert back.status_code == 201
    assert stale.status_code == 412


async def test_keys_of_every_kind(shop: Shop) -> None:
    shelf = await shop.create("shelves", name="a")
    assert isinstance(shelf["id"], int)
    assert (await shop.client.get(f"{shop.url}/shelves/{shelf['id']}")).status_code == 200
    note = await shop.create("notes", id="my note/ü", text="x")
    assert (await shop.client.get(f"{shop.url}/notes/my%20note%2F%C3%BC")).json() == note
    missing = await shop.client.post(f"{shop.url}/notes", json={"text": "x"})
    assert missing.json()["errors"][0]["pointer"] == "/id"
    for odd in ("0x1", "1.0", "99999999999999999999", "x"):
        assert (await shop.client.get(f"{shop.url}/shelves/{odd}")).status_code == 404
    await shop.create("shelves", id=shelf["id"] + 1, name="b")
    names = [(await shop.create("shelves", name=name))["id"] for name in ("c", "d")]
    assert len(set(names)) == 2


async def test_relations_are_checked_and_deletes_follow_their_rules(
    shop: Shop, filled: dict[str, Any]
) -> None:
    client, ann, alpha = shop.client, filled["ann"], filled["books"][0]
    missing = await client.post(f"{shop.url}/books", json={"title": "x", "author": str(uuid4())})
    assert (missing.status_code, missing.json()["code"]) == (422, "relation_not_found")
    assert missing.json()["errors"][0]["pointer"] == "/author_id"
    listed = await client.patch(f"{shop.url}/books/{alpha['id']}", json={"shelves": [999]})
    assert listed.json()["code"] == "relation_not_found"
    bulk = [{"title": "1"}, {"title": "2", "author": str(uuid4())}]
    many = await client.post(f"{shop.url}/books", json=bulk)
    assert many.json()["errors"][0]["pointer"] == "/1/author_id"
    used = await client.delete(f"{shop.url}/authors/{ann['id']}")
    assert (used.status_code, used.json()["code"]) == (409, "record_in_use")
    note = await shop.create("notes", id="n", book=alpha["id"])
    assert (await client.delete(f"{shop.url}/books/{alpha['id']}")).status_code == 204
    assert (await client.get(f"{shop.url}/notes/{note['id']}")).status_code == 404
    await client.delete(
        f"{shop.url}/books?author_id={ann['id']}", headers={"Prefer": "max-affected=9"}
    )
    assert (await client.delete(f"{shop.url}/authors/{ann['id']}")).status_code == 204
    bob = await client.get(f"{shop.url}/authors/{filled['bob']['id']}")
    assert bob.json()["mentor_id"] is None
    history = await client.get(f"{shop.url}/authors/{filled['bob']['id']}/history")
    assert history.json()["data"][0]["before"]["mentor_id"] == ann["id"]


async def test_unique_values_conflict_by_name(shop: Shop, filled: dict[str, Any]) -> None:
    taken = await shop.client.post(f"{shop.url}/books", json={"title": "x", "slug": "alpha"})
    assert taken.status_code == 409
    assert taken.json()["errors"][0]["pointer"] == "/slug"
    assert "alpha" not in taken.text.replace("/alpha", "")
    both = {"title": "Beta", "published": "2026-01-02"}
    composite = await shop.client.post(f"{shop.url}/books", json=both)
    assert {fault["pointer"] for fault in composite.json()["errors"]} == {"/title", "/published"}
    assert len(filled["books"]) == len(await shop.titles())


async def test_a_collections_rule_holds_for_every_write(shop: Shop, filled: dict[str, Any]) -> None:
    url, told = f"{shop.url}/books", "A rating is at most 5."
    good, bad = {"title": "ok"}, {"title": "bad", "rating": 6}
    one = filled["books"][0]["id"]
    limited = {"Prefer": "max-affected=10"}
    answers = [
        await shop.client.post(url, json=bad),
        await shop.client.post(url, json=[good, bad]),
        await shop.client.patch(f"{url}/{one}", json={"rating": 6}),
        await shop.client.put(f"{url}/{one}", json=bad),
        await shop.client.patch(f"{url}?title=Beta", json={"rating": 6}, headers=limited),
        await shop.client.post(f"{url}?on_conflict=slug", json=bad | {"slug": "alpha"}),
        await shop.client.post(f"{url}?on_conflict=slug", json=[bad | {"slug": "new"}]),
    ]
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["message"] == told
    rows = await shop.client.post(
        f"{url}/import", content="title,rating\nok,1\nbad,6\n", headers={"content-type": "text/csv"}
    )
    assert rows.json()["errors"][0] == {
        "row": 2, "pointer": "", "code": "condition", "message": told,
    }  # fmt: skip
    assert len(await shop.titles()) == 5


async def test_many_are_created_in_order_or_not_at_all(shop: Shop) -> None:
    bodies = [{"title": f"b{n}", "slug": f"s{n}"} for n in range(50)]
    answer = await shop.client.post(f"{shop.url}/books", json=bodies)
    assert answer.status_code == 201
    assert [record["title"] for record in answer.json()["data"]] == [b["title"] for b in bodies]
    clash = await shop.client.post(f"{shop.url}/books", json=[{"title": "x"}, bodies[0]])
    assert clash.status_code == 409
    assert len(await shop.titles(limit="1000")) == 50
    minimal = await shop.client.post(
        f"{shop.url}/books", json=[{"title": "m"}], headers={"Prefer": "return=minimal"}
    )
    assert (minimal.status_code, minimal.content) == (201, b"")


async def test_a_write_by_condition_says_how_many_it_may_touch(
    shop: Shop, filled: dict[str, Any]
) -> None:
    url, body = f"{shop.url}/books", {"status": "published"}
    bare = await shop.client.patch(f"{url}?status=draft", json=body)
    assert (bare.status_code, bare.json()["code"]) == (428, "max_affected_required")
    headers = {"Prefer": "max-affected=2"}
    over = await shop.client.patch(f"{url}?status=draft", json=body, headers=headers)
    assert (over.status_code, over.json()["code"]) == (422, "max_affected_exceeded")
    assert len(await shop.titles(status="draft")) == 3
    whole = await shop.client.patch(url, json=body, headers=headers)
    assert whole.status_code == 400
    headers = {"Prefer": "max-affected=3"}
    done = await shop.client.patch(f"{url}?status=draft", json=body, headers=headers)
    assert (done.status_code, done.json()["affected"]) == (200, 3)
    gone = await shop.client.delete(f"{url}?author__country=DE", headers=headers)
    assert gone.json() == {"affected": 2}
    none = await shop.client.delete(f"{url}?title=nope", headers=headers)
    assert none.json() == {"affected": 0}
    assert len(filled["books"]) - 2 == len(await shop.titles())


async def test_an_upsert_updates_what_its_key_finds(shop: Shop, filled: dict[str, Any]) -> None:
    url = f"{shop.url}/books?on_conflict=slug"
    updated = await shop.client.post(url, json={"slug": "alpha", "title": "Alpha 2"})
    assert updated.status_code == 200
    assert updated.json()["id"] == filled["books"][0]["id"]
    assert updated.json()["pages"] == 100  # what is not given stays
    created = await shop.client.post(
        url, json={"slug": "zeta", "title": "Zeta", "shelves": [filled["one"]["id"]]}
    )
    assert created.status_code == 201
    assert created.json()["shelves"] == [filled["one"]["id"]]
    bodies = [{"slug": "beta", "title": "B2"}, {"slug": "eta", "title": "Eta", "pages": 5}]
    many = await shop.client.post(url, json=bodies)
    assert [record["title"] for record in many.json()["data"]] == ["B2", "Eta"]
    assert many.json()["data"][0]["pages"] == 200
    twins = await shop.client.post(url, json=[bodies[0], bodies[0]])
    assert twins.status_code == 409
    wrong = await shop.client.post(f"{shop.url}/books?on_conflict=pages", json=bodies[0])
    assert (wrong.status_code, wrong.json()["code"]) == (400, "query_invalid_on_conflict")
    history = await shop.client.get(f"{shop.url}/books/{updated.json()['id']}/history")
    assert [change["action"] for change in history.json()["data"]] == ["updated", "created"]


async def test_a_dry_run_answers_and_changes_nothing(shop: Shop, filled: dict[str, Any]) -> None:
    headers = {"Prefer": "tx=rollback"}
    made = await shop.client.post(f"{shop.url}/books", json={"title": "Dry"}, headers=headers)
    assert made.status_code == 201
    assert made.headers["preference-applied"] == "tx=rollback"
    url = f"{shop.url}/books/{filled['books'][0]['id']}"
    assert (await shop.client.delete(url, headers=headers)).status_code == 204
    assert len(await shop.titles()) == 5


async def test_strict_handling_refuses_what_it_does_not_know(shop: Shop) -> None:
    for prefer in ("handling=strict, foo=1", "count=maybe", "max-affected=x", "return=all"):
        answer = await shop.client.get(f"{shop.url}/books", headers={"Prefer": prefer})
        assert answer.status_code == 400, prefer
    lenient = await shop.client.get(f"{shop.url}/books", headers={"Prefer": "foo=1"})
    assert lenient.status_code == 200


async def test_every_write_leaves_its_row_in_the_log(shop: Shop, filled: dict[str, Any]) -> None:
    book = filled["books"][0]
    headers = {"X-Request-Id": "my-request"}
    await shop.client.patch(f"{shop.url}/books/{book['id']}", json={"pages": 9}, headers=headers)
    history = (await shop.client.get(f"{shop.url}/books/{book['id']}/history")).json()["data"]
    assert history[0]["request_id"] == "my-request"
    assert (history[0]["before"]["pages"], history[0]["after"]["pages"]) == (100, 9)
    assert history[0]["actor"].startswith("admin_user:")
    note = await shop.create("notes", id="quiet")
    silent = await shop.client.get(f"{shop.url}/notes/{note['id']}/history")
    assert silent.status_code == 404  # the collection keeps no history
