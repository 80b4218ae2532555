"""Writes that come at the same time are one statement, and look as if each had been by itself."""

import asyncio
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin
from tests.features.data.shop import Shop, shop
from tests.joining import sizes
from tests.schemas import apply_schema, field

__all__ = ["shop", "sizes"]

MANY = 20
FULL: dict[str, Any] = {
    "title": "it's \\ \"quoted\" {}[]", "summary": "a\nb\té 😀", "pages": 7,
    "big": 9_007_199_254_740_993, "rating": 0.1, "price": "12.50", "in_print": False,
    "published": "2026-01-31", "sold_at": "2026-01-31T12:00:00.123456+02:00",
    "meta": {"a": [1, "x", None, 1e300], "b": {"c": "\\u0041"}},
    "isbn": "01890000-0000-7000-8000-00000000000a", "status": "published",
    "site": "https://example.com/?a=b", "words": ["a,b", "{c}", 'd"'], "marks": [1, -2], "limit": 3,
}  # fmt: skip


@pytest.fixture(autouse=True)
def joined(sizes: list[int]) -> Iterator[None]:
    yield
    assert sizes, "nothing went together"


async def sent(shop: Shop, *asked: tuple[str, str, Any]) -> list[httpx.Response]:
    """The answers to (method, path, body), all asked at once."""
    return await asyncio.gather(
        *(shop.client.request(how, f"{shop.url}/{path}", json=body) for how, path, body in asked)
    )


