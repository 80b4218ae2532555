"""Bodies that do not arrive, sockets nobody serves, and proxies nobody trusts."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn

from app.core.config import Settings
from app.main import create_app
from app.server import proxy_options
from tests.running import lifespan
from tests.waiting import PATIENCE_SECONDS


@asynccontextmanager
async def served(settings: Settings, **changed: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A server on a loopback port, as ``backendify serve`` sets it up; a client of it."""
    changed = {"rate_limits": True} | changed
    own = settings.model_copy(update=changed)
    application = create_app(own)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_level="error",
        http="app.api.http_protocol:JoiningHttp",
        **proxy_options(own),
    )
    server = uvicorn.Server(config)
    async with lifespan(application):
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield client
        server.should_exit = True
        await serving


async def test_a_body_that_stops_arriving_is_a_timeout(settings: Settings) -> None:
    head = (
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "{length}\r\n\r\n"
    )
    async with served(settings, body_timeout_seconds=0.3) as client:
        for length, sent in (("Content-Length: 50", '{"em'), ("Transfer-Encoding: chunked", "")):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write((head.format(length=length) + sent).encode())
            answer = (await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)).decode()
            writer.close()
            await writer.wait_closed()

            assert answer.startswith("HTTP/1.1 408 ")
            assert json.loads(answer.partition("\r\n\r\n")[2])["code"] == "request_timeout"


async def test_a_slow_answer_is_no_slow_body(settings: Settings) -> None:
    async with served(settings, body_timeout_seconds=0.05) as client:
        wrong = {"email": f"{uuid4().hex}@example.com", "password": "x"}
        assert (await client.post("/api/auth/login", json=wrong)).status_code == 401


async def test_a_websocket_of_a_foreign_page_is_refused_before_it_opens(app: Any) -> None:
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "websocket", "path": "/api/projects/x/realtime/ws", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"origin", b"https://elsewhere.example")],
    }  # fmt: skip
    await app(scope, receive, send)

    assert said == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("trusted", "refused"),
    [
        ((), 20),  # nobody is believed: one address
        (("10.0.0.1",), 20),  # the connection comes from none of the trusted
        (("127.0.0.1",), 0),  # the proxy says that they are thirty
    ],
)
async def test_an_address_is_what_the_connection_or_a_trusted_proxy_says(
    settings: Settings, trusted: tuple[str, ...], refused: int
) -> None:
    wrong = {"email": f"{uuid4().hex}@example.com", "password": "wrong"}
    async with served(settings, trusted_proxies=trusted) as client:
        codes = [
            (
                await client.post(
                    "/api/auth/login",
                    json=wrong,
                    headers={"X-Forwarded-For": f"8.8.8.8, 203.0.113.{n}"},
                )
            ).status_code
            for n in range(30)
        ]

    assert codes.count(429) == refused


async def test_what_a_client_says_before_its_proxy_counts_for_nothing(settings: Settings) -> None:
    wrong = {"email": f"{uuid4().hex}@example.com", "password": "wrong"}
    async with served(settings, trusted_proxies=("127.0.0.1",)) as client:
        codes = []
        for n in range(12):
            said = {"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.7"}
            answer = await client.post("/api/auth/login", json=wrong, headers=said)
            codes.append(answer.status_code)

    assert codes.count(429) == 2


async def test_https_is_what_a_trusted_proxy_says(settings: Settings) -> None:
    said = {"X-Forwarded-Proto": "https"}
    for trusted, is_told in (((), False), (("127.0.0.1",), True)):
        async with served(settings, trusted_proxies=trusted) as client:
            answer = await client.get("/livez", headers=said)

        assert ("strict-transport-security" in answer.headers) is is_told
