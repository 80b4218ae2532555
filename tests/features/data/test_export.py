"""Exports over HTTP: a list without a page, in three formats, that an import takes back."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.data.shop import BOOKS, Shop, fill
from tests.people import invited, stranger
from tests.running import client_for
from tests.schemas import apply_schema, field

NUMBERS = {
    "name": "numbers",
    "id_type": "int",
    "fields": [field("exact", "decimal"), field("big", "int"), field("near", "float")],
}


async def export(shop: Shop, collection: str, **parameters: Any) -> httpx.Response:
    answer = await shop.client.get(f"{shop.url}/{collection}/export", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


async def cells(shop: Shop, collection: str, **parameters: Any) -> list[list[str]]:
    answer = await export(shop, collection, format="csv", **parameters)
    return list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))


async def put_back(shop: Shop, collection: str, answer: httpx.Response, **options: Any) -> Any:
    media_type = answer.headers["content-type"].partition(";")[0]
    back = await shop.client.post(
        f"{shop.url}/{collection}/import",
        content=answer.content,
        headers={"content-type": media_type},
        params=options,
    )
    assert back.status_code == 200, back.text
    return back.json()


async def test_json_is_one_array_and_ndjson_a_record_a_line(shop: Shop) -> None:
    await fill(shop)
    listed = await shop.fetch("books", sort="title")

    as_json = await export(shop, "books", sort="title")
    as_lines = await export(shop, "books", sort="title", format="ndjson")

    assert as_json.headers["content-type"] == "application/json"
    assert as_json.headers["content-disposition"] == 'attachment; filename="books.json"'
    assert as_json.json() == listed
    assert as_lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in as_lines.text.splitlines()] == listed


async def test_a_csv_has_a_header_and_the_columns_of_fields(shop: Shop) -> None:
    await fill(shop)

    rows = await cells(shop, "books", fields="title,price,in_print,pages,words", sort="slug")

    assert rows[0] == ["title", "price", "in_print", "pages", "words"]
    assert rows[1:4] == [
        ["Alpha", "9.99", "true", "100", '["x","y"]'],
        ["Beta", "19.50", "true", "200", ""],
        ["delta", "0.00", "true", "300", ""],
    ]


async def test_conditions_choose_the_rows_of_an_export(shop: Shop) -> None:
    await fill(shop)

    rows = await cells(shop, "books", fields="title", author__country="FR")

    assert rows == [["title"], ["Gamma"]]


async def test_an_empty_export_is_a_whole_file(shop: Shop) -> None:
    assert (await export(shop, "books")).json() == []
    assert (await export(shop, "books", format="ndjson")).text == ""
    assert await cells(shop, "books", fields="id,title") == [["id", "title"]]


async def test_every_batch_of_the_cursor_arrives(shop: Shop) -> None:
    rows = "\n".join(f"{n}" for n in range(1_234))
    await put_back(shop, "shelves", httpx.Response(
        200, text=f"name\n{rows}", headers={"content-type": "text/csv"}))  # fmt: skip

    assert len((await export(shop, "shelves")).json()) == 1_234
    assert len(await cells(shop, "shelves")) == 1_235
    lines = (await export(shop, "shelves", format="ndjson", sort="-id")).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1_234, 0, -1))


@pytest.mark.parametrize("kind", ["csv", "json", "ndjson"])
async def test_what_was_exported_can_be_imported_again(shop: Shop, kind: str) -> None:
    await fill(shop)
    before = await shop.fetch("books", sort="id")
    answer = await export(shop, "books", format=kind)
    deleted = await shop.client.delete(
        f"{shop.url}/books", params={"id__isnull": "false"}, headers={"prefer": "max-affected=99"}
    )
    assert deleted.status_code == 200, deleted.text

    report = await put_back(shop, "books", answer)

    assert report["inserted"] == 5
    after = await shop.fetch("books", sort="id")
    assert after == before


async def test_formulas_are_escaped_and_come_back_as_they_were(shop: Shop) -> None:
    titles = ["=1+1", "+x", "-x", "@x", "'=x", "-5", "it's", "\tx"]
    for title in titles:
        await shop.create("books", title=title, summary=title)

    rows = await cells(shop, "books", fields="title", sort="created_at")

    assert [row[0] for row in rows[1:]] == [
        "'=1+1", "'+x", "'-x", "'@x", "''=x", "-5", "it's", "'\tx",
    ]  # fmt: skip
    answer = await export(shop, "books", format="csv", fields="id,title,summary")
    await put_back(shop, "books", answer, mode="upsert")
    books = await shop.fetch("books", sort="created_at")
    assert [book["title"] for book in books] == titles
    assert [book["summary"] for book in books] == titles


@pytest.mark.parametrize("kind", ["csv", "json", "ndjson"])
async def test_numbers_keep_every_digit(
    admin: Admin, project: TestProject, shop: Shop, kind: str
) -> None:
    await apply_schema(admin, project, NUMBERS)
    exact = "12345678901234567890.123456789012345678901234567890"
    text = f"exact,big,near\n{exact},9223372036854775807,0.1\n-0.10,-1,1e-9\n"
    file = httpx.Response(200, text=text, headers={"content-type": "text/csv"})
    await put_back(shop, "numbers", file)

    answer = await export(shop, "numbers", format=kind, sort="id")
    await put_back(shop, "numbers", answer, mode="upsert")

    again = await export(shop, "numbers", format="csv", sort="id", fields="exact,big,near")
    assert again.text.splitlines()[1:] == [f"{exact},9223372036854775807,0.1", "-0.10,-1,1E-9"]


async def test_an_expanded_relation_is_json_in_its_cell(shop: Shop) -> None:
    await fill(shop)

    rows = await cells(shop, "books", fields="title,author.name", title="Alpha")

    assert rows[0][0] == "title"
    assert json.loads(rows[1][rows[0].index("author")]) == {"name": "Ann"}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"format": "xml"}, "export_invalid_format"),
        ({"limit": "5"}, "request_invalid_parameter"),
        ({"count": "exact"}, "request_invalid_parameter"),
        ({"cursor": "x"}, "request_invalid_parameter"),
        ({"nope": "5"}, "query_unknown_field"),
        ({"pages__gt": "x"}, "query_invalid_value"),
        ({"fields": "nope"}, "query_unknown_field"),
    ],
)
async def test_what_is_wrong_is_told_before_the_first_byte(
    still_shop: Shop, parameters: dict[str, str], code: str
) -> None:
    answer = await still_shop.client.get(f"{still_shop.url}/books/export", params=parameters)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_whoever_may_list_may_export(
    app: Any, admin: Admin, project: TestProject, shop: Shop
) -> None:
    viewer = await invited(app, admin.client, project.url, "viewer")
    outsider = await stranger(app, admin.client)

    statuses = [
        (await client.get(f"{shop.url}/books/export")).status_code
        for client in (client_for(app), outsider.client, viewer.client)
    ]

    assert statuses == [401, 404, 200]


async def test_a_hidden_field_is_not_in_the_file(
    admin: Admin, project: TestProject, shop: Shop
) -> None:
    await apply_schema(
        admin,
        project,
        {**BOOKS, "fields": [*BOOKS["fields"], field("secret", "string", hidden=True)]},
    )
    await shop.create("books", title="A", secret="s")

    assert "secret" not in (await cells(shop, "books"))[0]
    assert "secret" not in (await export(shop, "books")).json()[0]
