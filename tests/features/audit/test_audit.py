"""The audit routes: who did what, narrowed, paged, exported, and shown as far as one may see."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.features.data.conftest import shop as shop
from tests.features.data.shop import Shop
from tests.people import invited


async def audit(shop: Shop, client: Any = None, **parameters: Any) -> dict[str, Any]:
    answer = await (client or shop.client).get(f"{shop.project.url}/audit", params=parameters)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_what_happened_to_records_is_narrowed_by_every_filter(app: Any, shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann")
    changed = await shop.client.patch(f"{shop.url}/authors/{ann['id']}", json={"country": "DE"})
    editor = await invited(app, shop.client, shop.project.url, "editor")
    await editor.client.post(f"{shop.url}/shelves", json={"name": "top"})

    async def actions(**parameters: Any) -> list[tuple[str, str]]:
        found = (await audit(shop, **parameters))["data"]
        return [(each["collection"], each["action"]) for each in found]

    made, updated, shelf = ("authors", "created"), ("authors", "updated"), ("shelves", "created")
    assert await actions() == [shelf, updated, made]
    assert await actions(collection="authors") == [updated, made]
    assert await actions(action="created") == [shelf, made]
    assert await actions(actor_id=editor.id) == [shelf]
    assert await actions(record_id=ann["id"]) == [updated, made]
    assert await actions(request_id=changed.headers["x-request-id"]) == [updated]
    moment = (await audit(shop))["data"][1]["at"]
    assert await actions(since=moment) == [shelf, updated]
    assert await actions(until=moment) == [made]
    (entry,) = (await audit(shop, action="updated"))["data"]
    assert (entry["before"]["country"], entry["after"]["country"]) == (None, "DE")


async def test_pages_follow_each_other(shop: Shop) -> None:
    for number in range(5):
        await shop.create("authors", name=str(number))
    names: list[str] = []
    cursor: dict[str, Any] = {}
    for expected in (True, True, False):
        told = await audit(shop, limit=2, **cursor)
        names += [each["after"]["name"] for each in told["data"]]
        assert told["page"]["has_more"] is expected
        cursor = {"cursor": told["page"]["next_cursor"]}
    assert names == ["4", "3", "2", "1", "0"]


async def test_what_admins_did_is_for_admins(app: Any, shop: Shop) -> None:
    viewer = await invited(app, shop.client, shop.project.url, "viewer")
    applied = (await audit(shop, source="control", action="schema.applied"))["data"]
    assert applied
    assert {each["collection"] for each in applied} == {None}
    assert applied[0]["detail"]["version"] > 1
    first = await audit(shop, source="control", limit=1)
    second = await audit(shop, source="control", limit=1, cursor=first["page"]["next_cursor"])
    assert first["data"][0]["cursor"] > second["data"][0]["cursor"]
    refused = await viewer.client.get(f"{shop.project.url}/audit?source=control")
    assert (refused.status_code, refused.json()["code"]) == (403, "policy_role_required")


async def test_policies_hold_in_the_audit(app: Any, shop: Shop) -> None:
    viewer = await invited(app, shop.client, shop.project.url, "viewer")
    await shop.create("authors", name="Ann", country="secret")
    deny = {
        "name": "no countries", "collection": "authors", "actions": ["list", "read"],
        "principals": ["admin_user"], "effect": "deny", "fields": ["country"],
    }  # fmt: skip
    made = await shop.client.post(f"{shop.project.url}/policies", json=deny)
    assert made.status_code == 201, made.text
    told = await audit(shop, client=viewer.client)
    assert told["data"][0]["after"]["name"] == "Ann"
    assert "secret" not in json.dumps(told)
    lines = await viewer.client.get(f"{shop.project.url}/audit/export")
    assert "Ann" in lines.text
    assert "secret" not in lines.text


async def test_the_export_has_every_entry(shop: Shop) -> None:
    bodies = [{"name": str(number)} for number in range(700)]
    await shop.client.post(f"{shop.url}/authors", json=bodies)
    answer = await shop.client.get(f"{shop.project.url}/audit/export?collection=authors")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 700
    assert {line["action"] for line in lines} == {"created"}
    control = await shop.client.get(f"{shop.project.url}/audit/export?source=control")
    assert '"schema.applied"' in control.text


@pytest.mark.parametrize(
    ("query", "status"),
    [("cursor=x", 400), ("source=all", 400), ("since=yesterday", 400), ("collection=none", 404),
     ("limit=0", 400), ("nothing=1", 400), ("source=control&cursor=12", 400)],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(shop: Shop, query: str, status: int) -> None:
    answer = await shop.client.get(f"{shop.project.url}/audit?{query}")
    assert answer.status_code == status, answer.text


async def exported(shop: Shop, **parameters: Any) -> list[dict[str, str]]:
    url = f"{shop.project.url}/audit/export"
    answer = await shop.client.get(url, params={"format": "csv", **parameters})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_the_csv_tells_what_the_list_tells(app: Any, shop: Shop) -> None:
    ann = await shop.create("authors", name='Ann, "A"\nB')
    await shop.client.patch(f"{shop.url}/authors/{ann['id']}", json={"country": "DE"})
    editor = await invited(app, shop.client, shop.project.url, "editor")
    await editor.client.post(f"{shop.url}/shelves", json={"name": "top"})
    everything = (await audit(shop))["data"]
    moment = everything[1]["at"]

    def told(entries: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(e["record_id"], e["action"], e["request_id"]) for e in entries]

    for filters in (
        {}, {"collection": "authors"}, {"action": "created"}, {"actor_id": editor.id},
        {"record_id": ann["id"]}, {"request_id": everything[1]["request_id"]},
        {"since": moment}, {"until": moment}, {"collection": "authors", "action": "updated"},
        {"action": "deleted"},
    ):  # fmt: skip
        listed = (await audit(shop, **filters))["data"]
        assert told(await exported(shop, **filters)) == told(listed), filters
    first = (await exported(shop, record_id=ann["id"]))[-1]
    assert json.loads(first["after"])["name"] == ann["name"]
    assert (first["before"], first["detail"]) == ("", "")


@pytest.mark.parametrize("source", ["data", "control"])
async def test_the_csv_of_both_sources_is_narrowed_by_every_filter(shop: Shop, source: str) -> None:
    await shop.create("authors", name="Ann")
    (entry, *_), nobody = (await audit(shop, source=source))["data"], "no-such-thing"
    actor = entry["actor"].partition(":")[2]
    fitting = {
        "action": entry["action"], "actor_id": actor, "record_id": entry["record_id"],
        "request_id": entry["request_id"], "since": entry["at"],
    }  # fmt: skip
    assert len(await exported(shop, source=source, **fitting)) == 1
    for name in ("action", "actor_id", "record_id", "request_id"):
        assert await exported(shop, source=source, **{**fitting, name: nobody}) == [], name
    assert await exported(shop, source=source, until="2001-01-01T00:00:00Z") == []


async def test_no_cell_of_the_csv_is_a_formula(shop: Shop) -> None:
    risky = '=HYPERLINK("http://evil")'
    headers = {"x-request-id": "+cmd"}
    made = await shop.client.post(
        f"{shop.url}/notes", json={"id": "kept-out", "text": "x"}, headers=headers
    )
    assert made.status_code == 201
    answer = await shop.client.post(f"{shop.url}/authors", json={"name": risky}, headers=headers)
    assert answer.status_code == 201
    text = (await shop.client.get(f"{shop.project.url}/audit/export?format=csv")).text

    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")], row


async def test_an_export_that_is_refused_is_refused_before_it_begins(app: Any, shop: Shop) -> None:
    viewer = await invited(app, shop.client, shop.project.url, "viewer")
    url = f"{shop.project.url}/audit/export"
    for query, status in (("source=control", 403), ("collection=none", 404), ("format=xml", 400)):
        answer = await viewer.client.get(f"{url}?{query}")
        assert answer.status_code == status, answer.text
