"""Reads of a past time: records and lists as they were, under today's names and rights."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.features.data.shop import AUTHORS, BOOKS, Shop, fill
from tests.schemas import apply_schema, field


async def moment(database: Database) -> str:
    """The database's time, as a parameter of a URL."""
    at: datetime = await database.owner.fetchval("SELECT clock_timestamp()")
    return at.isoformat()


async def listed(shop: Shop, collection: str, at: str, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await shop.fetch(collection, as_of=at, **parameters)
    return found


async def problem(shop: Shop, path: str, status: int, **parameters: Any) -> dict[str, Any]:
    answer = await shop.client.get(f"{shop.url}/{path}", params=parameters)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def change(shop: Shop, path: str, **values: Any) -> None:
    answer = await shop.client.patch(f"{shop.url}/{path}", json=values)
    assert answer.status_code == 200, answer.text


async def delete(shop: Shop, path: str) -> None:
    answer = await shop.client.delete(f"{shop.url}/{path}")
    assert answer.status_code == 204, answer.text


async def test_a_record_is_read_as_it_was(shop: Shop, database: Database) -> None:
    before = await moment(database)
    ann = await shop.create("authors", name="Ann", country="DE")
    path = f"authors/{ann['id']}"
    first = await moment(database)
    await change(shop, path, country="FR")
    second = await moment(database)
    await delete(shop, path)
    third = await moment(database)

    assert (await problem(shop, path, 404, as_of=before))["code"] == "record_not_found"
    for at, country in ((first, "DE"), (second, "FR")):
        answer = await shop.client.get(f"{shop.url}/{path}", params={"as_of": at})
        assert (answer.status_code, answer.json()["country"]) == (200, country)
        assert answer.json()["created_at"] == ann["created_at"]
    await problem(shop, path, 404, as_of=third)


async def test_a_past_record_equals_what_was_answered_then(shop: Shop, database: Database) -> None:
    """Every type of field comes back as it was shown, digits and all."""
    world = await fill(shop)
    then = {}
    for book in world["books"]:
        shown = await shop.client.get(f"{shop.url}/books/{book['id']}")
        then[book["id"]] = {k: v for k, v in shown.json().items() if k != "shelves"}
    at = await moment(database)
    for book in world["books"]:
        await change(
            shop, f"books/{book['id']}",
            title=book["title"] + "!", price=1.25, rating=0.1, words=["z"], marks=[9], meta=None,
            in_print=True, published="2020-02-02", sold_at="2020-01-01T00:00:00Z", summary="new",
        )  # fmt: skip
    for book in world["books"][:3]:
        await delete(shop, f"books/{book['id']}")

    assert {each["id"]: each for each in await listed(shop, "books", at)} == then
    for key, record in then.items():
        answer = await shop.client.get(f"{shop.url}/books/{key}", params={"as_of": at})
        assert answer.json() == record


async def test_a_past_list_is_filtered_sorted_counted_and_paged_as_lists_are(
    shop: Shop, database: Database
) -> None:
    for number in range(7):
        await shop.create("authors", name=f"n{number}", country="DE" if number % 2 else "FR")
    at = await moment(database)
    for author in await shop.fetch("authors"):
        await change(shop, f"authors/{author['id']}", name="x" + author["name"], country="IT")
    await shop.create("authors", name="n9", country="DE")

    found = await listed(shop, "authors", at, country="DE", sort="-name", fields="name")
    assert found == [{"name": "n5"}, {"name": "n3"}, {"name": "n1"}]
    assert [a["name"] for a in await listed(shop, "authors", at, search="n4")] == ["n4"]
    offset = await listed(shop, "authors", at, sort="name", offset=5, limit=1)
    assert [a["name"] for a in offset] == ["n5"]
    seen, cursor = [], None
    while True:
        asked: dict[str, Any] = {"as_of": at, "sort": "country,-name", "limit": 2}
        answer = await shop.client.get(
            f"{shop.url}/authors",
            params=asked | {"count": "exact"} | ({"cursor": cursor} if cursor else {}),
        )
        assert answer.json()["total"] == 7
        seen += [author["name"] for author in answer.json()["data"]]
        cursor = answer.json()["page"]["next_cursor"]
        if cursor is None:
            break
        assert "as_of=" in answer.headers["link"]
    assert seen == ["n5", "n3", "n1", "n6", "n4", "n2", "n0"]


async def test_a_query_in_json_takes_the_time_too(shop: Shop, database: Database) -> None:
    ann = await shop.create("authors", name="Ann")
    at = await moment(database)
    await delete(shop, f"authors/{ann['id']}")

    asked = {"as_of": at, "filter": {"name__startswith": "A"}, "count": "estimated"}
    answer = await shop.client.post(f"{shop.url}/authors/query", json=asked)

    assert [each["name"] for each in answer.json()["data"]] == ["Ann"]
    assert answer.json()["total"] == 1


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"expand": "author"}, "expand"),
        ({"fields": "title,author.name"}, "fields"),
        ({"fields": "title,shelves"}, "fields"),
        ({"sort": "author.name"}, "sort"),
        ({"author__name": "Ann"}, "filter"),
        ({"shelves__name": "one"}, "filter"),
        ({"filter": '{"not": {"author__country": "DE"}}'}, "filter"),
    ],
)
async def test_what_leads_to_other_records_is_refused(
    still_shop: Shop, database: Database, parameters: dict[str, str], named: str
) -> None:
    told = await problem(still_shop, "books", 400, as_of=await moment(database), **parameters)

    assert (told["code"], told["parameter"]) == ("as_of_unsupported", named)
    assert told["hint"]


