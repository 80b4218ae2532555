"""One key, one effect: repeated requests, twins, other bodies, other people, what failed."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.features.data.shop import Shop
from tests.people import invited

KEY = {"Idempotency-Key": "a8098c1a-f86e-11da-bd1a-00112444be1e"}


async def count(shop: Shop, collection: str = "authors") -> int:
    found = await shop.client.get(f"{shop.url}/{collection}?limit=1000")
    return len(found.json()["data"])


async def send(
    shop: Shop, method: str, path: str, body: Any = None, client: Any = None, **headers: str
) -> httpx.Response:
    answer: httpx.Response = await (client or shop.client).request(
        method, f"{shop.url}/{path}", json=body, headers=KEY | headers
    )
    return answer


async def test_a_repeated_create_is_answered_as_the_first_was(shop: Shop) -> None:
    first = await send(shop, "POST", "authors", {"name": "Ann"})
    again = await send(shop, "POST", "authors", {"name": "Ann"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(shop) == 1


async def test_every_write_is_done_once(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    for method, path, body in (
        ("PATCH", f"authors/{ann['id']}", {"country": "FR"}),
        ("PUT", f"authors/{ann['id']}", {"name": "Anne"}),
        ("POST", "authors", [{"name": "1"}, {"name": "2"}]),
        ("DELETE", f"authors/{ann['id']}", None),
    ):
        answers = [await send(shop, method, path, body) for _ in range(3)]
        assert {a.status_code for a in answers} == {answers[0].status_code}
        assert answers[0].is_success
        assert len({a.content for a in answers}) == 1
    assert await count(shop) == 2
    told = await shop.client.get(f"{shop.url}/authors/{ann['id']}/history")
    assert len(told.json()["data"]) == 4


async def test_twenty_twins_at_once_have_one_effect(shop: Shop) -> None:
    answers = await asyncio.gather(
        *(send(shop, "POST", "authors", {"name": "Ann"}) for _ in range(20))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("idempotency-replayed" in a.headers for a in answers) == 19
    assert await count(shop) == 1


async def test_a_key_serves_one_request_only(shop: Shop) -> None:
    await send(shop, "POST", "authors", {"name": "Ann"})
    for refused in (
        await send(shop, "POST", "authors", {"name": "Bob"}),
        await send(shop, "POST", "authors?on_conflict=id", {"name": "Ann"}),
        await send(shop, "POST", "authors", {"name": "Ann"}, Prefer="return=minimal"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await send(shop, "POST", "books", {"title": "a book"})
    assert elsewhere.status_code == 201, elsewhere.text
    assert await count(shop) == 1


async def test_a_key_belongs_to_whoever_sent_it(app: Any, shop: Shop) -> None:
    editor = await invited(app, shop.client, shop.project.url, "editor")
    mine = await send(shop, "POST", "authors", {"name": "Ann"})
    theirs = await send(shop, "POST", "authors", {"name": "Ann"}, client=editor.client)
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine.json()["id"]
    assert "idempotency-replayed" not in theirs.headers


async def test_a_request_that_failed_keeps_no_key(shop: Shop) -> None:
    refused = await send(shop, "POST", "authors", {"nothing": 1})
    assert refused.status_code == 422
    mended = await send(shop, "POST", "authors", {"name": "Ann"})
    assert mended.status_code == 201
    assert "idempotency-replayed" not in mended.headers


async def test_a_dry_run_keeps_no_key(shop: Shop) -> None:
    tried = await send(shop, "POST", "authors", {"name": "Ann"}, Prefer="tx=rollback")
    assert (tried.status_code, await count(shop)) == (201, 0)
    done = await send(shop, "POST", "authors", {"name": "Ann"})
    assert (done.status_code, await count(shop)) == (201, 1)


async def test_a_key_of_yesterday_is_free_again_and_swept(
    app: Any, shop: Shop, database: Database
) -> None:
    from app.features.data.background import delete_keys

    await send(shop, "POST", "authors", {"name": "Ann"})
    kept = f"p_{shop.project.id.hex}._idempotency"
    old = f"UPDATE {kept} SET created_at = now() - interval '25 hours'"
    await database.owner.execute(old)
    fresh = await send(shop, "POST", "authors", {"name": "Bob"})
    assert (fresh.status_code, await count(shop)) == (201, 2)
    assert "idempotency-replayed" not in fresh.headers
    await delete_keys(app.services)
    assert await database.owner.fetchval(f"SELECT count(*) FROM {kept}") == 1
    await database.owner.execute(old)
    await delete_keys(app.services)
    assert await database.owner.fetchval(f"SELECT count(*) FROM {kept}") == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_that_cannot_be_one_is_refused(shop: Shop, key: str) -> None:
    answer = await shop.client.post(
        f"{shop.url}/authors", json={"name": "Ann"}, headers={"Idempotency-Key": key}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid_idempotency_key")


async def test_a_twin_of_a_long_request_is_told_to_wait(
    shop: Shop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.query.once._WAIT", "SET LOCAL lock_timeout = '200ms'")
    kept = f"p_{shop.project.id.hex}._idempotency"
    principal = f"admin_user:{(await shop.client.get('/api/auth/me')).json()['id']}"
    route = f"POST /api/projects/{shop.project.slug}/data/authors"
    async with database.owner.acquire() as connection:
        first = connection.transaction()
        await first.start()
        await connection.execute(
            f"INSERT INTO {kept} (principal, route, key, body_hash) VALUES ($1, $2, $3, 'x')",
            principal, route, KEY["Idempotency-Key"],
        )  # fmt: skip
        refused = await send(shop, "POST", "authors", {"name": "Ann"})
        await first.rollback()
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_use")
    assert (await send(shop, "POST", "authors", {"name": "Ann"})).status_code == 201
