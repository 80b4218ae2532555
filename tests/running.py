"""Running the application inside a test: its lifespan, and clients that need no network."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn


def client_for(app: Any, *, address: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
    """A client of the application, calling from ``address``."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(address, 50_000)),
        base_url="http://test",
        **options,
    )


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Run the application's start-up before the block and its shutdown after it."""
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.create_task(app(scope, asked.get, said.put))
    await asked.put({"type": "lifespan.startup"})
    await _next_or_failure(said, running)
    yield
    await asked.put({"type": "lifespan.shutdown"})
    await _next_or_failure(said, running)
    await running


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_level="error",
        http="app.api.http_protocol:JoiningHttp",
        ws="app.api.sockets:BatchingSockets",
        ws_per_message_deflate=False,
    )


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """Serve a running application on a loopback port; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving


async def _next_or_failure(
    said: asyncio.Queue[dict[str, Any]], running: asyncio.Task[None]
) -> None:
    waiting = asyncio.create_task(said.get())
    await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        waiting.cancel()
        await running
        raise AssertionError("The application ended without answering its lifespan.")
    message = waiting.result()
    assert message["type"].endswith(".complete"), message
