"""Whatever is written, a read of a past time tells what a read at that time told."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.features.data.test_as_of import moment
from tests.schemas import apply_schema, field

WRITES = 60
NAMES = {"word": "term"}
"""What fields are called after the schema was changed."""

Rows = dict[str, dict[str, Any]]


class Writer:
    """Random writes of every kind to one collection."""

    def __init__(self, admin: Admin, project: TestProject, seed: int) -> None:
        self.client = admin.client
        self.base = f"{project.url}/data/things"
        self.project = project
        self.random = random.Random(seed)
        self.word = "word"

    async def rows(self, **parameters: Any) -> Rows:
        answer = await self.client.get(self.base, params={"limit": 1000, **parameters})
        assert answer.status_code == 200, answer.text
        return {row["id"]: row for row in answer.json()["data"]}

    def values(self) -> dict[str, Any]:
        pick = self.random
        return {
            self.word: pick.choice(["a", "b", "ü", None]),
            "amount": pick.choice([0, "0.10", "12.5", None]),
            "number": pick.choice([1, 2**60, None]),
            "moment": pick.choice(["2026-01-01T00:00:00.123456Z", None]),
            "data": pick.choice([{"x": [1, 2.5]}, [], "text", None]),
            "list": pick.choice([[], ["x", "y"], None]),
        }

    async def write(self) -> None:
        ids = list(await self.rows())
        kinds: list[Callable[[str], Awaitable[Any]]] = [self.create, self.create_many, self.upsert]
        if ids:
            kinds += [self.change, self.change_many, self.replace, self.delete, self.batch]
        kind = self.random.choice(kinds)
        answer = await kind(self.random.choice(ids) if ids else "")
        assert answer.status_code < 300, (kind, answer.text)
        if self.random.random() < 0.1:
            request_id = answer.headers["x-request-id"]
            await self.client.post(
                f"{self.project.url}/changes/undo", json={"request_id": request_id}
            )

    async def create(self, _one: str) -> Any:
        return await self.client.post(self.base, json=self.values())

    async def create_many(self, _one: str) -> Any:
        return await self.client.post(self.base, json=[self.values() for _ in range(3)])

    async def upsert(self, _one: str) -> Any:
        body = {**self.values(), "key": self.random.choice("klm")}
        return await self.client.post(self.base, params={"on_conflict": "key"}, json=body)

    async def change(self, one: str) -> Any:
        values = self.values()
        name = self.random.choice(list(values))
        return await self.client.patch(f"{self.base}/{one}", json={name: values[name]})

    async def change_many(self, _one: str) -> Any:
        values = {"amount": self.random.randint(0, 9)}
        wanted = {"prefer": "max-affected=1000"}
        query = {"number__isnull": "true"}
        return await self.client.patch(self.base, params=query, json=values, headers=wanted)

    async def replace(self, one: str) -> Any:
        return await self.client.put(f"{self.base}/{one}", json=self.values())

    async def delete(self, one: str) -> Any:
        return await self.client.delete(f"{self.base}/{one}")

    async def batch(self, one: str) -> Any:
        operations = [
            {"op": "update", "collection": "things", "id": one, "data": {"number": 5}},
            {"op": "create", "collection": "things", "data": self.values()},
            {"op": "delete", "collection": "things", "id": one},
        ]
        body = {"atomic": True, "operations": operations}
        return await self.client.post(f"{self.project.url}/batch", json=body)


def fields(word: str, ids: dict[str, str]) -> list[dict[str, Any]]:
    listed = [
        field(word, "string"), field("amount", "decimal", precision=8, scale=3),
        field("number", "int"), field("moment", "datetime"), field("data", "json"),
        field("list", "array(string)"), field("key", "string", unique=True),
    ]  # fmt: skip
    return [
        {**each, **({"id": ids[each["name"]]} if each["name"] in ids else {})} for each in listed
    ]


async def rename(admin: Admin, writer: Writer) -> None:
    """Give a field another name and add one, as a live project does."""
    held = (await admin.client.get(f"{writer.project.url}/schema")).json()["schema"]["collections"]
    things = next(each for each in held if each["name"] == "things")
    ids = {each["name"]: each["id"] for each in things["fields"]}
    listed = fields("term", ids | {"term": ids["word"]})
    body = {
        "name": "things",
        "id": things["id"],
        "fields": [*listed, field("late", "int", default=1)],
    }
    await apply_schema(admin, writer.project, body)
    writer.word = "term"


@pytest.mark.parametrize("seed", range(4))
async def test_the_past_is_what_it_was(
    admin: Admin, project: TestProject, database: Database, seed: int
) -> None:
    await apply_schema(admin, project, {"name": "things", "fields": fields("word", {})})
    writer = Writer(admin, project, seed)
    seen: list[tuple[str, Rows]] = []
    for number in range(WRITES):
        if number == WRITES // 2:
            await rename(admin, writer)
        await writer.write()
        seen.append((await moment(database), await writer.rows()))

    for at, then in seen:
        told = {
            key: {NAMES.get(name, name): value for name, value in row.items()}
            | {"late": row.get("late")}
            for key, row in then.items()
        }
        assert await writer.rows(as_of=at) == told
        for key in writer.random.sample(sorted(told), min(2, len(told))):
            answer = await admin.client.get(f"{writer.base}/{key}", params={"as_of": at})
            assert answer.json() == told[key]
