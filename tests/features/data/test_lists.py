"""What lists answer: conditions, sorts, pages, fields, expands, counts; and what they refuse."""

import json
from typing import Any

import pytest

from tests.features.data.shop import Shop, fill

CONDITIONS: list[tuple[dict[str, Any], set[str]]] = [
    ({"status": "published"}, {"Beta"}),
    ({"pages__gte": 200}, {"Beta", "delta"}),
    ({"pages__between": "100,200"}, {"Alpha", "Beta"}),
    ({"pages__isnull": "true"}, {"Gamma", "épsilon"}),
    ({"status__in": "gone,published"}, {"Beta", "delta"}),
    ({"status__notin": "gone,published"}, {"Alpha", "Gamma", "épsilon"}),
    ({"title__contains": "lph"}, {"Alpha"}),
    ({"title__icontains": "ÉP"}, {"épsilon"}),
    ({"title__startswith": "B"}, {"Beta"}),
    ({"title__endswith": "ta"}, {"Beta", "delta"}),
    ({"title__iexact": "ALPHA"}, {"Alpha"}),
    ({"title__neq": "Alpha", "pages__lt": 250}, {"Beta"}),
    ({"price": "19.50"}, {"Beta"}),
    ({"in_print": "false"}, {"Gamma"}),
    ({"published__gt": "2026-01-01"}, {"Beta"}),
    ({"sold_at": "2026-01-01T00:00:00Z"}, {"épsilon"}),
    ({"author__country": "DE"}, {"Alpha", "Beta"}),
    ({"author__mentor__name__startswith": "An"}, {"Gamma"}),
    ({"author__isnull": "true"}, {"delta", "épsilon"}),
    ({"shelves__name": "two"}, {"Gamma"}),
    ({"shelves__isnull": "false"}, {"Alpha", "Gamma"}),
    ({"words__any": "y,z"}, {"Alpha"}),
    ({"words__all": "x,y"}, {"Alpha"}),
    ({"marks__contains": "2"}, {"delta"}),
    ({"meta__a__b": "1"}, {"Alpha", "Beta"}),
    ({"meta__c": "true"}, {"Beta"}),
    ({"meta__has_key": "c"}, {"Beta"}),
    ({"search": "quick fox"}, {"Gamma"}),
    ({"summary__search": "brown"}, {"Gamma"}),
    ({"filter": '{"or":[{"status":"gone"},{"not":{"pages__isnull":true}}]}'}, {"Alpha", "Beta",
                                                                              "delta"}),
    ({"filter": '{"author":{"country":"FR","name":"Bob"}}'}, {"Gamma"}),
    ({"filter": '{"pages":null}'}, {"Gamma", "épsilon"}),
    ({"f.limit__isnull": "true", "status": "gone"}, {"delta"}),
]  # fmt: skip


@pytest.fixture
async def filled(shop: Shop) -> dict[str, Any]:
    return await fill(shop)


@pytest.fixture(scope="module")
async def read_only(still_shop: Shop) -> Shop:
    """The same for all tests that only read."""
    await fill(still_shop)
    return still_shop


async def test_conditions_choose_exactly_their_records(read_only: Shop) -> None:
    for parameters, wanted in CONDITIONS:
        assert set(await read_only.titles(**parameters)) == wanted, parameters


async def test_a_query_body_says_the_same_words_as_a_url(read_only: Shop) -> None:
    body = {"filter": {"author__country": "DE"}, "sort": ["-title"], "fields": "title", "limit": 1}
    answer = await read_only.client.post(f"{read_only.url}/books/query", json=body)
    assert answer.json()["data"] == [{"title": "Beta"}]
    assert answer.json()["page"]["has_more"] is True


