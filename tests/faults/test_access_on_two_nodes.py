"""Two processes on one database: what one takes from a user, the other stops giving in seconds."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.faults.nodes import Node
from tests.faults.world import Home, client_of, home_at
from tests.schemas import field
from tests.waiting import until

PASSWORD = "correct horse battery staple"

NOTES: dict[str, Any] = {"name": "notes", "fields": [field("text", "text")]}
Bite = Callable[["Twice"], Awaitable[httpx.Response]]


class Twice:
    """A user whose token is in use at both nodes."""

    def __init__(self, home: Home, there: httpx.AsyncClient, tokens: dict[str, Any]) -> None:
        self.home = home
        self._there = there
        self._headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        self.user = f"{home.url}/users/{tokens['user']['id']}"

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        url = f"{self.home.url}/auth/{path}"
        return await self.home.client.post(url, json=body, headers=self._headers)

    async def status_there(self) -> int:
        answer = await self._there.get(f"{self.home.data}/notes", headers=self._headers)
        return answer.status_code


@pytest.fixture
async def twice(node: Node, other: Node) -> AsyncIterator[Twice]:
    async with home_at(node, NOTES) as home, client_of(other) as there:
        body = {"email": f"{uuid4().hex[:12]}@example.com", "password": PASSWORD}
        made = await home.client.post(f"{home.url}/auth/register", json=body)
        assert made.status_code == 201, made.text
        await home.ok("POST", "/roles", json={"name": "writer"})
        policy = {
            "name": "writers read notes",
            "collection": "notes",
            "actions": ["list"],
            "principals": ["role:writer"],
        }
        await home.ok("POST", "/policies", json=policy)
        twice = Twice(home, there, made.json())
        await home.ok("PATCH", twice.user.removeprefix(home.url), json={"roles": ["writer"]})
        yield twice


async def suspend(twice: Twice) -> httpx.Response:
    return await twice.home.client.patch(twice.user, json={"status": "suspended"})


async def log_out_everywhere(twice: Twice) -> httpx.Response:
    return await twice.post("logout-all")


async def change_the_password(twice: Twice) -> httpx.Response:
    body = {"current_password": PASSWORD, "new_password": "another battery, another staple"}
    return await twice.post("password/change", body)


async def take_the_role(twice: Twice) -> httpx.Response:
    return await twice.home.client.patch(twice.user, json={"roles": []})


async def delete(twice: Twice) -> httpx.Response:
    return await twice.home.client.delete(twice.user)


@pytest.mark.parametrize(
    ("bite", "status"),
    [
        (suspend, 401),
        (log_out_everywhere, 401),
        (change_the_password, 401),
        (delete, 401),
        (take_the_role, 404),
    ],
)
async def test_what_is_taken_at_one_node_is_gone_at_the_other(
    twice: Twice, bite: Bite, status: int
) -> None:
    async def is_known() -> bool:
        return await twice.status_there() == 200

    await until(is_known)
    answer = await bite(twice)
    assert answer.is_success, answer.text

    async def is_gone() -> bool:
        return await twice.status_there() != 200

    await until(is_gone)
    assert await twice.status_there() == status
