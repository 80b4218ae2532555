"""Taking back: one record to an earlier state, or all that one request changed."""

from typing import Any

import httpx

from tests.features.data.shop import Shop
from tests.features.data.test_history import relayed
from tests.people import invited


async def history(shop: Shop, path: str) -> list[dict[str, Any]]:
    answer = await shop.client.get(f"{shop.url}/{path}/history")
    told: list[dict[str, Any]] = answer.json()["data"]
    return told


async def revert(shop: Shop, path: str, seq: int, client: Any = None) -> httpx.Response:
    answer: httpx.Response = await (client or shop.client).post(
        f"{shop.url}/{path}/revert", json={"seq": seq}
    )
    return answer


async def undo(shop: Shop, request_id: str, client: Any = None, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    answer: httpx.Response = await (client or shop.client).post(
        f"{shop.project.url}/changes/undo",
        json={"request_id": request_id, **more},
        headers=headers,
    )
    return answer


async def test_a_record_gets_an_earlier_state_back(shop: Shop) -> None:
    top = await shop.create("shelves", name="top")
    low = await shop.create("shelves", name="low")
    book = await shop.create(
        "books", title="one", price="9.90", shelves=[top["id"]], meta={"a": [1]}, words=["x"]
    )
    path = f"books/{book['id']}"
    await shop.client.patch(
        f"{shop.url}/{path}",
        json={"title": "two", "price": 1, "shelves": [low["id"]], "meta": None},
    )
    await relayed(shop, 4)
    first = (await history(shop, path))[-1]["seq"]
    reverted = await revert(shop, path, first)
    assert reverted.status_code == 200, reverted.text
    ignored = {"updated_at"}
    kept = {key: value for key, value in reverted.json().items() if key not in ignored}
    assert kept == {key: value for key, value in book.items() if key not in ignored}
    changes = await history(shop, path)
    assert [each["action"] for each in changes] == ["updated", "updated", "created"]


async def test_a_deleted_record_comes_back_under_its_id(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    path = f"authors/{ann['id']}"
    await shop.client.delete(f"{shop.url}/{path}")
    await relayed(shop, 2)
    seq = (await history(shop, path))[-1]["seq"]
    back = await revert(shop, path, seq)
    assert back.status_code == 201, back.text
    assert (back.json()["id"], back.json()["country"]) == (ann["id"], "DE")
    gone = (await history(shop, path))[1]["seq"]
    assert (await revert(shop, path, gone)).status_code == 204
    assert (await shop.client.get(f"{shop.url}/{path}")).status_code == 404
    for wrong in (9_999, seq):
        other = await shop.create("authors", name="Bob")
        answer = await revert(shop, f"authors/{other['id']}", wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "change_not_found")


async def test_fields_that_have_other_names_by_now_are_found(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    path = f"authors/{ann['id']}"
    await shop.client.patch(f"{shop.url}/{path}", json={"country": "FR"})
    fields = f"{shop.project.url}/collections/authors/fields"
    renamed = await shop.client.patch(f"{fields}/country", json={"name": "home"})
    assert renamed.is_success, renamed.text
    await relayed(shop, 2)
    back = await revert(shop, path, (await history(shop, path))[-1]["seq"])
    assert back.json()["home"] == "DE"


async def test_a_request_is_taken_back_whole(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    for title in ("x", "y"):
        await shop.create("notes", id=title, text=title)
    book = await shop.create("books", title="t", author_id=ann["id"])
    operations = [
        {"op": "update", "collection": "authors", "id": ann["id"], "data": {"country": "FR"}},
        {"op": "create", "collection": "authors", "data": {"name": "Bob"}},
        {"op": "delete", "collection": "books", "id": book["id"]},
    ]
    done = await shop.client.post(f"{shop.project.url}/batch", json={"operations": operations})
    request_id = done.headers["x-request-id"]
    tried = await undo(shop, request_id, headers={"Prefer": "tx=rollback"})
    assert (tried.status_code, tried.json()) == (200, {"undone": 3})
    assert len(await shop.fetch("authors")) == 2
    undone = await undo(shop, request_id)
    assert (undone.status_code, undone.json()) == (200, {"undone": 3})
    (kept,) = await shop.fetch("authors")
    assert (kept["name"], kept["country"]) == ("Ann", "DE")
    assert [each["id"] for each in await shop.fetch("books")] == [book["id"]]
    again = await undo(shop, undone.headers["x-request-id"])
    assert again.status_code == 200, again.text
    assert {each["name"] for each in await shop.fetch("authors")} == {"Ann", "Bob"}


async def test_what_a_delete_took_along_comes_back_in_order(shop: Shop) -> None:
    """Parents first, whatever the log's order."""
    boss = await shop.create("authors", name="Boss")
    ann = await shop.create("authors", name="Ann", mentor_id=boss["id"])
    gone = await shop.client.delete(f"{shop.url}/authors/{boss['id']}")
    assert (await shop.fetch("authors?name=Ann"))[0]["mentor_id"] is None
    undone = await undo(shop, gone.headers["x-request-id"])
    assert undone.status_code == 200, undone.text
    (back,) = await shop.fetch("authors", name="Ann")
    assert (back["id"], back["mentor_id"]) == (ann["id"], boss["id"])


async def test_what_others_changed_since_stands_in_the_way(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    changed = await shop.client.patch(f"{shop.url}/authors/{ann['id']}", json={"country": "FR"})
    await shop.client.patch(f"{shop.url}/authors/{ann['id']}", json={"name": "Anne"})
    request_id = changed.headers["x-request-id"]
    refused = await undo(shop, request_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_conflict")
    assert refused.json()["records"] == [{"collection": "authors", "record_id": ann["id"]}]
    forced = await undo(shop, request_id, force=True)
    assert forced.status_code == 200
    (kept,) = await shop.fetch("authors")
    assert (kept["name"], kept["country"]) == ("Anne", "DE")


async def test_only_who_may_write_takes_back(app: Any, shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann")
    changed = await shop.client.patch(f"{shop.url}/authors/{ann['id']}", json={"country": "FR"})
    await relayed(shop, 2)
    viewer = await invited(app, shop.client, shop.project.url, "viewer")
    request_id = changed.headers["x-request-id"]
    for answer in (
        await undo(shop, request_id, client=viewer.client),
        await revert(shop, f"authors/{ann['id']}", 1, client=viewer.client),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "policy_forbidden")
    assert (await undo(shop, "nobody's")).status_code == 404
    editor = await invited(app, shop.client, shop.project.url, "editor")
    assert (await undo(shop, request_id, client=editor.client)).status_code == 200


async def test_a_conflict_names_no_record_that_the_caller_does_not_see(
    app: Any, shop: Shop
) -> None:
    made = await shop.client.post(f"{shop.url}/authors", json=[{"name": "Ann"}, {"name": "Hid"}])
    ann, hidden = made.json()["data"]
    for each in (ann, hidden):
        await shop.client.patch(f"{shop.url}/authors/{each['id']}", json={"country": "FR"})
    editor = await invited(app, shop.client, shop.project.url, "editor")
    policy = {
        "name": "hidden", "collection": "authors", "actions": ["list", "read"],
        "principals": ["admin_user"], "effect": "deny", "where": {"name": "Hid"},
    }  # fmt: skip
    told = await shop.client.post(f"{shop.project.url}/policies", json=policy)
    assert told.status_code == 201, told.text
    refused = await undo(shop, made.headers["x-request-id"], client=editor.client)
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_conflict")
    assert refused.json()["records"] == [{"collection": "authors", "record_id": ann["id"]}]
    assert hidden["id"] not in refused.text
    assert "2" not in refused.json()["detail"]


async def test_two_callers_of_one_request_id_are_not_taken_back_together(
    app: Any, shop: Shop
) -> None:
    ann, bob = [await shop.create("authors", name=name) for name in ("Ann", "Bob")]
    editor = await invited(app, shop.client, shop.project.url, "editor")
    headers = {"X-Request-Id": "shared"}
    for client, record in ((shop.client, ann), (editor.client, bob)):
        url = f"{shop.url}/authors/{record['id']}"
        answer = await client.patch(url, json={"country": "FR"}, headers=headers)
        assert answer.status_code == 200, answer.text
    refused = await undo(shop, "shared")
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_ambiguous")
    actors = refused.json()["actors"]
    assert len(actors) == 2
    (other,) = [actor for actor in actors if str(editor.tokens["user"]["id"]) in actor]
    undone = await undo(shop, "shared", actor=other)
    assert (undone.status_code, undone.json()) == (200, {"undone": 1})
    kept = {each["name"]: each["country"] for each in await shop.fetch("authors")}
    assert kept == {"Ann": "FR", "Bob": None}
    assert (await undo(shop, "shared", actor="admin_user:nobody")).status_code == 404


async def test_who_uses_a_request_id_again_stands_in_the_way_of_the_first(
    app: Any, shop: Shop
) -> None:
    ann = await shop.create("authors", name="Ann")
    editor = await invited(app, shop.client, shop.project.url, "editor")
    url, headers = f"{shop.url}/authors/{ann['id']}", {"X-Request-Id": "shared"}
    await editor.client.patch(url, json={"country": "FR"}, headers=headers)
    await shop.client.patch(url, json={"country": "IT"}, headers=headers)
    actor = f"admin_user:{editor.tokens['user']['id']}"
    refused = await undo(shop, "shared", actor=actor)
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_conflict")
