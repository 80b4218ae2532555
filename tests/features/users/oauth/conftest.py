"""An installation that may reach an issuer and a GitHub on loopback; a project that uses them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from app.api.services import Services
from app.core.config import Settings
from app.core.postgres.server import Server
from tests.features.users.oauth.issuer import (
    CLIENT_ID,
    CLIENT_SECRET,
    GitHub,
    Issuer,
    serving_github,
    serving_issuer,
)
from tests.installations import new_installation
from tests.people import registered
from tests.running import client_for

APP = "https://app.example.com/signed-in"
OTHER_APP = "com.example.app://callback?from=x"


@dataclass
class Project:
    """``client`` sends no credentials; ``owner`` those of the project's owner."""

    app: Any
    services: Services
    owner: httpx.AsyncClient
    client: httpx.AsyncClient
    id: str
    slug: str

    @property
    def url(self) -> str:
        return f"/api/projects/{self.slug}"

    @property
    def auth(self) -> str:
        return f"{self.url}/auth"

    async def set(self, **auth: Any) -> None:
        answer = await self.owner.patch(f"{self.url}/settings", json={"auth": auth})
        assert answer.status_code == 200, answer.text


@dataclass
class Browser:
    """A browser with its cookies, and the app in it."""

    project: Project
    client: httpx.AsyncClient

    async def depart(self, provider: str = "corp", to: str = APP, **query: str) -> httpx.Response:
        """Begin; the answer leads to the provider."""
        parameters = {"redirect_to": to, **query}
        url = f"{self.project.auth}/oauth/{provider}"
        return await self.client.get(url, params=parameters)

    async def consent(self, departure: httpx.Response) -> str:
        """Agree at the provider; the path and query it sends the browser back to."""
        assert departure.status_code == 302, departure.text
        async with httpx.AsyncClient(trust_env=False) as outside:
            answer = await outside.get(departure.headers["location"])
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["location"])
        return f"{parts.path}?{parts.query}"

    async def come_back(self, callback: str) -> httpx.Response:
        return await self.client.get(callback)

    async def travel(self, provider: str = "corp", to: str = APP, **query: str) -> dict[str, str]:
        """All the way: what stands in the query of the app's URL in the end."""
        callback = await self.consent(await self.depart(provider, to, **query))
        return landed(await self.come_back(callback), to)

    async def exchange(self, code: str, **more: str) -> httpx.Response:
        body = {"code": code, **more}
        return await self.client.post(f"{self.project.auth}/oauth/exchange", json=body)

    async def sign_in(self, provider: str = "corp") -> dict[str, Any]:
        answer = await self.exchange((await self.travel(provider))["code"])
        assert answer.status_code == 200, answer.text
        signed: dict[str, Any] = answer.json()
        return signed


def landed(answer: httpx.Response, to: str = APP) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(to), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    async with serving_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def github() -> AsyncIterator[GitHub]:
    async with serving_github() as github:
        yield github


@pytest.fixture(scope="module")
async def installation(
    server: Server, settings: Settings, issuer: Issuer, github: GitHub
) -> AsyncIterator[Any]:
    hosts = tuple(urlsplit(url).netloc for url in (issuer.url, github.url))
    own = settings.model_copy(update={"egress_allow": hosts})
    async with new_installation(server, own) as app:
        yield app


@pytest.fixture(scope="module")
async def owner(installation: Any) -> httpx.AsyncClient:
    return (await registered(installation)).client


@pytest.fixture
async def world(
    installation: Any, owner: httpx.AsyncClient, issuer: Issuer, github: GitHub
) -> AsyncIterator[Project]:
    issuer.reset()
    installation.services.documents._held.clear()
    slug = f"p-{uuid4().hex[:12]}"
    made = await owner.post("/api/projects", json={"name": slug, "slug": slug})
    assert made.status_code == 201, made.text
    async with client_for(installation) as client:
        project = Project(
            installation, installation.services, owner, client, made.json()["id"], slug
        )
        client_of = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        await project.set(
            redirect_urls=[APP, OTHER_APP],
            providers={
                "corp": {"type": "oidc", "issuer": issuer.url, **client_of},
                "off": {"type": "oidc", "issuer": issuer.url, "enabled": False, **client_of},
                "hub": {
                    "type": "github",
                    "issuer": github.url,
                    "api_base": f"{github.url}/api",
                    **client_of,
                },
            },
        )
        yield project


@pytest.fixture
async def browser(world: Project) -> AsyncIterator[Browser]:
    async with client_for(world.app) as client:
        yield Browser(world, client)


@pytest.fixture
async def other_browser(world: Project) -> AsyncIterator[Browser]:
    async with client_for(world.app) as client:
        yield Browser(world, client)
