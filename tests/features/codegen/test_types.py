"""The types of a project in other languages, as the API serves them."""

import threading
from typing import Any

import httpx
import pytest
from syrupy.assertion import SnapshotAssertion

from app.features.codegen import service
from app.features.codegen.names import type_names
from tests.conftest import Admin, TestProject
from tests.features.data.shop import Shop
from tests.schemas import apply_schema, field


async def test_the_types_of_one_of_every_kind_of_field(
    shop: Shop, snapshot: SnapshotAssertion
) -> None:
    answer = await shop.client.get(f"{shop.project.url}/sdk.d.ts")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.replace(shop.project.slug, "shop") == snapshot


async def test_what_a_caller_may_not_see_is_not_named(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    body: dict[str, Any] = {"name": "reads", "collection": "books", "actions": ["list", "read"]}
    body |= {"principals": ["anonymous"], "fields": ["title"]}
    made = await shop.client.post(f"{shop.project.url}/policies", json=body)
    assert made.status_code == 201, made.text

    told = (await client.get(f"{shop.project.url}/sdk.d.ts")).text

    assert "export interface Books {\n  id: string;\n  title: string;\n}" in told
    assert "export interface BooksCreate {}" in told
    assert "Authors" not in told
    assert "summary" not in told


async def test_without_credentials_nothing_is_told(shop: Shop, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{shop.project.url}/sdk.d.ts")

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_required")


async def test_what_a_policy_sets_needs_not_be_given(shop: Shop, client: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {"name": "adds", "collection": "books", "actions": ["create"]}
    body |= {"principals": ["anonymous"], "presets": {"title": "Untitled"}}
    made = await shop.client.post(f"{shop.project.url}/policies", json=body)
    assert made.status_code == 201, made.text

    told = (await client.get(f"{shop.project.url}/sdk.d.ts")).text

    creates = told.partition("BooksCreate {")[2].partition("}")[0]
    assert "title" not in creates
    assert "summary?: string | null;" in creates


async def test_texts_of_the_schema_stay_texts(admin: Admin, project: TestProject) -> None:
    told_of = "*/ export {}\n@ts-ignore \u202e(@x)"
    words = field("word", "enum", values=['a"b', "c\\d"], description=told_of)
    await apply_schema(admin, project, {"name": "things", "fields": [words]})

    told = (await admin.client.get(f"{project.url}/sdk.d.ts")).text

    assert "  /** *\\/ export {} \\@ts-ignore (\\@x) */\n" in told
    assert 'word: "a\\"b" | "c\\\\d" | null;' in told


async def test_nobody_waits_while_a_file_is_written(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def render(*_: object) -> str:
        threads.append(threading.get_ident())
        return ""

    monkeypatch.setattr(service, "render", render)

    answer = await shop.client.get(f"{shop.project.url}/sdk.py")

    assert answer.status_code == 200
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


@pytest.mark.parametrize(
    ("collections", "names"),
    [
        (("posts", "order_lines"), ["Posts", "OrderLines"]),
        (("a_b", "ab", "a1", "a_1"), ["AB", "Ab", "A1", "A12"]),
        (("posts", "posts_create"), ["Posts", "PostsCreate2"]),
        (("schema", "json", "date"), ["Schema2", "Json2", "Date2"]),
    ],
)
def test_no_two_collections_share_a_types_name(
    collections: tuple[str, ...], names: list[str]
) -> None:
    assert list(type_names(collections, {"Schema", "Json", "Date"}).values()) == names