async def test_lists_are_sorted_by_code_point_with_nulls_where_asked(read_only: Shop) -> None:
    assert await read_only.titles(sort="title") == ["Alpha", "Beta", "Gamma", "delta", "épsilon"]
    assert (await read_only.titles(sort="-pages"))[2:] == ["delta", "Beta", "Alpha"]
    assert (await read_only.titles(sort="-pages:nullslast"))[:3] == ["delta", "Beta", "Alpha"]
    assert (await read_only.titles(sort="pages:nullsfirst"))[2:] == ["Alpha", "Beta", "delta"]
    by_author = await read_only.titles(sort="author.name:nullslast,-title")
    assert by_author == ["Beta", "Alpha", "Gamma", "épsilon", "delta"]


@pytest.mark.parametrize(
    "sort", ["", "title", "-title", "pages", "-pages", "pages:nullsfirst", "author.name,-pages",
             "-author.country:nullslast,title", "status,-price", "-id", "in_print,rating"]
)  # fmt: skip
async def test_a_cursor_leads_through_every_record_once(read_only: Shop, sort: str) -> None:
    whole = await read_only.titles(sort=sort)
    for fields in ("title", ""):
        seen: list[str] = []
        parameters: dict[str, str | int] = {"sort": sort, "limit": 2, "fields": fields}
        while True:
            answer = await read_only.client.get(f"{read_only.url}/books", params=parameters)
            seen += [book["title"] for book in answer.json()["data"]]
            page = answer.json()["page"]
            if not page["has_more"]:
                assert page["next_cursor"] is None
                break
            assert f"cursor={page['next_cursor']}" in answer.headers["link"]
            parameters["cursor"] = page["next_cursor"]
        assert seen == whole


async def test_a_total_comes_only_when_asked(read_only: Shop) -> None:
    async def body(**parameters: Any) -> Any:
        return (await read_only.client.get(f"{read_only.url}/books", params=parameters)).json()

    assert "total" not in await body()
    assert (await body(count="exact", limit=1))["total"] == 5
    assert (await body(count="exact", pages__gte=200, limit=1))["total"] == 2
    assert (await body(count="capped"))["total"] == 5
    assert isinstance((await body(count="estimated"))["total"], int)
    headers = {"Prefer": "count=exact"}
    answer = await read_only.client.get(f"{read_only.url}/books", headers=headers)
    assert answer.json()["total"] == 5
    assert answer.headers["preference-applied"] == "count=exact"


@pytest.mark.parametrize("title", ["a}b", "c) d, [e", 'say "x"', "back\\slash", "dot.comma,"])
async def test_a_filter_within_an_expand_holds_any_text(shop: Shop, title: str) -> None:
    author = await shop.create("authors", name="Zed")
    for each in (title, "another"):
        await shop.create("books", title=each, author=author["id"])
    document = json.dumps({"title": title})
    [zed] = await shop.fetch(
        "authors", expand=f"books(filter={document},limit=5).author", name="Zed"
    )
    assert [book["title"] for book in zed["books"]] == [title]


async def test_fields_and_expand_shape_the_answer(shop: Shop, filled: dict[str, Any]) -> None:
    books = await shop.fetch("books", fields="title,author.name", slug="alpha")
    assert books == [{"title": "Alpha", "author": {"name": "Ann"}}]
    nested = "author(fields=name,mentor.name),shelves(sort=-name,limit=1,fields=name)"
    books = await shop.fetch(
        "books", expand=nested, fields="title", slug__in="gamma,delta", sort="title"
    )
    assert books == [
        {"title": "Gamma", "author": {"name": "Bob", "mentor": {"name": "Ann"}},
         "shelves": [{"name": "two"}]},
        {"title": "delta", "author": None, "shelves": []},
    ]  # fmt: skip
    many = "books(sort=-pages,pages__gte=100,fields=title)"
    authors = await shop.fetch("authors", expand=many, fields="name", sort="name")
    assert authors[0] == {"name": "Ann", "books": [{"title": "Beta"}, {"title": "Alpha"}]}
    assert authors[2] == {"name": "Cy", "books": []}
    deep = await shop.fetch("authors", expand="books.shelves,books.author", name="Bob")
    assert [s["name"] for s in deep[0]["books"][0]["shelves"]] == ["one", "two"]
    assert deep[0]["books"][0]["author"]["id"] == filled["bob"]["id"]


