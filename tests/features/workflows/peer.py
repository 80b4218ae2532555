"""Another server on loopback: it tells what it was sent, or answers as it was told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Peer:
    """``answers[path]`` is a list of raw answers, taken one by one; else what came is told."""

    port: int = 0
    answers: dict[str, list[bytes]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.netloc}{path}"

    def will_answer(
        self,
        path: str,
        status: int,
        body: bytes = b"",
        content_type: str = "text/plain",
        **headers: str,
    ) -> None:
        lines = [f"HTTP/1.1 {status} So", f"Content-Type: {content_type}"]
        lines += [
            f"Content-Length: {len(body)}",
            *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
        ]
        raw = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self.answers.setdefault(path, []).append(raw)


@asynccontextmanager
async def serving() -> AsyncIterator[Peer]:
    peer = Peer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await _answer(peer, reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()


async def _answer(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    told = {"method": method, "path": path, "query": query, "headers": headers}
    told["body"] = body.decode()
    peer.requests.append(told)
    script = peer.answers.get(path)
    if script:
        raw = script.pop(0)
    else:
        text = json.dumps(told).encode()
        kind = b"Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n"
        raw = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (kind, len(text), text)
    if raw == b"hang":
        await asyncio.sleep(30)
    writer.write(raw)
    await writer.drain()
