"""A small shop that the tests of the data routes share: one of every kind of field."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field

AUTHORS: dict[str, Any] = {
    "name": "authors",
    "fields": [
        field("name", "string", required=True),
        field("country", "string"),
        field("email", "email", unique=True),
        field("books", "relation", kind="has_many", to="books", via="author"),
        field("mentor", "relation", to="authors", on_delete="set_null"),
    ],
}
BOOKS: dict[str, Any] = {
    "name": "books",
    "fields": [
        field("title", "string", required=True, max_length=100),
        field("slug", "string", unique=True),
        field("summary", "text"),
        field("pages", "int", min=1, max=5000),
        field("big", "int"),
        field("rating", "float"),
        field("price", "decimal", precision=10, scale=2, default=0),
        field("in_print", "boolean", default=True),
        field("published", "date"),
        field("sold_at", "datetime"),
        field("meta", "json"),
        field("isbn", "uuid"),
        field("status", "enum", values=["draft", "published", "gone"], default="draft"),
        field("site", "url"),
        field("words", "array(string)"),
        field("marks", "array(int)"),
        field("author", "relation", to="authors", on_delete="restrict"),
        field("shelves", "relation", kind="many_to_many", to="shelves"),
        field("limit", "int"),
    ],
    "unique": [["title", "published"]],
    "validations": [
        {"rule": "condition", "where": {"rating__lte": 5}, "message": "A rating is at most 5."}
    ],
}
SHELVES: dict[str, Any] = {
    "name": "shelves",
    "id_type": "int",
    "fields": [field("name", "string", required=True, unique=True)],
}
NOTES: dict[str, Any] = {
    "name": "notes",
    "id_type": "text",
    "history": "off",
    "fields": [field("text", "text"), field("book", "relation", to="books", on_delete="cascade")],
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A project with the shop's collections; ``url`` is where its data routes start."""

    client: httpx.AsyncClient
    url: str
    project: TestProject

    async def create(self, collection: str, **values: Any) -> dict[str, Any]:
        answer = await self.client.post(f"{self.url}/{collection}", json=values)
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()
        return record

    async def fetch(self, path: str, **parameters: Any) -> Any:
        answer = await self.client.get(f"{self.url}/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def titles(self, **parameters: Any) -> list[str]:
        return [book["title"] for book in await self.fetch("books", **parameters)]


@pytest.fixture
async def shop(admin: Admin, project: TestProject) -> Shop:
    return await open_shop(admin, project)


@pytest.fixture(scope="module")
async def still_shop(admin: Admin, still_project: TestProject) -> Shop:
    """One for all of a module, with nothing in it: no test changes that."""
    return await open_shop(admin, still_project)


async def open_shop(admin: Admin, project: TestProject) -> Shop:
    await apply_schema(admin, project, AUTHORS, BOOKS, SHELVES, NOTES)
    return Shop(admin.client, f"{project.url}/data", project)


async def fill(shop: Shop) -> dict[str, Any]:
    """Three authors, five books, two shelves."""
    ann = await shop.create("authors", name="Ann", country="DE", email="ann@example.com")
    bob = await shop.create("authors", name="Bob", country="FR", mentor=ann["id"])
    await shop.create("authors", name="Cy", country="FR")
    one = await shop.create("shelves", name="one")
    two = await shop.create("shelves", name="two")
    books = [
        {"title": "Alpha", "slug": "alpha", "pages": 100, "rating": 4.5, "price": 9.99,
         "author": ann["id"], "shelves": [one["id"]], "words": ["x", "y"], "meta": {"a": {"b": 1}}},
        {"title": "Beta", "slug": "beta", "pages": 200, "price": 19.5, "author": ann["id"],
         "published": "2026-01-02", "status": "published", "meta": {"a": {"b": "1"}, "c": True}},
        {"title": "Gamma", "slug": "gamma", "rating": 1, "author": bob["id"], "in_print": False,
         "shelves": [one["id"], two["id"]], "summary": "The quick brown fox"},
        {"title": "delta", "slug": "delta", "pages": 300, "status": "gone", "marks": [1, 2]},
        {"title": "épsilon", "slug": "eps", "sold_at": "2026-01-01T01:00:00+01:00"},
    ]  # fmt: skip
    made = [await shop.create("books", **book) for book in books]
    return {"ann": ann, "bob": bob, "one": one, "two": two, "books": made}
