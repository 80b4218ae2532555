"""A project's figures: what was asked of it, and the room that it takes."""

from datetime import timedelta
from typing import Any

from app.api.request_counts import MOST_KEYS, RequestCounts
from app.core.clock import utc_now
from app.features.metrics.counting import forget_old, store
from tests.features.data.conftest import shop as shop
from tests.features.data.shop import Shop
from tests.people import invited


async def requests(shop: Shop, hours: int = 1) -> dict[str, int]:
    answer = await shop.client.get(f"{shop.project.url}/metrics/requests", params={"hours": hours})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return {name: sum(each[name] for each in data) for name in ("requests", "refused", "errors")}


async def test_requests_are_counted_by_their_end_under_either_name_of_the_project(
    app: Any, shop: Shop
) -> None:
    await store(app.services)
    before = await requests(shop)
    await store(app.services)
    for _ in range(3):
        await shop.client.get(f"{shop.url}/authors")
    await shop.client.get(f"{shop.url}/nothing")
    await shop.client.get(f"/api/projects/{shop.project.id}/schema")
    await store(app.services)

    after = await requests(shop)

    # The first look is counted as well.
    assert after["requests"] - before["requests"] == 6
    assert after["refused"] - before["refused"] == 1
    assert after["errors"] == before["errors"]


async def test_counts_of_several_processes_add_up(app: Any, shop: Shop) -> None:
    await store(app.services)
    before = await requests(shop)
    for seconds in (0.01, 0.03):
        path = f"{shop.project.url}/data/authors"
        app.services.metrics.projects.observe(path, "/route", 500, seconds)
        await store(app.services)
    after = await requests(shop)
    assert after["errors"] - before["errors"] == 2


async def test_points_have_no_gaps_and_get_coarser_with_the_time(shop: Shop) -> None:
    for hours, step, count in ((1, 1, 61), (24, 15, 97), (720, 360, 121)):
        answer = await shop.client.get(
            f"{shop.project.url}/metrics/requests", params={"hours": hours}
        )
        told = answer.json()
        assert told["step_minutes"] == step
        assert abs(len(told["data"]) - count) <= 1
    refused = await shop.client.get(f"{shop.project.url}/metrics/requests?hours=0")
    assert refused.status_code == 400


async def test_what_is_older_than_a_month_is_forgotten(app: Any, shop: Shop) -> None:
    owner = app.services.database.owner
    old = utc_now() - timedelta(days=31)
    insert = "INSERT INTO backendify.request_minutes VALUES ($1, $2, 1, 0, 0, 0.1, 0.1)"
    await owner.execute(insert, shop.project.id, old)
    await forget_old(app.services)
    left = "SELECT count(*) FROM backendify.request_minutes WHERE minute < now() - interval '30d'"
    assert await owner.fetchval(left) == 0


async def test_the_room_of_each_collection_is_told_to_members(app: Any, shop: Shop) -> None:
    await shop.create("authors", name="Ann")
    viewer = await invited(app, shop.client, shop.project.url, "viewer")
    answer = await viewer.client.get(f"{shop.project.url}/metrics/storage")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    sizes = {each["collection"]: each["bytes"] for each in told["data"]}
    assert {"authors", "books", "shelves"} <= sizes.keys()
    assert min(sizes.values()) > 0
    assert told["log_bytes"] > 0
    assert told["total_bytes"] >= sum(sizes.values()) + told["log_bytes"]


def test_made_up_names_take_no_more_memory_than_some() -> None:
    counts = RequestCounts()
    for number in range(MOST_KEYS + 50):
        counts.observe(f"/api/projects/p{number}/data", "/route", 200, 0.1)
    for path in ("/api/auth/login", "/api/projects", "/api/projects/\x00/data"):
        counts.observe(path, "/route", 200, 0.1)
    assert len(counts.take()) == MOST_KEYS
    assert counts.take() == {}


def test_listening_is_counted_and_its_length_is_not() -> None:
    counts = RequestCounts()
    counts.observe("/api/projects/p/realtime", "/api/projects/{project}/realtime", 200, 900.0)
    (held,) = counts.take().values()
    assert (held.requests, held.seconds, held.slowest) == (1, 0.0, 0.0)
