"""A long transaction stands in the way of schema changes: they give up, and hold nobody up."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from tests.faults.nodes import Node, observer
from tests.faults.world import EMAIL, ENTRIES, PASSWORD, Account, Home, ask, busy, home_at

AT_ONCE = 4


async def test_changes_behind_a_long_transaction_answer_busy_and_others_go_on(node: Node) -> None:
    async with home_at(node, ENTRIES, {"name": "other", "fields": []}) as home:
        record = (await home.ok("POST", "/data/entries", json={"mark": "x"}))["id"]
        account = Account()
        async with observer(node.data) as connection, busy(*_traffic(home, record, account)):
            async with connection.transaction():
                await connection.execute(f"SELECT count(*) FROM {home.schema}.entries")
                answers = await asyncio.gather(*(_add_field(home, n) for n in range(AT_ONCE)))
            for answer in answers:
                assert (answer.status_code, answer.json()["code"]) == (503, "schema_busy")
                assert "retry-after" in answer.headers
            assert (await _add_field(home, 0)).status_code == 201
        assert account.odd == []
        assert set(account.statuses) <= {200, 201}, account.statuses
        assert account.slowest(0.99) < 3.0
        assert (await home.ok("GET", "/schema/drift"))["in_sync"]


async def _add_field(home: Home, number: int) -> httpx.Response:
    body = {"name": f"field{number}", "type": "int", "required": True, "default": 1}
    path = f"{home.url}/collections/entries/fields"
    return await home.client.post(path, json=body)


def _traffic(home: Home, record: str, account: Account) -> list[Callable[[], Awaitable[None]]]:
    """Hot reads and writes of the same table, another's, and people who come anew."""

    def again(method: str, path: str, **options: object) -> Callable[[], Awaitable[None]]:
        async def call() -> None:
            await ask(account, home.client, method, path, **options)
            await asyncio.sleep(0.01)

        return call

    entries, sign_in = f"{home.data}/entries", {"email": EMAIL, "password": PASSWORD}
    return [
        again("GET", f"{entries}?limit=5"),
        again("GET", f"{entries}/{record}"),
        again("PATCH", f"{entries}/{record}", json={"hits": {"$inc": 1}}),
        again("POST", entries, json={"mark": "y"}),
        again("GET", f"{home.data}/other"),
        again("GET", f"{home.url}/schema"),
        again("GET", "/readyz"),
        again("POST", "/api/auth/login", json=sign_in),
    ]
