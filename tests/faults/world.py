"""A project on a running node, and clients that keep account of what they were told.

An answer of 2xx is an acknowledgement: what it says must be there for ever. No answer, or a 5xx,
says nothing: the write may be there or not, but whole.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from app.core.notify import STILL_THERE
from tests.faults.nodes import Node
from tests.schemas import field as field_of
from tests.waiting import NO_TLS, PATIENCE_SECONDS, until

PASSWORD = "correct horse battery staple"
EMAIL = "owner@example.com"
ENTRIES: dict[str, Any] = {
    "name": "entries",
    "fields": [
        field_of("mark", "string", required=True, index=True),
        field_of("key", "string", unique=True),
        field_of("hits", "int", default=0),
        field_of("text", "text"),
    ],
}

_LISTENERS = f"FROM pg_stat_activity WHERE query LIKE 'LISTEN %' OR query = $tag${STILL_THERE}$tag$"


@dataclass
class Home:
    """A project, and how to reach it at a node."""

    node: Node
    client: httpx.AsyncClient
    project: UUID
    slug: str

    @property
    def url(self) -> str:
        return f"/api/projects/{self.slug}"

    @property
    def data(self) -> str:
        return f"{self.url}/data"

    @property
    def schema(self) -> str:
        return f"p_{self.project.hex}"

    async def ok(self, method: str, path: str, **options: Any) -> Any:
        """The answer's JSON, which must be a success."""
        answer = await self.client.request(method, f"{self.url}{path}", **options)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def collection(self, body: dict[str, Any]) -> None:
        await self.ok("POST", "/collections", json=body)


def client_of(node: Node, token: str | None = None) -> httpx.AsyncClient:
    """A client without a limit of connections; it waits longer than the server may take."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(
        base_url=node.base, headers=headers, limits=limits, timeout=PATIENCE_SECONDS, verify=NO_TLS
    )


@asynccontextmanager
async def home_at(node: Node, *collections: dict[str, Any]) -> AsyncIterator[Home]:
    """A new project at a node, with some collections."""
    async with client_of(node) as anyone:
        token = await _sign_in(anyone)
    async with client_of(node, token) as client:
        slug = f"p-{uuid4().hex[:12]}"
        made = await client.post("/api/projects", json={"name": slug, "slug": slug})
        assert made.status_code == 201, made.text
        home = Home(node, client, UUID(made.json()["id"]), slug)
        for collection in collections:
            await home.collection(collection)
        yield home


@asynccontextmanager
async def seen_from(node: Node, home: Home) -> AsyncIterator[Home]:
    """The same project, reached at another node."""
    headers = {"authorization": home.client.headers["authorization"]}
    async with client_of(node, headers["authorization"].removeprefix("Bearer ")) as client:
        yield Home(node, client, home.project, home.slug)


@dataclass(slots=True)
class Account:
    """What clients were told: statuses by count, waits in seconds, answers of 500 and above,
    and what of them no client should ever see.

    ``acknowledged`` and ``unknown`` hold the marks of writes.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    lost: int = 0

    def note(self, answer: httpx.Response | None, seconds: float) -> None:
        if answer is None:
            self.lost += 1
            return
        self.waits.append(seconds)
        status = answer.status_code
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status >= 500:
            request = answer.request
            self.failures.append(f"{request.method} {request.url}: {answer.text}")
        if status in (503, 504) and "retry-after" not in answer.headers:
            self.odd.append(f"no Retry-After: {answer.text}")
        if status >= 500 and status not in (503, 504):
            self.odd.append(answer.text)

    def settle(self, mark: str, answer: httpx.Response | None) -> None:
        """File a write under what its answer says of it."""
        if answer is not None and answer.is_success:
            self.acknowledged.append(mark)
        elif answer is None or answer.status_code >= 500:
            self.unknown.add(mark)

    def slowest(self, share: float = 1.0) -> float:
        """The longest wait of the quickest ``share`` of answers."""
        return sorted(self.waits)[max(0, int(len(self.waits) * share) - 1)]


async def ask(
    account: Account, client: httpx.AsyncClient, method: str, path: str, **options: Any
) -> httpx.Response | None:
    """The answer, None where the connection broke."""
    began = time.perf_counter()
    answer: httpx.Response | None = None
    with suppress(httpx.TransportError):
        answer = await client.request(method, path, **options)
    account.note(answer, time.perf_counter() - began)
    return answer


@asynccontextmanager
async def busy(*clients: Callable[[], Awaitable[None]]) -> AsyncIterator[asyncio.Event]:
    """Call each again and again until the block ends; none may raise."""
    stop = asyncio.Event()

    async def repeat(client: Callable[[], Awaitable[None]]) -> None:
        while not stop.is_set():
            await client()
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(repeat(client)) for client in clients]
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def cut_listeners(connection: asyncpg.Connection, nodes: int = 2) -> None:
    """Cut the connections on which so many processes listen, once all of them do."""
    await until_heard(connection, nodes)
    await connection.execute(f"SELECT pg_terminate_backend(pid) {_LISTENERS}")


async def until_heard(connection: asyncpg.Connection, nodes: int = 2) -> None:
    """Wait until so many processes listen, or do again."""

    async def all_listen() -> bool:
        return bool(await connection.fetchval(f"SELECT count(*) {_LISTENERS}") >= nodes)

    await until(all_listen)


async def _sign_in(client: httpx.AsyncClient) -> str:
    body = {"email": EMAIL, "password": PASSWORD}
    answer = await client.post("/api/auth/login", json=body)
    if answer.status_code == 401:
        answer = await client.post("/api/auth/register", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["access_token"])
