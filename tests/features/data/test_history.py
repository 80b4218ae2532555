"""What happened to records: the feed of a project, a record's history, and dry checks."""

import asyncio
from typing import Any

from tests.conftest import Admin, TestProject
from tests.features.data.shop import AUTHORS, Shop
from tests.people import invited, stranger
from tests.running import client_for
from tests.schemas import apply_schema, field
from tests.waiting import PATIENCE_SECONDS


async def history(shop: Shop, path: str, **parameters: Any) -> dict[str, Any]:
    answer = await shop.client.get(f"{shop.url}/{path}/history", params=parameters)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def feed(shop: Shop, **parameters: Any) -> dict[str, Any]:
    answer = await shop.client.get(f"{shop.project.url}/changes", params=parameters)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def relayed(shop: Shop, count: int, **parameters: Any) -> list[dict[str, Any]]:
    """The feed once it has so many changes: they are numbered a moment after they are written."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found: list[dict[str, Any]] = (await feed(shop, **parameters))["data"]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)


async def test_a_records_history_tells_every_change_the_newest_first(shop: Shop) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    path = f"authors/{ann['id']}"
    await shop.client.patch(f"{shop.url}/{path}", json={"country": "FR"})
    await shop.client.delete(f"{shop.url}/{path}")

    told = await history(shop, path)

    deleted, updated, created = told["data"]
    assert [c["action"] for c in told["data"]] == ["deleted", "updated", "created"]
    assert (created["before"], created["after"]["country"]) == (None, "DE")
    assert (updated["before"]["country"], updated["after"]["country"]) == ("DE", "FR")
    assert (deleted["before"]["country"], deleted["after"]) == ("FR", None)
    assert updated["diff"] == {"country": {"before": "DE", "after": "FR"}}
    assert created["diff"]["name"] == {"before": None, "after": "Ann"}
    assert deleted["diff"]["name"] == {"before": "Ann", "after": None}
    assert {c["collection"] for c in told["data"]} == {"authors"}
    assert told["page"] == {"limit": 50, "has_more": False, "next_before": None}


async def test_a_history_goes_on_behind_its_last_change(shop: Shop) -> None:
    ann = await shop.create("authors", name="0")
    path = f"authors/{ann['id']}"
    for n in range(1, 5):
        await shop.client.patch(f"{shop.url}/{path}", json={"name": str(n)})

    first = await history(shop, path, limit=3)
    second = await history(shop, path, limit=3, before=first["page"]["next_before"])

    names = [c["after"]["name"] for c in first["data"] + second["data"]]
    assert names == ["4", "3", "2", "1", "0"]
    assert not second["page"]["has_more"]


async def test_the_feed_is_in_log_order_and_resumes(shop: Shop) -> None:
    for n in range(5):
        await shop.create("authors", name=str(n))
    changes = await relayed(shop, 5)

    assert [c["after"]["name"] for c in changes] == ["0", "1", "2", "3", "4"]
    assert [c["seq"] for c in changes] == [1, 2, 3, 4, 5]
    page = await feed(shop, since=2, limit=2)
    assert [c["seq"] for c in page["data"]] == [3, 4]
    assert page["page"] == {"limit": 2, "has_more": True, "next_since": 4}
    end = await feed(shop, since=5)
    assert (end["data"], end["page"]["next_since"]) == ([], 5)


async def test_the_feed_of_one_collection(shop: Shop) -> None:
    await shop.create("authors", name="Ann")
    await shop.create("shelves", name="one")
    await relayed(shop, 2)

    assert [c["collection"] for c in (await feed(shop, collection="shelves"))["data"]] == [
        "shelves"
    ]
    missing = await shop.client.get(f"{shop.project.url}/changes", params={"collection": "nope"})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_after_a_rename_history_tells_todays_names(
    admin: Admin, project: TestProject, shop: Shop
) -> None:
    ann = await shop.create("authors", name="Ann", country="DE")
    held = (await admin.client.get(f"{project.url}/schema")).json()
    for collection in held["schema"]["collections"]:
        if collection["name"] == "authors":
            collection["name"] = "writers"
            for each in collection["fields"]:
                each["name"] = {"country": "name", "name": "called"}.get(each["name"], each["name"])
    applied = await admin.client.post(
        f"{project.url}/schema/apply", json={"base": held["hash"], "schema": held["schema"]}
    )
    assert applied.status_code == 200, applied.text

    created = (await history(shop, f"writers/{ann['id']}"))["data"][0]

    assert created["collection"] == "writers"
    assert (created["after"]["called"], created["after"]["name"]) == ("Ann", "DE")
    assert "country" not in created["after"]


async def test_what_was_dropped_or_hidden_is_told_no_more(
    admin: Admin, project: TestProject, shop: Shop
) -> None:
    ann = await shop.create("authors", name="Ann", country="DE", email="ann@example.com")
    kept = [f for f in AUTHORS["fields"] if f["name"] not in ("country", "email")]
    hidden = field("email", "email", unique=True, hidden=True)
    await apply_schema(admin, project, {**AUTHORS, "fields": [*kept, hidden]})

    after = (await history(shop, f"authors/{ann['id']}"))["data"][0]["after"]

    assert after["name"] == "Ann"
    assert not {"country", "email"} & set(after)


async def test_decimals_and_lists_of_links_stand_in_the_images(shop: Shop) -> None:
    one = await shop.create("shelves", name="one")
    answer = await shop.client.post(
        f"{shop.url}/books",
        content=b'{"title": "A", "price": 10.50, "shelves": [%d]}' % one["id"],
        headers={"content-type": "application/json"},
    )
    book = answer.json()

    told = await shop.client.get(f"{shop.url}/books/{book['id']}/history")

    assert '"price":10.50' in told.text
    assert told.json()["data"][0]["after"]["shelves"] == [one["id"]]


async def test_a_collection_without_history_leaves_no_trace(shop: Shop) -> None:
    await shop.create("notes", id="a", text="x")

    answer = await shop.client.get(f"{shop.url}/notes/a/history")

    assert (answer.status_code, answer.json()["code"]) == (404, "history_not_kept")


async def test_feed_and_history_are_for_those_who_may_read(
    app: Any, admin: Admin, project: TestProject, shop: Shop
) -> None:
    ann = await shop.create("authors", name="Ann")
    viewer = await invited(app, admin.client, project.url, "viewer")
    outsider = await stranger(app, admin.client)
    for path in ("changes", f"data/authors/{ann['id']}/history"):
        statuses = [
            (await client.get(f"{project.url}/{path}")).status_code
            for client in (client_for(app), outsider.client, viewer.client)
        ]
        assert statuses == [401, 404, 200], path


async def test_what_is_wrong_with_a_feeds_parameters_is_told(shop: Shop) -> None:
    for query in ("since=-1", "since=x", "limit=0", "limit=1001", "until=5"):
        answer = await shop.client.get(f"{shop.project.url}/changes?{query}")
        assert answer.status_code == 400, query


async def test_a_dry_check_tells_every_fault_and_writes_nothing(shop: Shop) -> None:
    url = f"{shop.project.url}/collections/books/validate"

    fine = await shop.client.post(url, json={"title": "A", "rating": 5})
    wrong = await shop.client.post(url, json={"pages": 0, "status": "x", "nope": 1})
    rule = await shop.client.post(url, json={"title": "A", "rating": 6})

    assert fine.json() == {"valid": True, "errors": []}
    assert {(e["pointer"], e["code"]) for e in wrong.json()["errors"]} == {
        ("/title", "required"),
        ("/pages", "min"),
        ("/status", "type"),
        ("/nope", "unknown_field"),
    }
    assert rule.json()["errors"] == [
        {"pointer": "", "code": "condition", "message": "A rating is at most 5."}
    ]
    assert await shop.titles() == []


async def test_a_projects_openapi_describes_its_collections(shop: Shop) -> None:
    document = (await shop.client.get(f"{shop.project.url}/openapi.json")).json()

    assert document["openapi"] == "3.1.0"
    properties = document["components"]["schemas"]["Books"]["properties"]
    assert properties["pages"] == {"type": ["integer", "null"], "minimum": 1, "maximum": 5000}
    assert f"/api/projects/{shop.project.slug}/data/books/{{id}}" in document["paths"]
    required = document["components"]["schemas"]["BooksCreate"]["required"]
    assert required == ["title"]
    assert document["security"] == [{"bearer": []}, {"apiKey": []}]
    key = document["components"]["securitySchemes"]["apiKey"]
    assert (key["in"], key["name"]) == ("header", "X-API-Key")
