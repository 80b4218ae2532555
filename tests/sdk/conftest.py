"""A server process of the SDKs' tests, and projects on it that are made as anybody makes them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from backendify_client import AsyncClient, Client
from tests.features.users.oauth.issuer import CLIENT_ID, CLIENT_SECRET
from tests.schemas import field
from tests.sdk.issuer import issuing
from tests.serving import serving

APP = "https://app.example.com/in"
PASSWORD = "correct horse battery staple"
COLLECTIONS: tuple[dict[str, Any], ...] = (
    {"name": "authors", "fields": [field("name", "string", required=True)]},
    {
        "name": "posts",
        "created_by": True,
        "fields": [
            field("title", "string", required=True, max_length=200),
            field("slug", "string", unique=True),
            field("status", "enum", values=["draft", "published"], default="draft"),
            field("price", "decimal", precision=10, scale=2),
            field("views", "int", default=0),
            field("due", "datetime"),
            field("author", "relation", to="authors"),
        ],
    },
)
POLICIES: tuple[dict[str, Any], ...] = (
    {
        "name": "published posts are everybody's",
        "collection": "posts",
        "actions": ["list", "read"],
        "principals": ["anonymous", "app_user"],
        "where": {"status": "published"},
    },
    {
        "name": "users write their own",
        "collection": "posts",
        "actions": ["*"],
        "principals": ["app_user"],
        "where": {"created_by": "$user.id"},
    },
)


@dataclass(frozen=True, slots=True)
class World:
    """A project with posts and authors; ``key`` may do everything, ``owner`` is who made it."""

    url: str
    project: str
    key: str
    owner: httpx.Client


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """The address of an OpenID provider."""
    with issuing() as address:
        yield address


@pytest.fixture(scope="session")
def url(
    tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None, issuer: str
) -> Iterator[str]:
    allowed = {"BACKENDIFY_EGRESS_ALLOW": urlsplit(issuer).netloc}
    with serving(tmp_path_factory.mktemp("sdk"), postgres_bin, **allowed) as served:
        yield served.url


@pytest.fixture(scope="session")
def owner(url: str) -> Iterator[httpx.Client]:
    """The installation's owner, at ``/api``."""
    with httpx.Client(base_url=f"{url}/api", timeout=30) as client:
        body = {"email": "owner@example.com", "password": PASSWORD}
        token = _made(client, "/auth/register", body)["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture(scope="session")
def world(url: str, owner: httpx.Client, issuer: str) -> World:
    slug = f"p-{uuid4().hex[:12]}"
    _made(owner, "/projects", {"name": slug, "slug": slug})
    base = f"/projects/{slug}"
    for collection in COLLECTIONS:
        _made(owner, f"{base}/collections", collection)
    for policy in POLICIES:
        _made(owner, f"{base}/policies", policy)
    corp = {
        "type": "oidc",
        "issuer": issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    auth = {"redirect_urls": [APP], "providers": {"corp": corp}}
    set_up = owner.patch(f"{base}/settings", json={"auth": auth})
    assert set_up.status_code == 200, set_up.text
    key = _made(owner, f"{base}/api-keys", {"name": "tests", "scopes": ["*:*"]})["key"]
    return World(url, slug, key, owner)


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    """A client with a key that may do everything."""
    with Client(world.url, world.project, key=world.key) as client:
        yield client


@pytest.fixture
async def async_client(world: World) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(world.url, world.project, key=world.key) as client:
        yield client


def new_email() -> str:
    return f"{uuid4().hex[:12]}@example.com"


def _made(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code in (200, 201), answer.text
    made: dict[str, Any] = answer.json()
    return made
