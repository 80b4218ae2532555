"""Imports over HTTP: every format, every fault by its row, all or nothing."""

import json
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.data.shop import Shop, fill
from tests.people import invited, stranger
from tests.running import client_for

CSV = {"content-type": "text/csv"}
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}


async def send(
    shop: Shop, collection: str, body: str | bytes, headers: dict[str, str] = CSV, **options: Any
) -> httpx.Response:
    content = body if isinstance(body, bytes) else body.encode()
    url = f"{shop.url}/{collection}/import"
    return await shop.client.post(url, content=content, headers=headers, params=options)


async def accepted(
    shop: Shop, collection: str, body: str | bytes, headers: dict[str, str] = CSV, **options: Any
) -> tuple[int, int]:
    """Inserted and updated rows of an import without a fault."""
    answer = await send(shop, collection, body, headers, **options)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["failed"], report["errors"]) == (0, [])
    return report["inserted"], report["updated"]


async def faults(
    shop: Shop, collection: str, body: str | bytes, headers: dict[str, str] = CSV, **options: Any
) -> list[tuple[int, str, str]]:
    """``(row, pointer, code)`` of an import that was refused for its rows."""
    answer = await send(shop, collection, body, headers, **options)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "import_failed"), problem
    assert (problem["inserted"], problem["updated"]) == (0, 0)
    return [(fault["row"], fault["pointer"], fault["code"]) for fault in problem["errors"]]


async def refused(
    shop: Shop, collection: str, body: str | bytes, headers: dict[str, str] = CSV, **options: Any
) -> tuple[int, str]:
    """Status and code of an import that never came to its rows."""
    answer = await send(shop, collection, body, headers, **options)
    return answer.status_code, answer.json()["code"]


async def test_a_csv_is_coerced_by_field_type(shop: Shop) -> None:
    header = "title,pages,rating,price,in_print,published,sold_at,meta,words,marks,status"
    cells = (
        'Alpha,100,4.5,12345678.90,f,2026-01-02,2026-01-02T03:04:05+02:00,"{""a"":1.50}",'
        '"x,y","[1,2]",published'
    )
    assert await accepted(shop, "books", f"{header}\n{cells}\n") == (1, 0)

    answer = await shop.client.get(f"{shop.url}/books")
    book = json.loads(answer.text, parse_float=str)["data"][0]
    assert (book["pages"], book["rating"], book["in_print"]) == (100, "4.5", False)
    assert (book["price"], book["meta"]) == ("12345678.90", {"a": "1.50"})
    assert (book["published"], book["sold_at"]) == ("2026-01-02", "2026-01-02T01:04:05+00:00")
    assert (book["words"], book["marks"], book["status"]) == (["x", "y"], [1, 2], "published")


async def test_columns_that_the_file_lacks_get_their_defaults(shop: Shop) -> None:
    await accepted(shop, "books", "title\nAlpha\n")

    book = (await shop.fetch("books"))[0]
    assert (book["price"], book["in_print"], book["status"]) == (0, True, "draft")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('[{"title": "A", "price": 1.10}, {"title": "B", "words": ["x"]}]', JSON),
        ('{"title": "A", "price": 1.10}\n\n{"title": "B", "words": ["x"]}', NDJSON),
        ("title,price,words\nA,1.10,\nB,0,x\n", CSV),
        ("title,price,words\r\nA,1.10,\r\n\r\nB,0,x", CSV),
    ],
)
async def test_csv_json_and_ndjson_mean_the_same(
    shop: Shop, body: str, headers: dict[str, str]
) -> None:
    assert await accepted(shop, "books", body, headers) == (2, 0)
    assert await accepted(shop, "authors", f"\ufeff{body.replace('title', 'name')}", headers,
                          columns='{"price": null, "words": null}') == (2, 0)  # fmt: skip

    first, second = await shop.fetch("books", sort="title", fields="title,price,words")
    assert (first["title"], first["price"], first["words"]) == ("A", 1.1, None)
    assert (second["title"], second["words"]) == ("B", ["x"])
    assert [author["name"] for author in await shop.fetch("authors", sort="name")] == ["A", "B"]


@pytest.mark.parametrize(
    ("name", "media_type", "body"),
    [
        ("books.csv", "text/csv", "title\nAlpha\n"),
        ("books.CSV", "application/octet-stream", "title\nAlpha\n"),
        ("books.jsonl", "", '{"title": "Alpha"}\n'),
        ("books", "application/json", '[{"title": "Alpha"}]'),
    ],
)
async def test_a_form_brings_its_file_by_type_or_name(
    shop: Shop, name: str, media_type: str, body: str
) -> None:
    files = {"file": (name, body.encode(), media_type)}
    answer = await shop.client.post(f"{shop.url}/books/import", files=files)

    assert answer.status_code == 200, answer.text
    assert await shop.titles() == ["Alpha"]


