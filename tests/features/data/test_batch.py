"""Batches: whole or not at all, references, conditions, and what each operation is told."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.features.data.shop import Shop
from tests.people import invited


async def batch(shop: Shop, *operations: dict[str, Any], **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    client = more.pop("client", shop.client)
    answer: httpx.Response = await client.post(
        f"{shop.project.url}/batch", json={"operations": operations, **more}, headers=headers
    )
    return answer


def create(collection: str, ref: str | None = None, **data: Any) -> dict[str, Any]:
    return {"op": "create", "collection": collection, "data": data} | ({"ref": ref} if ref else {})


async def names(shop: Shop, collection: str = "authors", field: str = "name") -> list[str]:
    return [each[field] for each in await shop.fetch(collection, sort=field)]


async def test_operations_refer_to_what_earlier_ones_answered(shop: Shop) -> None:
    answer = await batch(
        shop,
        create("authors", "ann", name="Ann", country="DE"),
        create("shelves", "top", name="top"),
        create(
            "books", "book", title="Of Ann", author_id={"$ref": "ann.id"},
            shelves=[{"$ref": "top.id"}], meta={"from": {"$ref": "ann.country"}},
        ),
        {"op": "update", "collection": "authors", "id": {"$ref": "ann.id"},
         "data": {"country": "FR"}},
        {"op": "get", "collection": "authors", "id": {"$ref": "ann.id"}},
        {"op": "delete", "collection": "books", "where": {"author": {"$ref": "ann.id"}},
         "max_affected": 1},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    ann, top, book, updated, got, deleted = answer.json()["data"]
    assert [each["status"] for each in (ann, top, book, updated, got, deleted)] == [
        201, 201, 201, 200, 200, 200,
    ]  # fmt: skip
    assert book["body"]["author_id"] == ann["body"]["id"]
    assert book["body"]["shelves"] == [top["body"]["id"]]
    assert book["body"]["meta"] == {"from": "DE"}
    assert got["body"]["country"] == updated["body"]["country"] == "FR"
    assert got["etag"] == updated["etag"]
    assert deleted["body"] == {"affected": 1}
    told = await shop.client.get(f"{shop.project.url}/data/authors/{ann['body']['id']}/history")
    assert len({each["request_id"] for each in told.json()["data"]}) == 1


async def test_an_atomic_batch_that_fails_leaves_nothing_and_says_where(shop: Shop) -> None:
    answer = await batch(
        shop, create("authors", name="Ann"), create("authors", name="Bob"),
        create("books", title="x", pages=0),
    )  # fmt: skip
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "validation_failed")
    assert problem["pointer"] == "/operations/2"
    assert problem["errors"][0]["pointer"] == "/operations/2/data/pages"
    assert await names(shop) == []


async def test_another_batch_keeps_what_could_be_done(shop: Shop) -> None:
    answer = await batch(
        shop,
        create("authors", name="Ann", email="a@example.com"),
        create("authors", "twin", name="Twin", email="a@example.com"),
        create("books", title="x", author_id={"$ref": "twin.id"}),
        create("authors", name="Bob"),
        {"op": "delete", "collection": "authors", "id": "01890000-0000-7000-8000-000000000000"},
        atomic=False,
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()["data"]
    assert [each["status"] for each in told] == [201, 409, 422, 201, 404]
    assert [each["body"]["code"] for each in told if each["status"] >= 400] == [
        "unique_conflict", "batch_reference_unknown", "record_not_found",
    ]  # fmt: skip
    assert await names(shop) == ["Ann", "Bob"]


async def test_a_run_of_creates_is_answered_one_by_one(shop: Shop) -> None:
    many = [create("authors", name=f"{n:03}") for n in range(300)]
    answer = await batch(shop, *many, create("shelves", name="s"))
    told = answer.json()["data"]
    assert {each["status"] for each in told} == {201}
    assert [each["body"]["name"] for each in told[:300]] == [f"{n:03}" for n in range(300)]
    assert (await names(shop))[:2] == ["000", "001"]
    many[250] = create("authors", nothing=1)
    refused = await batch(shop, *many)
    assert refused.json()["errors"][0]["pointer"] == "/operations/250/data/nothing"
    some = await batch(shop, *many, atomic=False)
    assert [n for n, each in enumerate(some.json()["data"]) if each["status"] != 201] == [250]


async def test_operations_carry_their_own_conditions(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", email="a@example.com")
    etag = (await shop.client.get(f"{shop.url}/authors/{ann['id']}")).headers["etag"]
    change = {"op": "update", "collection": "authors", "id": ann["id"], "if_match": etag}
    done = await batch(shop, change | {"data": {"country": "DE"}})
    assert done.json()["data"][0]["status"] == 200
    stale = await batch(shop, create("authors", name="x"), change | {"data": {"country": "FR"}})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    upsert = {
        "op": "upsert", "collection": "authors", "on_conflict": "email",
        "data": {"name": "Anne", "email": "a@example.com"},
    }  # fmt: skip
    told = await batch(shop, upsert, upsert | {"data": {"name": "B", "email": "b@example.com"}})
    assert [each["status"] for each in told.json()["data"]] == [200, 201]
    unbounded = {"op": "delete", "collection": "authors", "where": {"name": "B"}}
    assert (await batch(shop, unbounded)).status_code == 428
    assert await names(shop) == ["Anne", "B"]


async def test_a_dry_run_tells_all_and_keeps_nothing(shop: Shop) -> None:
    tried = await batch(
        shop, create("authors", "a", name="Ann"),
        create("books", title="x", author_id={"$ref": "a.id"}),
        headers={"Prefer": "tx=rollback"},
    )  # fmt: skip
    assert [each["status"] for each in tried.json()["data"]] == [201, 201]
    assert tried.headers["preference-applied"] == "tx=rollback"
    assert await names(shop) == []


async def test_a_batch_with_a_key_is_done_once(shop: Shop) -> None:
    key = {"Idempotency-Key": "one"}
    operations = [create("authors", name="Ann"), create("authors", name="Bob")]
    answers = await asyncio.gather(*(batch(shop, *operations, headers=key) for _ in range(8)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1
    assert await names(shop) == ["Ann", "Bob"]
    other = await batch(shop, operations[0], headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_json_that_looks_like_a_reference_may_be_stored(shop: Shop) -> None:
    schema = {"$ref": "#/definitions/thing"}
    answer = await batch(shop, create("books", title="x", meta=schema))
    assert answer.json()["data"][0]["body"]["meta"] == schema
    unknown = await batch(shop, create("books", title="y", meta={"$ref": "nobody.id"}))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "batch_reference_unknown")


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({"op": "create", "collection": "authors"}, "/operations/0"),
        ({"op": "update", "collection": "authors", "data": {}}, "/operations/0"),
        ({"op": "get", "collection": "authors"}, "/operations/0"),
        ({"op": "fly", "collection": "authors"}, "/operations/0/op"),
        ({"op": "delete", "collection": "authors", "id": 1, "where": {}}, "/operations/0"),
        ({"op": "create", "collection": "authors", "data": {}, "ref": "a b"}, "/operations/0/ref"),
        ({"op": "create", "collection": "authors", "data": {}, "more": 1}, "/operations/0/more"),
    ],
)
async def test_an_operation_that_cannot_be_one_is_pointed_at(
    still_shop: Shop, operation: dict[str, Any], pointer: str
) -> None:
    answer = await batch(still_shop, operation)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_batch_has_bounds_and_rights(app: Any, shop: Shop) -> None:
    assert (await batch(shop)).status_code == 422
    many = [create("authors", name="x")] * 1001
    assert (await batch(shop, *many)).status_code == 422
    viewer = await invited(app, shop.client, shop.project.url, "viewer")
    refused = await batch(shop, create("authors", name="x"), client=viewer.client)
    assert (refused.status_code, refused.json()["pointer"]) == (403, "/operations/0")
    nowhere = await batch(shop, create("nothing", name="x"), atomic=False)
    assert nowhere.json()["data"][0]["status"] == 404
    minimal = await batch(shop, create("authors", name="x"), headers={"Prefer": "return=minimal"})
    assert set(minimal.json()["data"][0]) <= {"status", "etag"}


async def test_batches_that_cross_each_other_all_come_to_an_end(shop: Shop) -> None:
    """Two records changed in opposite orders would wait for each other."""
    first, second = [(await shop.create("authors", name=name))["id"] for name in "ab"]

    def change(record_id: str) -> dict[str, Any]:
        return {"op": "update", "collection": "authors", "id": record_id, "data": {"country": "x"}}

    answers = await asyncio.gather(
        *(batch(shop, *map(change, order)) for order in [(first, second), (second, first)] * 8)
    )
    assert {a.status_code for a in answers} == {200}
    history = await shop.client.get(f"{shop.url}/authors/{first}/history?limit=50")
    assert len(history.json()["data"]) == 17
