"""Two processes on one database: one changes a schema while the other serves its records."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.nodes import Node, observer
from tests.faults.world import Account, Home, ask, busy, cut_listeners, home_at, seen_from
from tests.schemas import field
from tests.waiting import until

ROUNDS = int(os.environ.get("ROUNDS", "30"))
DEAF_ROUNDS = 3
THINGS: dict[str, Any] = {
    "name": "things",
    "fields": [
        field("name", "string", unique=True),
        field("one", "text"),
        field("two", "text"),
        field("size", "int", default=0),
        field("owner", "relation", to="owners"),
    ],
}
OWNERS: dict[str, Any] = {
    "name": "owners",
    "fields": [
        field("name", "string"),
        field("things", "relation", kind="has_many", to="things", via="owner"),
    ],
}


async def test_hot_requests_never_fail_while_another_process_changes_the_schema(
    node: Node, other: Node
) -> None:
    owners = {"name": "owners", "fields": OWNERS["fields"][:1]}
    async with home_at(node, owners, THINGS) as home, seen_from(other, home) as there:
        await home.ok("POST", "/collections/owners/fields", json=OWNERS["fields"][1])
        hot = await make_hot(there)
        async with busy(*hot.clients()):
            for number in range(ROUNDS):
                name = await change(home, number)
                await until_known(there, name)
        hot.check()
        assert (await home.ok("GET", "/schema/drift"))["in_sync"]


async def test_a_process_that_missed_the_notification_catches_up_by_itself(
    node: Node, other: Node
) -> None:
    """Nothing but the sweep tells it: an unknown field never comes as far as the fence."""
    async with (
        home_at(node, OWNERS | {"fields": OWNERS["fields"][:1]}, THINGS) as home,
        seen_from(other, home) as there,
        observer(node.data) as connection,
    ):
        await there.ok("GET", "/data/things")
        for number in range(DEAF_ROUNDS):
            await cut_listeners(connection)
            await home.ok(
                "POST", "/collections/things/fields", json={"name": f"new{number}", "type": "int"}
            )
            await until_known(there, f"new{number}")


class Hot:
    """Requests of every kind for the same few records, again and again."""

    def __init__(self, home: Home, owner: str, thing: str) -> None:
        self._home, self._owner, self._thing = home, owner, thing
        self.steady, self.moving = Account(), Account()
        self._numbers = count()

    def clients(self) -> list[Callable[[], Awaitable[None]]]:
        things, owners = f"{self._home.data}/things", f"{self._home.data}/owners"
        one, csv = f"{things}/{self._thing}", {"content-type": "text/csv"}
        return [
            self.again("GET", things, {"fields": "id,name", "sort": "-created_at", "limit": 5}),
            self.again("GET", one, {"expand": "owner"}),
            self.again("GET", owners, {"expand": "things(limit=3)"}),
            self.again("PATCH", one, json={"size": {"$inc": 1}}),
            self.again("PATCH", things, {"name": "first"}, MANY, json={"size": {"$inc": 1}}),
            self.again("POST", things, {"on_conflict": "name"}, json={"name": "second"}),
            self.again("POST", things, json=[{"owner": self._owner}, {}]),
            self.again("POST", f"{things}/import", headers=csv, content="size\n1\n2\n"),
            self.again("GET", f"{things}/export", {"fields": "id,size"}),
            self.again("POST", f"{self._home.url}/collections/things/validate", json={}),
            self.create_and_delete,
            self.moving_field,
        ]

    def again(
        self, method: str, path: str, params: Any = None, headers: Any = None, **options: Any
    ) -> Callable[[], Awaitable[None]]:
        async def call() -> None:
            options.update(params=params, headers=headers)
            await ask(self.steady, self._home.client, method, path, **options)
            await asyncio.sleep(0.01)

        return call

    async def create_and_delete(self) -> None:
        path = f"{self._home.data}/things"
        made = await ask(self.steady, self._home.client, "POST", path, json={"name": uuid4().hex})
        if made is not None and made.is_success:
            await ask(self.steady, self._home.client, "DELETE", f"{path}/{made.json()['id']}")

    async def moving_field(self) -> None:
        """Read and write fields that change their names, places and types."""
        path = f"{self._home.data}/things/{self._thing}"
        client, value = self._home.client, str(next(self._numbers))
        await ask(self.moving, client, "PATCH", path, json={"one": value, "two": value})
        await ask(self.moving, client, "GET", path, params={"fields": "one,two"})

    def check(self) -> None:
        assert self.steady.odd == self.moving.odd == []
        assert self.steady.lost == self.moving.lost == 0
        assert self.steady.failures == self.moving.failures == []
        assert set(self.steady.statuses) <= {200, 201, 204}, self.steady.statuses
        assert set(self.moving.statuses) <= {200, 400, 422}, self.moving.statuses
        assert self.moving.statuses[200] > 0


MANY = {"prefer": "max-affected=5"}


async def make_hot(home: Home) -> Hot:
    owner = (await home.ok("POST", "/data/owners", json={"name": "Ann"}))["id"]
    thing = {"name": "first", "one": "1", "two": "2", "owner": owner}
    return Hot(home, owner, (await home.ok("POST", "/data/things", json=thing))["id"])


async def change(home: Home, number: int) -> str:
    """Add a field, then rename it, or swap, retype or drop others; the new field's name."""
    fields = "/collections/things/fields"
    await home.ok("POST", fields, json={"name": f"new{number}", "type": "int"})
    match number % 4:
        case 0:
            await home.ok("PATCH", f"{fields}/new{number}", json={"name": f"named{number}"})
            return f"named{number}"
        case 1:
            await swap(home)
        case 2:
            for kind in ("int", "text"):
                await confirmed(home, "PATCH", f"{fields}/one", json={"type": kind})
        case _:
            await confirmed(home, "DELETE", f"{fields}/named{number - 3}")
    return f"new{number}"


async def swap(home: Home) -> None:
    """Let the fields ``one`` and ``two`` swap their names, in one change."""
    held = await home.ok("GET", "/schema")
    things = next(c for c in held["schema"]["collections"] if c["name"] == "things")
    for each in things["fields"]:
        each["name"] = {"one": "two", "two": "one"}.get(each["name"], each["name"])
    wish = {"base": held["hash"], "schema": held["schema"]}
    await home.ok("POST", "/schema/apply", json=wish)


async def confirmed(home: Home, method: str, path: str, **options: Any) -> None:
    answer = await home.client.request(method, home.url + path, **options)
    if answer.status_code == 422:
        path += f"?confirm={answer.json()['plan_hash']}"
        answer = await home.client.request(method, home.url + path, **options)
    assert answer.is_success, answer.text


async def until_known(home: Home, name: str) -> None:
    async def is_known() -> bool:
        answer: httpx.Response = await home.client.get(f"{home.data}/things?limit=1&fields={name}")
        assert answer.status_code in (200, 400), answer.text
        return answer.status_code == 200

    await until(is_known)
