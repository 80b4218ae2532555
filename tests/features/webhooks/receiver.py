"""A server on loopback that takes webhooks, or does to them whatever its path says."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from tests.waiting import PATIENCE_SECONDS, until

CHUNK = b"x" * 65_536
SLOW_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request, whole."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """The body, if the public library takes the signature."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """``/<key>`` answers 200, or the next of ``answers[key]``; ``/hang/…``, ``/slow/…``,
    ``/drip/…``, ``/huge/…`` and ``/redirect/…`` do as they are called."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    connections: int = 0
    seconds: float = 0.0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    def at(self, path: str) -> list[Received]:
        return [each for each in self.requests if each.path == f"/{path}"]

    async def wait(
        self, path: str, count: int = 1, seconds: float = PATIENCE_SECONDS
    ) -> list[Received]:
        """Until so many requests have come to a path."""
        await until(lambda: len(self.at(path)) >= count, seconds)
        return self.at(path)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        writers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await _answer_one(receiver, reader, writer):
                pass
        writers.discard(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for writer in list(writers):
            writer.close()


async def _answer_one(
    receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in head[1:] if ": " in line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path = head[0].split(" ")[1]
    receiver.requests.append(Received(path, headers, body, time.monotonic()))
    kind, _, _ = path[1:].partition("/")
    odd = {"hang": _hang, "slow": _slow, "drip": _drip, "huge": _huge, "redirect": _redirect}.get(
        kind
    )
    if odd is not None:
        await odd(receiver, writer)
        return False
    if receiver.seconds:
        await asyncio.sleep(receiver.seconds)
    script = receiver.answers.get(path[1:])
    status = script.pop(0) if script else 200
    writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: 4\r\n\r\ndone".encode())
    await writer.drain()
    return True


async def _hang(_: Receiver, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3_600)


async def _slow(_: Receiver, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
    await writer.drain()


async def _drip(_: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _huge(_: Receiver, writer: asyncio.StreamWriter) -> None:
    # Else this very process would be busy filling megabytes of buffers that nobody reads.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(CHUNK))
    writer.transport.set_write_buffer_limits(len(CHUNK))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _number in range(16_384):
        writer.write(CHUNK)
        await writer.drain()


async def _redirect(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    to = receiver.url("trap")
    writer.write(f"HTTP/1.1 307 Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())
    await writer.drain()