async def test_what_cannot_be_an_import_is_told_before_any_row(shop: Shop) -> None:
    assert await refused(shop, "books", "x", {"content-type": "text/plain"}) == (
        415, "request_media_type",
    )  # fmt: skip
    empty = await shop.client.post(f"{shop.url}/books/import", files={"other": b"x"})
    assert (empty.status_code, empty.json()["code"]) == (400, "import_unreadable")
    for body in ("", '"title\nA', b"title\n\xff\xfe\n", 'title\n"a" b\n'):
        assert await refused(shop, "books", body) == (400, "import_unreadable"), body
    for body in ('{"title": "A"}', "5", "", '[{"title": "A"},]', '[{"title": "A"}', "[] []",
                 '[{"pages": NaN}]', b'[{"title": "\xff"}]', '[{"title": "\\ud800"}]',
                 f"[{'[' * 40}{']' * 40}]", '[{"pages": 1e5000}]'):  # fmt: skip
        assert await refused(shop, "books", body, JSON) == (400, "import_unreadable"), body
    assert await refused(shop, "books", "title\nA\n", mod="upsert") == (
        400, "request_unknown_parameter",
    )  # fmt: skip
    assert await refused(shop, "books", "title\nA\n", columns="[1]") == (400, "import_unreadable")
    assert await refused(shop, "books", "title\nA\n", columns='{"tilte": "title"}') == (
        400, "import_unreadable",
    )  # fmt: skip
    assert await shop.titles() == []


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("titel", "Did you mean 'title'?"),
        ("title,title", None),
        ("title,_version", "Fields are: "),
        ("pages", None),
        ("title,", "Fields are: "),
    ],
)
async def test_a_wrong_header_is_refused_with_a_hint(
    still_shop: Shop, header: str, hint: str | None
) -> None:
    answer = await send(still_shop, "books", f"{header}\n{',' * header.count(',')}\n")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "import_invalid_header")
    assert hint is None or hint in problem["hint"]


async def test_relations_on_the_other_side_have_no_column(shop: Shop) -> None:
    assert await refused(shop, "authors", "name,books\nA,\n") == (400, "import_invalid_header")


async def test_every_fault_is_told_by_row_field_and_code(shop: Shop) -> None:
    body = (
        "title,pages,status,price,rating\n"
        "Fine,1,draft,1.00,1\n"
        ",0,nope,1.234,x\n"
        "Too,few\n"
        "Late,6000,draft,1,1\n"
        "Rule,1,draft,1,6\n"
    )
    assert await faults(shop, "books", body) == [
        (2, "/title", "required"),
        (2, "/pages", "min"),
        (2, "/status", "type"),
        (2, "/price", "type"),
        (2, "/rating", "type"),
        (3, "", "columns"),
        (4, "/pages", "max"),
        (5, "", "condition"),
    ]
    assert await shop.titles() == []


async def test_faults_of_json_rows_are_told_alike(shop: Shop) -> None:
    rows = [{"title": "Fine"}, {"title": 5, "nope": 1}, 7, {"pages": "1"}]
    expected = [
        (2, "/title", "type"),
        (2, "/nope", "unknown_field"),
        (3, "", "type"),
        (4, "/title", "required"),
    ]
    assert await faults(shop, "books", json.dumps(rows), JSON) == expected
    lines = "\n".join(map(json.dumps, rows))
    assert await faults(shop, "books", lines, NDJSON) == expected
    broken = await faults(shop, "books", '{"title": "A"}\n{"title": ', NDJSON)
    assert broken == [(2, "", "request_invalid_json")]


async def test_what_only_the_database_knows_is_told_by_row_too(shop: Shop) -> None:
    await fill(shop)
    nobody = "0192aaaa-0000-7000-8000-000000000000"
    body = f"title,slug,author\nA,a,\nB,beta,\nC,c,{nobody}\nD,a,\n"

    assert await faults(shop, "books", body) == [
        (2, "/slug", "unique"),
        (3, "/author_id", "relation_not_found"),
        (4, "/slug", "unique"),
    ]
    assert len(await shop.titles()) == 5


async def test_partial_keeps_the_good_rows_and_counts_the_others(shop: Shop) -> None:
    rows = [f"{n},{'x' if n % 3 == 0 else n},{n % 7}" for n in range(700)]
    answer = await send(shop, "books", "title,pages,slug\n" + "\n".join(rows), partial=True)

    report = answer.json()
    assert answer.status_code == 200
    assert (report["inserted"], report["failed"]) == (7, 693)
    assert len(report["errors"]) == 100
    assert len(await shop.titles()) == 7


