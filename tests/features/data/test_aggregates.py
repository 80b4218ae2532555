"""Counts and sums, by groups: exact, without rows multiplied, and only of what may be read."""

from typing import Any

import pytest

from tests.features.data.shop import Shop, fill

AGGREGATES: list[tuple[dict[str, str], list[dict[str, Any]]]] = [
    ({"count": "*"}, [{"count": 5}]),
    ({"count": "pages", "sum": "pages,price"},
     [{"count_pages": 3, "sum_pages": 600, "sum_price": 29.49}]),
    ({"min": "title", "max": "pages", "avg": "pages"},
     [{"avg_pages": 200, "min_title": "Alpha", "max_pages": 300}]),
    ({"count": "*", "group_by": "status"},
     [{"status": "draft", "count": 3}, {"status": "gone", "count": 1},
      {"status": "published", "count": 1}]),
    ({"count": "*", "group_by": "author.country", "sort": "-count,author_country"},
     [{"author_country": "DE", "count": 2}, {"author_country": None, "count": 2},
      {"author_country": "FR", "count": 1}]),
    ({"count_distinct": "author", "shelves__name__in": "one,two"}, [{"count_distinct_author": 2}]),
    ({"sum": "price", "group_by": "in_print", "having": '{"sum_price__gt":1}'},
     [{"in_print": True, "sum_price": 29.49}]),
    ({"count": "*", "group_by": "month(published)", "published__isnull": "false"},
     [{"published_month": "2026-01-01", "count": 1}]),
    ({"count": "*", "group_by": "hour(sold_at)", "sold_at__isnull": "false"},
     [{"sold_at_hour": "2026-01-01T00:00:00+00:00", "count": 1}]),
    ({"group_by": "status", "limit": "1"}, [{"status": "draft"}]),
    ({"sum": "pages", "title": "nope"}, [{"sum_pages": None}]),
    ({"count": "*", "filter": '{"author":{"country":"DE"}}'}, [{"count": 2}]),
]  # fmt: skip

REFUSED: list[tuple[str, str]] = [
    ("", "request_invalid_parameter"),
    ("sum=title", "query_not_aggregable"),
    ("sum=*", "request_invalid_parameter"),
    ("sum=nope", "query_unknown_field"),
    ("avg=author.name", "query_not_aggregable"),
    ("count=*&group_by=nope", "query_unknown_field"),
    ("count=*&group_by=shelves.name", "query_not_sortable"),
    ("count=*&group_by=meta", "query_not_sortable"),
    ("count=*&group_by=month(title)", "query_not_aggregable"),
    ("count=*&group_by=hour(published)", "query_not_aggregable"),
    ("count=*&group_by=eon(sold_at)", "request_invalid_parameter"),
    ("count=*&group_by=month(sold_at);drop", "request_invalid_parameter"),
    ("count=*&having={\"nope\":1}", "query_unknown_field"),
    ("count=*&having={\"count\":\"x\"}", "query_invalid_value"),
    ("count=*&sort=nope", "query_not_aggregable"),
    ("count=*&offset=1", "request_invalid_parameter"),
    ("count=*&nope=1", "query_unknown_field"),
    ("count=*&count=*", "request_invalid_parameter"),
]  # fmt: skip


@pytest.fixture
async def filled(shop: Shop) -> dict[str, Any]:
    return await fill(shop)


@pytest.mark.usefixtures("filled")
async def test_aggregates_answer_exactly(shop: Shop) -> None:
    for parameters, wanted in AGGREGATES:
        answer = await shop.client.get(f"{shop.url}/books/aggregate", params=parameters)
        assert answer.status_code == 200, (parameters, answer.text)
        assert answer.json()["data"] == wanted, parameters


@pytest.mark.usefixtures("filled")
async def test_aggregates_that_make_no_sense_are_refused(shop: Shop) -> None:
    for query, code in REFUSED:
        answer = await shop.client.get(f"{shop.url}/books/aggregate?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code), (query, answer.text)


@pytest.mark.usefixtures("filled")
async def test_sums_keep_every_digit(shop: Shop) -> None:
    await shop.create("books", title="Dear", price="99999999.99", big=2**62)
    await shop.create("books", title="Dearer", price="99999999.99", big=2**62)
    answer = await shop.client.get(f"{shop.url}/books/aggregate?sum=price,big&max=big")
    assert '"sum_price":200000029.47' in answer.text
    assert '"sum_big":9223372036854775808' in answer.text
    assert answer.json()["data"][0]["max_big"] == str(2**62)
