"""HTTP servers on loopback that remember who came: traps, and receivers that answer oddly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"


@dataclass
class Trap:
    """``connections`` counts who came; ``requests`` holds the heads that were sent."""

    port: int = 0
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def redirect(status: int, location: str) -> bytes:
    return f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@asynccontextmanager
async def trap(
    answer: bytes | Callable[[Trap], bytes] = OK,
    *,
    host: str = "127.0.0.1",
    drip_seconds: float = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Trap]:
    """Answer every request with ``answer``, byte after byte when it drips."""
    caught = Trap()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            caught.requests.append(head.decode("latin-1"))
            said = answer if isinstance(answer, bytes) else answer(caught)
            for start in range(0, len(said), 1 if drip_seconds else len(said)):
                writer.write(said[start : start + (1 if drip_seconds else len(said))])
                await writer.drain()
                await asyncio.sleep(drip_seconds)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: caught.names.append(name)
    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    caught.port = server.sockets[0].getsockname()[1]
    async with server:
        yield caught