async def test_without_partial_an_import_stops_when_enough_is_known(shop: Shop) -> None:
    answer = await send(shop, "books", "title,pages\n" + "A,x\n" * 5_000)

    problem = answer.json()
    assert len(problem["errors"]) == 100
    assert problem["failed"] < 5_000
    assert problem["detail"].startswith("At least ")


async def test_a_dry_run_tells_all_and_writes_nothing(shop: Shop) -> None:
    assert await accepted(shop, "books", "title\nA\nB\n", dry_run=True) == (2, 0)
    assert await faults(shop, "books", "title,pages\nA,x\n", dry_run=True) != []

    assert await shop.titles() == []
    changes = (await shop.client.get(f"{shop.project.url}/changes")).json()
    assert changes["data"] == []


async def test_an_upsert_updates_by_key_only_what_the_file_has(shop: Shop) -> None:
    await fill(shop)
    body = "slug,title,pages\nalpha,ALPHA,101\nnew,New,1\n"

    assert await accepted(shop, "books", body, mode="upsert", on_conflict="slug") == (1, 1)

    alpha, new = (await shop.fetch("books", slug__in="alpha,new", sort="slug"))[:2]
    assert (alpha["title"], alpha["pages"], alpha["rating"]) == ("ALPHA", 101, 4.5)
    assert (new["title"], new["price"]) == ("New", 0)
    again = [{"slug": "alpha", "title": "a"}, {"slug": "new", "title": "n", "rating": 2}]
    assert await accepted(
        shop, "books", json.dumps(again), JSON, mode="upsert", on_conflict="slug"
    ) == (0, 2)
    alpha, new = (await shop.fetch("books", slug__in="alpha,new", sort="slug"))[:2]
    assert (alpha["rating"], new["rating"], new["pages"]) == (4.5, 2, 1)


async def test_an_upsert_needs_a_key_that_is_unique(shop: Shop) -> None:
    for key in ("title", "nope", "slug,title"):
        assert await refused(shop, "books", "title\nA\n", mode="upsert", on_conflict=key) == (
            400, "query_invalid_on_conflict",
        )  # fmt: skip
    both = "title,published\nA,2026-01-01\n"
    for outcome in ((1, 0), (0, 1)):
        assert (
            await accepted(shop, "books", both, mode="upsert", on_conflict="published,title")
            == outcome
        )


async def test_without_a_key_an_upsert_goes_by_id(shop: Shop) -> None:
    assert await accepted(shop, "notes", "id,text\na,1\nb,2\n", mode="upsert") == (2, 0)
    assert await accepted(shop, "notes", "id,text\nb,3\nc,4\n", mode="upsert") == (1, 1)

    notes = await shop.fetch("notes", sort="id")
    assert [(note["id"], note["text"]) for note in notes] == [("a", "1"), ("b", "3"), ("c", "4")]


async def test_of_twins_in_one_file_an_upsert_keeps_the_later(shop: Shop) -> None:
    body = "id,text\na,1\nb,2\na,3\n"

    assert await accepted(shop, "notes", body, mode="upsert") == (2, 1)
    assert [note["text"] for note in await shop.fetch("notes", sort="id")] == ["3", "2"]


async def test_records_bring_their_ids_or_get_new_ones(shop: Shop) -> None:
    known = "0192aaaa-0000-7000-8000-000000000001"
    assert await accepted(shop, "authors", f"id,name\n{known},Ann\n,Bob\n") == (2, 0)
    ann, bob = await shop.fetch("authors", sort="name")
    assert ann["id"] == known
    assert bob["id"] != known
    assert await accepted(shop, "shelves", "id,name\n7,seven\n,next\n") == (2, 0)
    await accepted(shop, "shelves", "name\nanother\n")
    assert len({shelf["id"] for shelf in await shop.fetch("shelves")}) == 3
    assert await refused(shop, "notes", "text\nx\n") == (400, "import_invalid_header")
    assert await faults(shop, "notes", "id,text\n,x\n") == [(1, "/id", "required")]


async def test_ids_that_clients_make_do_not_stand_in_the_way_of_the_next(shop: Shop) -> None:
    await accepted(shop, "shelves", "id,name\n1,one\n2,two\n3,three\n")

    made = await shop.create("shelves", name="four")

    assert made["id"] == 4


async def test_times_are_restored(shop: Shop) -> None:
    await accepted(shop, "notes", "id,created_at,updated_at\na,2020-01-02T03:04:05Z,\n")

    note = (await shop.fetch("notes"))[0]
    assert note["created_at"] == "2020-01-02T03:04:05+00:00"
    assert note["updated_at"] > "2026"