async def test_links_are_read_as_ids_and_numbers_keep_their_digits(
    shop: Shop, filled: dict[str, Any]
) -> None:
    url = f"{shop.url}/books/{filled['books'][0]['id']}"
    answer = await shop.client.patch(url, json={"big": 2**63 - 1, "price": "12345678.90"})
    assert '"price":12345678.90' in answer.text
    assert answer.json()["big"] == "9223372036854775807"
    assert answer.json()["shelves"] == [filled["one"]["id"]]
    as_text = await shop.client.get(url, headers={"Prefer": "numbers=string"})
    assert as_text.json()["price"] == "12345678.90"
    assert as_text.json()["pages"] == "100"


REFUSED: list[tuple[str, str, str]] = [
    ("nope=1", "query_unknown_field", "no field"),
    ("titel=x", "query_unknown_field", "title"),
    ("author__nope=1", "query_unknown_field", "authors"),
    ("author__country__nope=1", "query_unknown_operator", ""),
    ("title__regex=x", "query_unknown_operator", "Its operators are"),
    ("pages__contains=1", "query_unknown_operator", ""),
    ("pages=abc", "query_invalid_value", "whole number"),
    ("pages=9223372036854775808", "query_invalid_value", "64 bits"),
    ("rating=NaN", "query_invalid_value", ""),
    ("rating=Infinity", "query_invalid_value", ""),
    ("in_print=maybe", "query_invalid_value", ""),
    ("published=2026-02-30", "query_invalid_value", ""),
    ("published=infinity", "query_invalid_value", ""),
    ("sold_at=infinity", "query_invalid_value", ""),
    ("isbn=1", "query_invalid_value", ""),
    ("status=nope", "query_invalid_value", ""),
    ("pages__between=1", "query_invalid_value", "two values"),
    ("pages__isnull=perhaps", "query_invalid_condition", ""),
    ("sort=nope", "query_unknown_field", ""),
    ("sort=title;drop", "request_invalid_parameter", ""),
    ("sort=title%20desc", "request_invalid_parameter", ""),
    ("sort=(select 1)", "request_invalid_parameter", ""),
    ("sort=random()", "request_invalid_parameter", ""),
    ("sort=1", "request_invalid_parameter", ""),
    ("sort=title:desc", "request_invalid_parameter", "nullsfirst"),
    ("sort=meta", "query_not_sortable", ""),
    ("sort=shelves.name", "query_not_sortable", ""),
    ("sort=author.books.title", "query_not_sortable", ""),
    ("limit=0", "request_invalid_parameter", ""),
    ("limit=1001", "request_invalid_parameter", ""),
    ("limit=-1", "request_invalid_parameter", ""),
    ("limit=1.5", "request_invalid_parameter", ""),
    ("limit=٣", "request_invalid_parameter", ""),
    ("offset=-1", "request_invalid_parameter", ""),
    ("offset=99999999999999999999", "request_invalid_parameter", ""),
    ("limit=1&limit=2", "request_invalid_parameter", "twice"),
    ("cursor=xxx", "request_invalid_parameter", ""),
    ("cursor=WzEsICJ4IiwgWyJ4Il1d", "request_invalid_parameter", ""),
    ("cursor=eA&offset=1", "request_invalid_parameter", ""),
    ("count=all", "request_invalid_parameter", ""),
    ("fields=nope", "query_unknown_field", ""),
    ("fields=title,author.nope", "query_unknown_field", ""),
    ("fields=a b", "request_invalid_parameter", ""),
    ("expand=nope", "query_unknown_field", ""),
    ("expand=title", "query_not_expandable", ""),
    ("expand=author.mentor.mentor.mentor", "request_invalid_parameter", "3 levels"),
    ("limit=1000&expand=shelves(limit=1000),author.books.shelves", "query_too_costly", "multiply"),
    ("expand=author(limit=x)", "request_invalid_parameter", ""),
    ("expand=author(nope=1)", "query_unknown_field", ""),
    ("expand=author(", "request_invalid_parameter", ""),
    ("expand=author)", "request_invalid_parameter", ""),
    ("filter=x", "request_invalid_json", ""),
    ("filter=[]", "query_invalid_condition", ""),
    ('filter={"or":{}}', "query_invalid_condition", ""),
    ('filter={"pages":"x"}', "query_invalid_value", ""),
    ('filter={"pages":NaN}', "request_invalid_json", ""),
    ('filter={"title":{"a":1}}', "query_invalid_condition", ""),
    ('filter={"title":"\\u0000"}', "request_invalid_json", "NUL"),
    ('filter={"title":"\\ud800"}', "request_invalid_json", "surrogate"),
    ("author_id__name=x", "query_unknown_operator", ""),
    ("_version=1", "query_unknown_field", ""),
    ("t.title=x", "query_unknown_field", ""),
    ("'; drop table x;--=1", "query_unknown_field", ""),
]


