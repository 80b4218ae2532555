"""The first and the last value of a type are values like any other, on every way in."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.features.data.shop import Shop

MOMENTS = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00")
DAYS = ("0001-01-01", "9999-12-31")


async def stored(shop: Shop, way: str, number: int, name: str, value: Any) -> Any:
    """What a list shows of a value that came in one of the ways."""
    title = f"{way} {name} {number}"
    url, body = f"{shop.url}/books", {"title": title, name: value}
    if way == "single":
        answer = await shop.client.post(url, json=body)
    elif way == "bulk":
        answer = await shop.client.post(url, json=[body])
    elif way == "patch":
        made = await shop.create("books", title=title)
        answer = await shop.client.patch(f"{url}/{made['id']}", json={name: value})
    else:
        content = f"title,{name}\n{title},{value}\n"
        headers = {"content-type": "text/csv"}
        answer = await shop.client.post(f"{url}/import", content=content, headers=headers)
    assert answer.is_success, answer.text
    found = await shop.fetch("books", **{name: value, "title": title})
    return found[0][name]


@pytest.mark.parametrize("way", ["single", "bulk", "patch", "import"])
async def test_the_first_and_the_last_moment_are_kept_and_found(shop: Shop, way: str) -> None:
    for number, moment in enumerate(MOMENTS):
        assert await stored(shop, way, number, "sold_at", moment) == moment
    for number, day in enumerate(DAYS):
        assert await stored(shop, way, number, "published", day) == day


async def test_pages_go_on_behind_the_last_moment(shop: Shop) -> None:
    for number, moment in enumerate((*MOMENTS, *MOMENTS)):
        await shop.create("books", title=f"b{number}", sold_at=moment)
    seen: list[str] = []
    parameters: dict[str, Any] = {"sort": "-sold_at,title", "limit": 1, "fields": "title,sold_at"}
    while True:
        answer = await shop.client.get(f"{shop.url}/books", params=parameters)
        seen += [book["title"] for book in answer.json()["data"]]
        if not answer.json()["page"]["has_more"]:
            break
        parameters["cursor"] = answer.json()["page"]["next_cursor"]
    assert seen == ["b1", "b3", "b0", "b2"]


async def test_an_id_that_no_url_can_lead_to_is_refused(shop: Shop) -> None:
    for number in ("", ".", ".."):
        for body in ({"id": number}, [{"id": number}]):
            answer = await shop.client.post(f"{shop.url}/notes", json=body)
            assert answer.status_code == 422, number
            assert answer.json()["errors"][0]["code"] == "not_addressable"
    for number in ("a/b", "...", "?", "%2e", " ", "\u202e"):
        made = await shop.create("notes", id=number)
        found = await shop.client.get(f"{shop.url}/notes/{quote(number, safe='')}")
        assert found.json() == made
