"""What the log forgets, what it keeps for its readers, and what is told where it has forgotten."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.clock import utc_now
from app.core.db import Database
from app.core.event import LogReader
from app.engine.changes.fan_out import follow
from app.engine.changes.relay import backlog, number
from app.engine.changes.retention import passed_by_all
from app.engine.changes.tail import Tail
from app.features.data.retention import LogSweeper
from app.registry import load_features
from tests.conftest import Admin
from tests.features.data.shop import AUTHORS, Shop
from tests.features.data.test_as_of import change, listed, moment, problem
from tests.features.data.test_history import feed, history, relayed
from tests.people import invited
from tests.running import client_for
from tests.schemas import apply_schema

OLDER_SCHEMA = """
UPDATE backendify.schema_versions SET applied_at = applied_at - interval '90 days'
WHERE project_id = $1
"""


async def keep(shop: Shop, days: int | None) -> None:
    answer = await shop.client.patch(
        f"{shop.project.url}/settings", json={"history": {"retention_days": days}}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["history"] == {"retention_days": days}


async def age(shop: Shop, database: Database, days: int, upto: int) -> None:
    """Let the first changes be older than they are."""
    await relayed(shop, 1)
    await number(database, shop.project.id)
    text = f'UPDATE "p_{shop.project.id.hex}"._changes SET at = at - $1::interval WHERE seq <= $2'
    await database.owner.execute(text, timedelta(days=days), upto)


async def sweep(database: Database) -> None:
    readers = [reader for feature in load_features() for reader in feature.log_readers]
    await LogSweeper(database, readers).sweep(utc_now())


async def kept(shop: Shop, database: Database) -> list[tuple[int, str]]:
    text = f'SELECT seq, action FROM "p_{shop.project.id.hex}"._changes ORDER BY seq'
    return [tuple(row) for row in await database.owner.fetch(text)]


async def aged(shop: Shop, database: Database) -> dict[str, Any]:
    """A record with five changes, the first three forgotten."""
    ann = await shop.create("authors", name="0")
    for name in "1234":
        await change(shop, f"authors/{ann['id']}", name=name)
    await relayed(shop, 5)
    await age(shop, database, 40, upto=3)
    await keep(shop, 30)
    await sweep(database)
    return ann


async def test_changes_past_their_days_are_forgotten_but_for_a_milestone(
    shop: Shop, database: Database
) -> None:
    ann = await aged(shop, database)

    assert await kept(shop, database) == [(3, "forgotten"), (4, "updated"), (5, "updated")]
    told = await history(shop, f"authors/{ann['id']}")
    assert [each["seq"] for each in told["data"]] == [5, 4]
    assert [each["seq"] for each in (await feed(shop))["data"]] == [4, 5]
    text = f'SELECT * FROM "p_{shop.project.id.hex}"._changes WHERE seq = 3'
    (row,) = await database.owner.fetch(text)
    assert ann["id"] not in str(dict(row))
    await sweep(database)
    assert len(await kept(shop, database)) == 3


async def test_a_log_without_a_limit_is_kept(shop: Shop, database: Database) -> None:
    await shop.create("authors", name="Ann")
    await age(shop, database, 5_000, upto=1)
    await sweep(database)
    assert await kept(shop, database) == [(1, "created")]
    for days in (0, 40_000, "x"):
        answer = await shop.client.patch(
            f"{shop.project.url}/settings", json={"history": {"retention_days": days}}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "project_settings_invalid")


async def test_who_follows_the_feed_is_told_that_changes_are_gone(
    shop: Shop, database: Database
) -> None:
    await aged(shop, database)

    for since in (0, 1, 2, 6):
        answer = await shop.client.get(f"{shop.project.url}/changes", params={"since": since})
        assert (answer.status_code, answer.json()["code"]) == (410, "changes_forgotten"), since
        assert answer.json()["next_since"] == 5
    assert [each["seq"] for each in (await feed(shop, since=3))["data"]] == [4, 5]
    assert (await feed(shop, since=5))["page"]["next_since"] == 5


async def test_a_past_before_the_first_kept_change_is_out_of_reach(
    shop: Shop, database: Database
) -> None:
    ann = await aged(shop, database)
    before = (utc_now() - timedelta(days=41)).isoformat()
    await database.owner.execute(OLDER_SCHEMA, shop.project.id)

    assert (await problem(shop, "authors", 422, as_of=before))["code"] == "as_of_out_of_reach"
    await problem(shop, f"authors/{ann['id']}", 422, as_of=before)
    within = (utc_now() - timedelta(days=20)).isoformat()
    assert [each["name"] for each in await listed(shop, "authors", within)] == ["2"]


async def test_a_whole_log_forgotten_still_tells_the_time_since(
    shop: Shop, database: Database
) -> None:
    ann = await shop.create("authors", name="Ann")
    await age(shop, database, 40, upto=1)
    await database.owner.execute(OLDER_SCHEMA, shop.project.id)
    await keep(shop, 30)
    await sweep(database)

    at = (utc_now() - timedelta(days=10)).isoformat()
    assert [each["name"] for each in await listed(shop, "authors", at)] == ["Ann"]
    early = (utc_now() - timedelta(days=50)).isoformat()
    await problem(shop, "authors", 422, as_of=early)
    told = await history(shop, f"authors/{ann['id']}")
    assert told["data"] == [], "the record is there, what happened to it is forgotten"
    undone = await shop.client.post(f"{shop.url}/authors/{ann['id']}/revert", json={"seq": 1})
    assert (undone.status_code, undone.json()["code"]) == (404, "change_not_found")


async def held_back(shop: Shop, database: Database, at: int) -> str:
    """The name of a reader that follows, and has come no further than to a position."""
    name = f"reader {shop.project.id}"
    await follow(database.owner, database, shop.project.id, name)
    move = "UPDATE backendify.log_cursors SET seq = $3 WHERE project_id = $1 AND reader = $2"
    await database.owner.execute(move, shop.project.id, name, at)
    return name


async def take(*_: Any) -> None:
    """Readers of these tests keep nothing."""


async def needs(_connection: Any, _project: UUID) -> int | None:
    return 2


@pytest.mark.parametrize("history", ["full", "keys"])
async def test_nothing_is_forgotten_that_a_reader_has_not_had(
    admin: Admin, shop: Shop, database: Database, history: str
) -> None:
    await apply_schema(admin, shop.project, {**AUTHORS, "history": history})
    for name in "abcd":
        await shop.create("authors", name=name)
    await relayed(shop, 4)
    await age(shop, database, 40, upto=4)
    if history == "full":
        await keep(shop, 30)
    name = await held_back(shop, database, at=2)
    text = f'SELECT count(after) FROM "p_{shop.project.id.hex}"._changes'

    for readers, left in (
        ([LogReader(name, take, needs)], 3), ([LogReader(name, take)], 2), ([], 0),
    ):  # fmt: skip
        await LogSweeper(database, readers).sweep(utc_now())
        assert await database.owner.fetchval(text) == left


async def test_webhooks_need_what_they_have_not_told_yet(shop: Shop, database: Database) -> None:
    url = f"{shop.project.url}/webhooks"
    answer = await shop.client.post(url, json={"url": "https://example.com/x", "events": ["*"]})
    insert = """
    INSERT INTO backendify.webhook_deliveries
      (id, project_id, endpoint_id, event_n, seq, message_id, type, status, next_attempt_at)
    VALUES (gen_random_uuid(), $1, $2, 7, 7, 'm', 'record.created', 'failed', now() + interval '1d')
    """
    await database.owner.execute(insert, shop.project.id, UUID(answer.json()["id"]))

    readers = [reader for feature in load_features() for reader in feature.log_readers]
    await database.owner.execute(
        "UPDATE backendify.log_cursors SET seq = 90 WHERE project_id = $1", shop.project.id
    )
    assert await passed_by_all(database, shop.project.id, readers) == 6


async def test_keys_keep_who_and_when_and_lose_the_images_after_an_hour(
    admin: Admin, shop: Shop, database: Database
) -> None:
    await apply_schema(admin, shop.project, {**AUTHORS, "history": "keys"})
    ann = await shop.create("authors", name="Ann")
    path = f"authors/{ann['id']}"
    await change(shop, path, name="Anna")
    shelf = await shop.create("shelves", name="full")
    await relayed(shop, 3)
    await sweep(database)
    assert (await history(shop, path))["data"][0]["after"]["name"] == "Anna"
    await age(shop, database, 1, upto=2)
    await sweep(database)

    updated, created = (await history(shop, path))["data"]
    assert [each["action"] for each in (updated, created)] == ["updated", "created"]
    assert {each[side] for each in (updated, created) for side in ("before", "after")} == {None}
    assert updated["actor"]
    assert [each["seq"] for each in (await feed(shop, since=0))["data"]] == [1, 2, 3]
    found = await history(shop, f"shelves/{shelf['id']}")
    assert found["data"][0]["after"]["name"] == "full"
    answer = await shop.client.post(f"{shop.url}/{path}/revert", json={"seq": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "images_forgotten")
    answer = await shop.client.post(
        f"{shop.project.url}/changes/undo", json={"request_id": updated["request_id"]}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "images_forgotten")
    assert (await shop.client.get(f"{shop.url}/{path}")).json()["name"] == "Anna"
    await problem(shop, path, 422, as_of=await moment(database))
    audit = await shop.client.get(f"{shop.project.url}/audit", params={"record_id": ann["id"]})
    assert [each["action"] for each in audit.json()["data"]] == ["updated", "created"]


async def test_a_change_without_images_is_for_those_alone_who_see_the_whole_collection(
    app: Any, admin: Admin, shop: Shop, database: Database
) -> None:
    await apply_schema(admin, shop.project, {**AUTHORS, "history": "keys"})
    await admin.client.post(
        f"{shop.project.url}/policies",
        json={"name": "fr", "collection": "authors", "actions": ["list", "read"],
              "principals": ["anonymous"], "where": {"country": "FR"}},
    )  # fmt: skip
    ann = await shop.create("authors", name="Ann", country="FR")
    await relayed(shop, 1)
    await age(shop, database, 1, upto=1)
    await sweep(database)

    async with client_for(app) as anyone:
        answer = await anyone.get(f"{shop.url}/authors/{ann['id']}/history")
        assert (answer.status_code, answer.json()["data"]) == (200, [])
        answer = await anyone.get(f"{shop.project.url}/changes", params={"since": 0})
        assert (answer.status_code, answer.json()["code"]) == (410, "changes_forgotten")
        answer = await anyone.get(f"{shop.project.url}/changes")
        assert (answer.status_code, answer.json()["data"]) == (200, [])
    viewer = await invited(app, admin.client, shop.project.url, "viewer")
    answer = await viewer.client.get(f"{shop.project.url}/changes", params={"since": 0})
    assert len(answer.json()["data"]) == 1


@pytest.mark.parametrize("days", [30, None])
async def test_a_listener_from_before_what_is_kept_begins_anew(
    admin: Admin, shop: Shop, database: Database, days: int | None
) -> None:
    """Forgotten changes, or (``days`` None) changes whose images are gone."""
    if days is None:
        await apply_schema(admin, shop.project, {**AUTHORS, "history": "keys"})
    for name in "abc":
        await shop.create("authors", name=name)
    await relayed(shop, 3)
    await age(shop, database, 40, upto=2)
    if days is not None:
        await keep(shop, days)
    await sweep(database)

    tail = Tail(database, shop.project.id)
    await tail.open()
    assert [await tail.reaches(since) for since in range(5)] == [False, False, True, True, False]


async def test_a_thousand_changes_go_in_steps_and_several_sweepers_do_no_harm(
    shop: Shop, database: Database
) -> None:
    for _ in range(3):
        body = [{"name": str(n)} for n in range(900)]
        answer = await shop.client.post(f"{shop.url}/authors", json=body)
        assert answer.status_code == 201
    while await backlog(database, shop.project.id):
        await number(database, shop.project.id)
    await age(shop, database, 40, upto=2_650)
    await keep(shop, 30)
    await asyncio.gather(*(sweep(database) for _ in range(4)))

    found = await kept(shop, database)
    assert [seq for seq, _ in found] == list(range(2_650, 2_701))
    assert found[0][1] == "forgotten"


async def test_what_is_not_numbered_is_never_forgotten(shop: Shop, database: Database) -> None:
    await shop.create("authors", name="a")
    await relayed(shop, 1)
    text = (
        f'INSERT INTO "p_{shop.project.id.hex}"._changes (at, schema_version, collection,'
        " record_id, action) VALUES (now() - interval '1 year', 1, 'c', 'r', 'created')"
    )
    await keep(shop, 1)
    async with database.owner.acquire() as connection, connection.transaction():
        relay = f'SELECT last FROM "p_{shop.project.id.hex}"._relay FOR UPDATE'
        await connection.execute(relay)  # no relay gets at it
        await database.owner.execute(text)
        await sweep(database)
        assert (None, "created") in [tuple(row) for row in await kept(shop, database)]
