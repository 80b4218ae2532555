"""uvicorn's HTTP, which writes what belongs together at once.

uvicorn hands over the head of an answer and its body one after the other, and each goes out as a
packet of its own: two system calls, and a client that is woken twice.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HELD_BYTES: Final = 32 * 1024


class JoiningHttp(HttpToolsProtocol):
    """Writes through a transport that joins; a WebSocket is left the one beneath."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        joining: Any = JoiningTransport(transport, self.loop)
        super().connection_made(joining)

    def eof_received(self) -> None:
        # The transport closes itself next, and takes no more writes then.
        joining: Any = self.transport
        joining.beneath()
        super().eof_received()

    def handle_websocket_upgrade(self) -> None:
        joining: Any = self.transport
        self.transport = joining.beneath()
        super().handle_websocket_upgrade()


class JoiningTransport:
    """Sends all that is written in one turn of the loop together, or as soon as it is much: then
    the writer learns whether the client keeps up."""

    __slots__ = ("_held", "_loop", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)
        self._size += len(data)
        if self._size > _MOST_HELD_BYTES:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def beneath(self) -> asyncio.Transport:
        """The transport itself, with nothing held back before it."""
        self._send()
        return self._transport

    def _send(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held:
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
