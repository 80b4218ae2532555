"""Two processes on one database: what a membership allowed ends at the other with it.

Policies read memberships in the statement, and the routes of organisations ask for them, so that
nothing has to be heard of: it ends at once.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.faults.nodes import Node
from tests.faults.world import PASSWORD, Home, client_of, home_at
from tests.schemas import field
from tests.waiting import until

DOCUMENTS: dict[str, Any] = {
    "name": "documents",
    "fields": [field("title", "string"), field("org", "relation", to="orgs", on_delete="cascade")],
}
ADMINS_READ: dict[str, Any] = {
    "name": "admins of an organisation read its documents",
    "collection": "documents",
    "actions": ["list"],
    "principals": ["app_user"],
    "where": {"org": {"members": {"user_id": "$user.id", "role": "admin"}}},
}


class Joined:
    """An admin of an organisation, who asks at the other node."""

    def __init__(
        self, home: Home, there: httpx.AsyncClient, user: dict[str, Any], org: str
    ) -> None:
        self._home = home
        self._there = there
        self._headers = {"Authorization": f"Bearer {user['access_token']}"}
        self.org = org
        self.member = f"/organisations/orgs/{org}/members/{user['user']['id']}"

    async def take(self, method: str, body: Any) -> None:
        """Change the membership at the first node."""
        await self._home.ok(method, self.member, json=body)

    async def titles_there(self) -> list[str]:
        answer = await self._there.get(f"{self._home.data}/documents", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return [each["title"] for each in answer.json()["data"]]

    async def status_there(self, method: str, body: Any = None) -> int:
        """Of a request to the organisation itself."""
        url = f"{self._home.url}/auth/orgs/{self.org}"
        answer = await self._there.request(method, url, json=body, headers=self._headers)
        return answer.status_code


@pytest.fixture
async def joined(node: Node, other: Node) -> AsyncIterator[Joined]:
    async with home_at(node) as home, client_of(other) as there:
        await home.ok("POST", "/organisations")
        await home.collection(DOCUMENTS)
        await home.ok("POST", "/policies", json=ADMINS_READ)
        owner, user = [await _sign_up(home) for _ in range(2)]
        headers = {"Authorization": f"Bearer {owner['access_token']}"}
        org = await home.ok("POST", "/auth/orgs", json={"name": "Acme"}, headers=headers)
        joined = Joined(home, there, user, org["id"])
        await home.ok("PUT", joined.member, json={"role": "admin"})
        await home.ok("POST", "/data/documents", json={"title": "one", "org": org["id"]})

        async def is_known() -> bool:
            return await joined.titles_there() == ["one"]

        await until(is_known)
        assert await joined.status_there("PATCH", {"name": "New"}) == 200
        yield joined


@pytest.mark.parametrize(
    ("method", "body", "seen", "renamed"),
    [("DELETE", None, 404, 404), ("PUT", {"role": "member"}, 200, 403)],
)
async def test_a_membership_that_is_taken_at_one_node_allows_nothing_at_the_other(
    joined: Joined, method: str, body: Any, seen: int, renamed: int
) -> None:
    await joined.take(method, body)

    assert await joined.status_there("GET") == seen
    assert await joined.status_there("PATCH", {"name": "Mine"}) == renamed
    assert await joined.titles_there() == []


async def _sign_up(home: Home) -> dict[str, Any]:
    body = {"email": f"{uuid4().hex[:12]}@example.com", "password": PASSWORD}
    signed: dict[str, Any] = await home.ok("POST", "/auth/register", json=body)
    return signed