async def test_a_relation_is_told_and_filtered_by_its_id(shop: Shop, database: Database) -> None:
    ann, bob = [await shop.create("authors", name=name) for name in ("Ann", "Bob")]
    book = await shop.create("books", title="One", author=ann["id"])
    at = await moment(database)
    await change(shop, f"books/{book['id']}", author=bob["id"])

    (found,) = await listed(shop, "books", at, author=ann["id"], fields="author_id")
    assert found == {"author_id": ann["id"]}
    assert await listed(shop, "books", at, author_id=bob["id"]) == []


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00 01:00"])
async def test_what_is_no_time_is_refused(shop: Shop, text: str) -> None:
    told = await problem(shop, "authors", 400, as_of=text)
    assert (told["code"], told["parameter"]) == ("request_invalid_parameter", "as_of")


async def test_the_future_is_not_told(shop: Shop, database: Database) -> None:
    later = datetime.fromisoformat(await moment(database)) + timedelta(minutes=1)
    told = await problem(shop, "authors", 400, as_of=later.isoformat())
    assert told["detail"] == "as_of lies in the future."


async def test_other_reads_refuse_the_time(shop: Shop, database: Database) -> None:
    at = await moment(database)
    for path in ("books/export", "books/aggregate?count=*"):
        address = f"{path}{'&' if '?' in path else '?'}as_of={at.replace('+', '%2B')}"
        answer = await shop.client.get(f"{shop.url}/{address}")
        assert answer.status_code == 400, answer.text
    answer = await shop.client.patch(f"{shop.url}/books", params={"as_of": at}, json={})
    assert answer.status_code == 400, answer.text


async def test_a_time_before_the_collection_is_out_of_reach(
    shop: Shop, database: Database, project: TestProject, admin: Admin
) -> None:
    at = await moment(database)
    await apply_schema(admin, project, {"name": "late", "fields": [field("a", "string")]})

    assert (await problem(shop, "late", 422, as_of=at))["code"] == "as_of_out_of_reach"
    told = await problem(shop, "authors", 422, as_of="2001-01-01")
    assert told["code"] == "as_of_out_of_reach"


async def test_a_collection_without_images_is_out_of_reach_also_after_it_has_them_again(
    shop: Shop, database: Database, admin: Admin
) -> None:
    first = await moment(database)
    await apply_schema(admin, shop.project, {**AUTHORS, "history": "off"})
    await shop.create("authors", name="unseen")
    second = await moment(database)
    await apply_schema(admin, shop.project, {**AUTHORS, "history": "full"})
    third = await moment(database)
    await shop.create("authors", name="seen")

    for at in (first, second):
        told = await problem(shop, "authors", 422, as_of=at)
        assert (told["code"], "history" in told["hint"]) == ("as_of_out_of_reach", True)
    assert [a["name"] for a in await listed(shop, "authors", third)] == ["unseen"]


async def ids_of(shop: Shop) -> Mapping[str, Mapping[str, str]]:
    """By collection, the ids of fields by their names; under ``""`` the collection's own."""
    held = (await shop.client.get(f"{shop.project.url}/schema")).json()["schema"]["collections"]
    return {
        c["name"]: {"": c["id"], **{f["name"]: f["id"] for f in c["fields"] if "id" in f}}
        for c in held
    }