async def changes_of(shop: Shop, database: Database) -> dict[str, tuple[str, str, str]]:
    """By the record's id: action, request id and actor of its last change."""
    rows = await database.owner.fetch(
        "SELECT record_id, action, request_id, actor "
        f"FROM p_{shop.project.id.hex}._changes ORDER BY n"
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def test_each_create_has_its_own_record_answer_and_log_row(
    shop: Shop, database: Database, sizes: list[int]
) -> None:
    bodies = [{"title": f"t{n}", "slug": f"s{n}"} for n in range(MANY)]
    answers = await sent(shop, *(("POST", "books", body) for body in bodies))
    assert sum(sizes) == MANY > len(sizes)
    assert [answer.status_code for answer in answers] == [201] * MANY
    assert [answer.json()["slug"] for answer in answers] == [body["slug"] for body in bodies]
    logged = await changes_of(shop, database)
    for answer in answers:
        record = answer.json()
        assert answer.headers["location"] == f"{shop.url}/books/{record['id']}"
        action, request_id, actor = logged[record["id"]]
        assert (action, request_id) == ("created", answer.headers["x-request-id"])
        assert actor.startswith("admin_user:")
        stored = await shop.client.get(f"{shop.url}/books/{record['id']}")
        assert stored.json() == record
        assert stored.headers["etag"] == answer.headers["etag"]


async def test_every_kind_of_value_is_stored_as_by_itself(shop: Shop, sizes: list[int]) -> None:
    author = await shop.create("authors", name="Ann")
    shelf = await shop.create("shelves", name="one")
    body = FULL | {"author": author["id"], "shelves": [shelf["id"]]}
    alone = await shop.client.post(f"{shop.url}/books?on_conflict=slug", json=body | {"slug": "a"})
    empty = await shop.client.post(
        f"{shop.url}/books?on_conflict=slug", json={"title": "x", "slug": "b"}
    )
    sizes.clear()
    found = await sent(
        shop,
        ("POST", "books", body | {"slug": "c", "published": None, "title": "y"}),
        ("POST", "books", body | {"slug": "d", "published": "2026-02-01"}),
    )
    assert alone.status_code == empty.status_code == 201
    own = {"id", "slug", "created_at", "updated_at", "published", "title"}
    for answer in found:
        assert {k: v for k, v in answer.json().items() if k not in own} == {
            k: v for k, v in alone.json().items() if k not in own
        }
    changed = await sent(
        shop, *(("PATCH", f"books/{each.json()['id']}", {**FULL, "title": each.json()["slug"]})
                for each in (empty, found[0]))
    )  # fmt: skip
    not_set = {"author_id", "author", "shelves"}
    for answer in changed:
        assert {k: v for k, v in answer.json().items() if k not in own | not_set} == {
            k: v for k, v in alone.json().items() if k not in own | not_set
        }
    nothing = {name: None for name in FULL if name not in ("title", "status")}
    cleared = await sent(shop, *(("PATCH", f"books/{a.json()['id']}", nothing) for a in changed))
    assert sum(sizes) == 6 > len(sizes)
    for answer in cleared:
        assert {answer.json()[name] for name in nothing} == {None}


async def test_one_that_is_refused_refuses_no_other(shop: Shop) -> None:
    await shop.create("books", title="taken", slug="taken")
    answers = await sent(
        shop,
        ("POST", "books", {"title": "a", "slug": "a"}),
        ("POST", "books", {"title": "b", "slug": "taken"}),
        ("POST", "books", {"title": "c", "slug": "c", "rating": 6}),
        ("POST", "books", {"title": "d", "slug": "d", "pages": 0}),
        ("POST", "books", {"title": "e", "slug": "a"}),
        ("POST", "books", {"title": "f", "author": "01890000-0000-7000-8000-00000000000a"}),
        ("POST", "books", {"title": "g", "slug": "g"}),
    )
    told = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert sorted([told[0], told[4]], key=str) == [(201, None), (409, "unique_conflict")]
    assert [told[n] for n in (1, 2, 3, 5, 6)] == [
        (409, "unique_conflict"), (422, "validation_failed"), (422, "validation_failed"),
        (422, "relation_not_found"), (201, None),
    ]  # fmt: skip
    assert len(await shop.fetch("books")) == 3


async def test_one_that_is_too_large_for_an_index_refuses_no_other(
    shop: Shop, admin: Admin
) -> None:
    papers = {"name": "papers", "fields": [field("text", "text", unique=True)]}
    await apply_schema(admin, shop.project, papers)
    texts = ["a", token_hex(4_000), "b"]
    made = await sent(shop, *(("POST", "papers", {"text": text}) for text in texts))
    assert [answer.status_code for answer in made] == [201, 422, 201]
    kept = [made[0].json(), (await shop.client.post(f"{shop.url}/papers", json={})).json(),
            made[2].json()]  # fmt: skip
    texts[0] += "2"
    asked = zip(kept, texts, strict=True)
    changed = await sent(
        shop, *(("PATCH", f"papers/{each['id']}", {"text": text}) for each, text in asked)
    )
    assert [answer.status_code for answer in changed] == [200, 422, 200]


async def test_changes_of_several_records_are_each_their_own(
    shop: Shop, database: Database, sizes: list[int]
) -> None:
    made = [await shop.create("books", title=f"t{n}", pages=n + 1) for n in range(MANY)]
    sizes.clear()
    more = [{"pages": {"$inc": 100}, "words": {"$append": f"w{n}"}} for n in range(MANY)]
    asked = zip(made, more, strict=True)
    answers = await sent(
        shop, *(("PATCH", f"books/{book['id']}", change) for book, change in asked)
    )
    assert sum(sizes) == MANY > len(sizes)
    logged = await changes_of(shop, database)
    for number, (book, answer) in enumerate(zip(made, answers, strict=True)):
        assert (answer.json()["id"], answer.status_code) == (book["id"], 200)
        assert (answer.json()["pages"], answer.json()["words"]) == (number + 101, [f"w{number}"])
        assert logged[book["id"]][:2] == ("updated", answer.headers["x-request-id"])


async def test_changes_of_one_record_are_all_done(shop: Shop) -> None:
    book = await shop.create("books", title="t", pages=1)
    other = await shop.create("books", title="u", pages=1)
    asked = [
        ("PATCH", f"books/{each['id']}", {"pages": {"$inc": 1}}) for each in [book, other] * 10
    ]
    answers = await sent(shop, *asked)
    assert {answer.status_code for answer in answers} == {200}
    assert [each["pages"] for each in await shop.fetch("books")] == [11, 11]
    assert sorted(a.headers["etag"].partition("-")[0] for a in answers[::2]) == sorted(
        f'"{version}' for version in range(2, 12)
    )


async def test_one_that_is_gone_or_refused_leaves_the_others_changed(shop: Shop) -> None:
    one, two, three = [await shop.create("books", title=t, slug=t) for t in "abc"]
    answers = await sent(
        shop,
        ("PATCH", f"books/{one['id']}", {"slug": "x"}),
        ("PATCH", "books/01890000-0000-7000-8000-00000000000a", {"slug": "y"}),
        ("PATCH", f"books/{two['id']}", {"slug": "c"}),
        ("PATCH", f"books/{three['id']}", {"slug": "z"}),
    )
    told = [answer.status_code for answer in answers]
    assert (told[0], told[1], told[3]) == (200, 404, 200)
    assert told[2] in (200, 409)  # three may have given its slug up before, or not


async def test_who_waits_for_a_lock_holds_up_nobody_else(shop: Shop, database: Database) -> None:
    schema = f'"p_{shop.project.id.hex}"'
    held, free = [await shop.create("books", title=t) for t in "ab"]
    async with database.owner.acquire() as connection:
        async with connection.transaction():
            await connection.execute(
                f"SELECT FROM {schema}.books WHERE id = $1 FOR UPDATE", held["id"]
            )
            waiting = asyncio.create_task(
                sent(shop, ("PATCH", f"books/{held['id']}", {"pages": 5}))
            )
            [done, made] = await sent(
                shop,
                ("PATCH", f"books/{free['id']}", {"pages": 6}),
                ("POST", "books", {"title": "c"}),
            )
            assert not waiting.done()
        [late] = await waiting
    assert [each.status_code for each in (done, made, late)] == [200, 201, 200]


async def test_a_record_may_not_point_at_one_that_is_only_being_made(shop: Shop) -> None:
    """By itself it would have found nothing there, or the whole of it."""
    chosen = "01890000-0000-7000-8000-00000000000b"
    made, pointing = await sent(
        shop, ("POST", "authors", {"id": chosen, "name": "A"}),
        ("POST", "authors", {"name": "B", "mentor": chosen}),
    )  # fmt: skip
    assert made.status_code == 201
    assert (pointing.status_code, len(await shop.fetch("authors"))) in ((201, 2), (422, 1))


async def test_ids_of_every_kind_are_joined(shop: Shop, sizes: list[int]) -> None:
    shelves = await sent(shop, *(("POST", "shelves", {"name": f"{n}"}) for n in range(5)))
    assert sorted(answer.json()["id"] for answer in shelves) == [1, 2, 3, 4, 5]
    [chosen, *others] = await sent(
        shop, ("POST", "shelves", {"id": 7, "name": "seven"}), ("POST", "shelves", {"name": "6"})
    )
    assert chosen.json()["id"] == 7
    notes = await sent(shop, *(("POST", "notes", {"id": f"n/{n}", "text": "x"}) for n in range(3)))
    assert [answer.json()["id"] for answer in notes] == ["n/0", "n/1", "n/2"]
    more = await sent(shop, *(("POST", "shelves", {"name": f"m{n}"}) for n in range(3)))
    assert {answer.status_code for answer in (*others, *notes, *more)} == {201}
    assert sum(sizes) == 13 > len(sizes)


async def test_a_dry_run_and_a_keyed_write_are_by_themselves(shop: Shop, sizes: list[int]) -> None:
    url = f"{shop.url}/books"
    dry, keyed, again, plain = await asyncio.gather(
        shop.client.post(url, json={"title": "a"}, headers={"Prefer": "tx=rollback"}),
        shop.client.post(url, json={"title": "b"}, headers={"Idempotency-Key": "k"}),
        shop.client.post(url, json={"title": "b"}, headers={"Idempotency-Key": "k"}),
        shop.client.post(url, json={"title": "c"}),
    )
    assert {each.status_code for each in (dry, keyed, again, plain)} == {201}
    assert keyed.json() == again.json()
    assert sorted(await shop.titles()) == ["b", "c"]
    assert sizes == [1]


async def test_a_new_schema_is_found_by_all_of_them(shop: Shop) -> None:
    for number in range(5):
        change = shop.client.post(
            f"{shop.project.url}/collections/books/fields",
            json=field(f"new{number}", "int", default=number),
        )
        changed, *answers = await asyncio.gather(
            change,
            *(
                shop.client.post(f"{shop.url}/books", json={"title": f"{number}.{n}"})
                for n in range(9)
            ),
        )
        assert changed.status_code == 201
        assert {answer.status_code for answer in answers} == {201}
        assert {each[f"new{number}"] for each in await shop.fetch("books")} == {number}