@pytest.mark.usefixtures("filled")
async def test_whatever_cannot_be_read_is_a_400_that_says_why(shop: Shop) -> None:
    for query, code, said in REFUSED:
        answer = await shop.client.get(f"{shop.url}/books?{query}")
        assert answer.status_code == 400, (query, answer.text)
        problem = answer.json()
        assert problem["code"] == code, (query, problem)
        assert said in problem["detail"] + problem.get("hint", ""), (query, problem)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_budget_holds_for_deep_and_wide_queries(shop: Shop) -> None:
    deep: dict[str, Any] = {"pages": 1}
    for _ in range(40):
        deep = {"not": deep}
    wide = {"or": [{"pages": n} for n in range(101)]}
    hops = "__".join(["author", "mentor", "mentor", "mentor", "mentor", "mentor", "name"])
    for body in ({"filter": deep}, {"filter": wide}, {"filter": {hops: "x"}}):
        answer = await shop.client.post(f"{shop.url}/books/query", json=body)
        assert answer.status_code == 400, answer.text
    text = '{"filter":' + '{"not":' * 5_000 + "{}" + "}" * 5_001
    answer = await shop.client.post(
        f"{shop.url}/books/query", content=text, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    many = "&".join(f"pages={n}" for n in range(101))
    assert (await shop.client.get(f"{shop.url}/books?{many}")).status_code == 400
    assert (await shop.client.get(f"{shop.url}/books?title={'x' * 20_000}")).status_code == 414


async def test_a_list_of_ten_thousand_ids_is_one_condition(shop: Shop) -> None:
    body = {"filter": {"pages__in": list(range(1, 40_000))}}
    answer = await shop.client.post(f"{shop.url}/books/query", json=body)
    assert answer.status_code == 200, answer.text


async def test_lists_that_are_too_long_are_refused(shop: Shop) -> None:
    one, half = list(range(50_001)), list(range(25_001))
    for condition in (
        {"pages__in": one},
        {"or": [{"pages__in": half}, {"not": {"title__notin": [str(each) for each in half]}}]},
    ):
        body = {"filter": condition}
        answer = await shop.client.post(f"{shop.url}/books/query", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "query_invalid_condition")
        assert "50000 values" in answer.json()["detail"]


async def test_an_unknown_collection_and_method_are_told_plainly(shop: Shop) -> None:
    assert (await shop.client.get(f"{shop.url}/nope")).json()["code"] == "not_found"
    answer = await shop.client.put(f"{shop.url}/books", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST, PATCH, DELETE"
    for name in ("_changes", "_meta", "_relay", "pg_class", "Books", "books%22", "b%00"):
        answer = await shop.client.get(f"{shop.url}/{name}")
        assert answer.status_code in {400, 404}, name


async def test_head_has_the_headers_of_get(shop: Shop, filled: dict[str, Any]) -> None:
    url = f"{shop.url}/books/{filled['books'][0]['id']}"
    head, get = await shop.client.head(url), await shop.client.get(url)
    assert head.content == b""
    assert head.headers["etag"] == get.headers["etag"]
    assert json.loads(get.content)["title"] == "Alpha"
