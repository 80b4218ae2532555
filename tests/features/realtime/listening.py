"""Listeners as an application has them: an EventSource, and a WebSocket's JSON messages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.waiting import NO_TLS, PATIENCE_SECONDS

QUIET_SECONDS = 0.6


@dataclass
class Told:
    """One event of a stream."""

    event: str
    id: str
    data: Any


@dataclass
class Stream:
    """Reads a stream as the specification of EventSource says."""

    response: httpx.Response
    raw: bytearray = field(default_factory=bytearray)
    last_id: str = ""
    placed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    events: "asyncio.Queue[Told]" = field(default_factory=asyncio.Queue)

    async def read(self) -> None:
        lines: dict[str, str] = {}
        try:
            async for line in self.response.aiter_lines():
                self.raw += line.encode() + b"\n"
                if line:
                    name, _, value = line.partition(":")
                    lines[name] = value.removeprefix(" ")
                    continue
                self.last_id = lines.get("id", self.last_id)
                if self.last_id:
                    self.placed.set()
                if "data" in lines:
                    data = json.loads(lines["data"])
                    self.events.put_nowait(Told(lines.get("event", ""), self.last_id, data))
                lines = {}
        except httpx.HTTPError:
            pass
        self.ended.set()

    async def next(self, seconds: float = PATIENCE_SECONDS) -> Told:
        return await asyncio.wait_for(self.events.get(), seconds)

    async def quiet(self) -> None:
        """Nothing comes for a while."""
        await asyncio.sleep(QUIET_SECONDS)
        assert self.events.empty(), self.events.get_nowait()

    async def end(self, seconds: float = PATIENCE_SECONDS) -> None:
        async with asyncio.timeout(seconds):
            await self.ended.wait()


@asynccontextmanager
async def streaming(
    base: str, path: str, headers: dict[str, str] | None = None, **parameters: Any
) -> AsyncIterator[Stream]:
    """An open stream, on which the server has said where it stands."""
    patient = httpx.Timeout(PATIENCE_SECONDS, read=None)
    client = httpx.AsyncClient(base_url=base, timeout=patient, verify=NO_TLS)
    async with (
        client,
        client.stream("GET", path, headers=headers or {}, params=parameters) as response,
    ):
        if response.status_code != 200:
            await response.aread()
        assert response.status_code == 200, response.text
        stream = Stream(response)
        reading = asyncio.create_task(stream.read())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stream.placed.wait()
        try:
            yield stream
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


@dataclass
class Wire:
    """A WebSocket's two ways."""

    socket: ClientConnection

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        text = await asyncio.wait_for(self.socket.recv(), seconds)
        message: dict[str, Any] = json.loads(text)
        return message

    async def ask(self, **message: Any) -> dict[str, Any]:
        await self.say(**message)
        return await self.hear()

    async def quiet(self) -> None:
        """Nothing comes for a while."""
        await asyncio.sleep(QUIET_SECONDS)
        assert await self.ask(type="ping") == {"type": "pong"}

    async def closed(self, seconds: float = PATIENCE_SECONDS) -> int:
        """The code that the server closes with."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code


@asynccontextmanager
async def wired(
    base: str, path: str, token: str | None = None, **options: Any
) -> AsyncIterator[Wire]:
    """An open WebSocket; with ``token`` (empty: nobody's) it has said who it is."""
    url = base.replace("http", "ws", 1) + path
    async with connect(url, **options) as socket:
        wire = Wire(socket)
        if token is not None:
            await wire.say(type="auth", token=token)
        yield wire