async def test_links_are_lists_of_ids(shop: Shop) -> None:
    await accepted(shop, "shelves", "id,name\n1,one\n2,two\n")
    await accepted(shop, "books", 'title,shelves\nA,1\nB,"2, 1,2"\nC,\nD,"[1,2]"\n')

    books = await shop.fetch("books", sort="title")
    assert [book["shelves"] for book in books] == [[1], [1, 2], [], [1, 2]]
    assert await faults(shop, "books", 'title,shelves\nE,"1,9"\nF,x\n') == [
        (1, "/shelves", "relation_not_found"),
        (2, "/shelves", "type"),
    ]
    await accepted(
        shop, "books", 'title,published,slug,shelves\nS,2026-01-01,s,"1,2"\n',
        mode="upsert", on_conflict="slug",
    )  # fmt: skip
    await accepted(shop, "books", "title,slug,shelves\nS,s,2\n", mode="upsert", on_conflict="slug")
    assert (await shop.fetch("books", slug="s"))[0]["shelves"] == [2]


async def test_a_record_may_point_to_another_of_the_same_file(shop: Shop) -> None:
    ann, bob = (f"0192aaaa-0000-7000-8000-00000000000{n}" for n in (1, 2))

    assert await accepted(shop, "authors", f"id,name,mentor\n{ann},A,{bob}\n{bob},B,\n") == (2, 0)


async def test_words_for_null_count_besides_the_empty_cell(shop: Shop) -> None:
    body = "title,slug,pages\nA,NA,NA\nB,,\nNA,x,1\n"

    assert await faults(shop, "books", body, null="NA") == [(3, "/title", "required")]
    await accepted(shop, "books", body.replace("NA,x", "C,x"), null=["NA", "-"])
    books = await shop.fetch("books", sort="title")
    assert [(book["slug"], book["pages"]) for book in books] == [
        (None, None), (None, None), ("x", 1),
    ]  # fmt: skip


async def test_columns_are_renamed_and_left_out(shop: Shop) -> None:
    names = json.dumps({"Name of the book": "title", "junk": None})

    await accepted(shop, "books", "junk,Name of the book\n?,A\n", columns=names)
    rows = [{"junk": 1, "Name of the book": "B"}]
    await accepted(shop, "books", json.dumps(rows), JSON, columns=names)

    assert await shop.titles(sort="title") == ["A", "B"]


async def test_long_cells_and_quoted_line_breaks_are_cells(shop: Shop) -> None:
    summary = 'He said "no",\n' + "x" * 200_000
    quoted = summary.replace('"', '""')

    await accepted(shop, "books", f'title,summary\nA,"{quoted}"\n')

    assert (await shop.fetch("books"))[0]["summary"] == summary


async def test_every_row_is_a_change_of_the_importer(shop: Shop, admin: Admin) -> None:
    answer = await send(shop, "books", "title\nA\nB\n")
    request_id = answer.headers["x-request-id"]

    book = (await shop.fetch("books"))[0]
    history = (await shop.client.get(f"{shop.url}/books/{book['id']}/history")).json()["data"]
    assert [(c["action"], c["request_id"], c["actor"]) for c in history] == [
        ("created", request_id, f"admin_user:{admin.user['id']}")
    ]


async def test_only_who_may_create_may_import(
    app: Any, admin: Admin, project: TestProject, shop: Shop
) -> None:
    url = f"{shop.url}/books/import"
    viewer = await invited(app, admin.client, project.url, "viewer")
    editor = await invited(app, admin.client, project.url, "editor")
    outsider = await stranger(app, admin.client)

    statuses = [
        (await client.post(url, content="title\nA\n", headers=CSV)).status_code
        for client in (client_for(app), outsider.client, viewer.client, editor.client)
    ]

    assert statuses == [401, 404, 403, 200]


async def test_an_unknown_collection_is_not_found(shop: Shop) -> None:
    assert await refused(shop, "nope", "a\n1\n") == (404, "not_found")


async def test_rows_without_an_id_get_one_that_is_free(shop: Shop) -> None:
    await accepted(shop, "shelves", "id,name\n1,one\n")
    await accepted(shop, "shelves", "name\ntwo\n")
    await accepted(shop, "shelves", "id,name\n3,three\n")

    assert await accepted(shop, "shelves", "name\nfour\nfive\n") == (2, 0)

    shelves = await shop.fetch("shelves", sort="id")
    assert [shelf["id"] for shelf in shelves] == [1, 2, 3, 4, 5]
    assert (await shop.create("shelves", name="six"))["id"] == 6
