"""A publisher's project, its people, and what they may not see.

Values that begin with ``CNRY`` must never reach anybody but members.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.conftest import Admin, TestProject
from tests.running import client_for
from tests.schemas import apply_schema, field

PASSWORD = "a long enough password"

CATEGORIES: dict[str, Any] = {
    "name": "categories",
    "fields": [
        field("name", "string", required=True),
        field("internal_code", "string", unique=True),
        field("posts", "relation", kind="has_many", to="posts", via="category"),
    ],
}
POSTS: dict[str, Any] = {
    "name": "posts",
    "created_by": True,
    "fields": [
        field("title", "string", required=True, max_length=200),
        field("body", "text"),
        field("status", "enum", values=["draft", "published", "gone"], default="draft"),
        field("price", "decimal", precision=10, scale=2),
        field("slug", "string", unique=True),
        field("meta", "json"),
        field("secret_note", "string"),
        field("rank", "int", default=0),
        field("author", "relation", to="users", on_delete="set_null"),
        field("category", "relation", to="categories", on_delete="restrict"),
        field("tags", "relation", kind="many_to_many", to="tags"),
        field("comments", "relation", kind="has_many", to="comments", via="post"),
    ],
}
TAGS: dict[str, Any] = {
    "name": "tags",
    "fields": [field("name", "string", required=True, unique=True), field("hue", "string")],
}
COMMENTS: dict[str, Any] = {
    "name": "comments",
    "fields": [
        field("text", "text", required=True),
        field("approved", "boolean", default=False),
        field("post", "relation", to="posts", on_delete="cascade"),
        field("author", "relation", to="users", on_delete="set_null"),
    ],
}
INVOICES: dict[str, Any] = {
    "name": "invoices",
    "fields": [
        field("number", "string", required=True, unique=True),
        field("total", "decimal", precision=12, scale=2),
        field("owner", "relation", to="users", on_delete="restrict"),
        field("post", "relation", to="posts", on_delete="set_null"),
    ],
}
COLLECTIONS = (TAGS, CATEGORIES, POSTS, COMMENTS, INVOICES)


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in app user."""

    client: httpx.AsyncClient
    id: str
    email: str
    tokens: dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """``admin`` is a member; ``data`` is where the data routes start."""

    app: Any
    admin: httpx.AsyncClient
    project: TestProject

    @property
    def data(self) -> str:
        return f"{self.project.url}/data"

    @property
    def anyone(self) -> httpx.AsyncClient:
        return client_for(self.app)

    async def policy(self, collection: str, actions: str, principals: str, **more: Any) -> Any:
        """Make a policy; actions and principals are words."""
        body = {
            "name": more.pop("name", f"{principals} {actions} {collection}"),
            "collection": collection,
            "actions": actions.split(),
            "principals": principals.split(),
            **more,
        }
        answer = await self.admin.post(f"{self.project.url}/policies", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def make(self, collection: str, **values: Any) -> dict[str, Any]:
        """A record, made by a member."""
        answer = await self.admin.post(f"{self.data}/{collection}", json=values)
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()
        return record

    async def key(self, *scopes: str, **more: Any) -> httpx.AsyncClient:
        """A client that holds an API key."""
        body = {"name": "a server", "scopes": list(scopes), **more}
        answer = await self.admin.post(f"{self.project.url}/api-keys", json=body)
        assert answer.status_code == 201, answer.text
        return client_for(self.app, headers={"X-API-Key": answer.json()["key"]})

    async def user(self, *roles: str, email: str | None = None) -> User:
        """Somebody who has signed up, with these roles."""
        email = email or f"{uuid4().hex[:10]}@example.com"
        body = {"email": email, "password": PASSWORD}
        async with client_for(self.app) as anyone:
            answer = await anyone.post(f"{self.project.url}/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        tokens = answer.json()
        user_id = tokens["user"]["id"]
        if roles:
            await self.give_roles(user_id, *roles)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return User(client_for(self.app, headers=headers), user_id, email, tokens)

    async def give_roles(self, user_id: str, *roles: str) -> None:
        for role in roles:
            answer = await self.admin.post(f"{self.project.url}/roles", json={"name": role})
            assert answer.status_code in (201, 409), answer.text
        path = f"{self.project.url}/users/{user_id}"
        answer = await self.admin.patch(path, json={"roles": list(roles)})
        assert answer.status_code == 200, answer.text


async def build(app: Any, admin: Admin, project: TestProject) -> World:
    await apply_schema(admin, project, *COLLECTIONS)
    return World(app, admin.client, project)