async def test_images_are_read_under_the_names_of_today(
    shop: Shop, database: Database, admin: Admin
) -> None:
    """Renamed, swapped, added and dropped fields; a renamed collection."""
    plain = [field("a", "string"), field("b", "string"), field("gone", "string")]
    await apply_schema(admin, shop.project, {"name": "things", "fields": plain})
    kept, changed, deleted = [
        await shop.create("things", a=f"a{n}", b=f"b{n}", gone="g") for n in range(3)
    ]
    at = await moment(database)
    await change(shop, f"things/{changed['id']}", a="new")  # under the names of then
    ids = (await ids_of(shop))["things"]
    swapped = [
        {"id": ids["a"], **field("b", "string")},
        {"id": ids["b"], **field("a", "string")},
        field("added", "int", default=7),
    ]
    body = {"name": "things", "fields": swapped, "id": ids[""]}
    await apply_schema(admin, shop.project, body)
    await change(shop, f"things/{changed['id']}", b="newer")
    await delete(shop, f"things/{deleted['id']}")

    found = await listed(shop, "things", at, sort="b", fields="a,b,added")
    assert found == [{"a": f"b{n}", "b": f"a{n}", "added": None} for n in range(3)]
    assert len(await listed(shop, "things", at, b="a1")) == 1
    assert await listed(shop, "things", at, added=7) == []
    assert await problem(shop, "things", 400, as_of=at, gone="g")
    assert kept["id"] in {each["id"] for each in await listed(shop, "things", at)}


async def test_a_changed_type_is_followed_as_far_as_its_values_go(
    shop: Shop, database: Database, admin: Admin
) -> None:
    await apply_schema(admin, shop.project, {"name": "sizes", "fields": [field("s", "string")]})
    odd = await shop.create("sizes", s="odd")
    before = await moment(database)
    one, two, none = [await shop.create("sizes", s=text) for text in ("1", "2", None)]
    await delete(shop, f"sizes/{odd['id']}")
    at = await moment(database)
    await change(shop, f"sizes/{one['id']}", s="10")
    await delete(shop, f"sizes/{none['id']}")
    ids = (await ids_of(shop))["sizes"]
    typed = {"name": "sizes", "id": ids[""], "fields": [{"id": ids["s"], **field("s", "int")}]}
    await apply_schema(admin, shop.project, typed)
    await change(shop, f"sizes/{two['id']}", s=20)

    assert [each["s"] for each in await listed(shop, "sizes", at, sort="s")] == [1, 2, None]
    told = await problem(shop, "sizes", 422, as_of=before)
    assert told["code"] == "as_of_out_of_reach"


async def test_a_change_without_its_image_puts_the_time_out_of_reach(
    shop: Shop, database: Database
) -> None:
    ann, bob = [await shop.create("authors", name=name) for name in ("Ann", "Bob")]
    at = await moment(database)
    await change(shop, f"authors/{ann['id']}", name="Anna")
    text = f"UPDATE \"p_{shop.project.id.hex}\"._changes SET before = NULL WHERE action = 'updated'"
    await database.owner.execute(text)

    told = await problem(shop, "authors", 422, as_of=at)
    assert told["code"] == "as_of_out_of_reach"
    await problem(shop, f"authors/{ann['id']}", 422, as_of=at)
    answer = await shop.client.get(f"{shop.url}/authors/{bob['id']}", params={"as_of": at})
    assert answer.status_code == 200, "nothing of this record is missing"


async def test_a_past_record_has_a_tag_of_its_body(shop: Shop, database: Database) -> None:
    ann = await shop.create("authors", name="Ann")
    at = await moment(database)
    url = f"{shop.url}/authors/{ann['id']}"

    answer = await shop.client.get(url, params={"as_of": at})
    again = await shop.client.get(
        url, params={"as_of": at}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (answer.headers["etag"].startswith('"b'), again.status_code) == (True, 304)


async def test_a_field_of_that_name_is_still_filtered(
    shop: Shop, admin: Admin, database: Database
) -> None:
    await apply_schema(admin, shop.project, {"name": "odd", "fields": [field("as_of", "int")]})
    await shop.create("odd", as_of=1)
    at = await moment(database)

    assert len(await shop.fetch("odd", **{"f.as_of": "1"})) == 1
    assert await shop.fetch("odd", **{"f.as_of": "2", "as_of": at}) == []
    assert BOOKS["name"] == "books"
