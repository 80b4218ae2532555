"""uvicorn's WebSockets, which also take several messages in one send: for each alone, most of the
time would go into the sending."""

from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

TEXTS: Final = "backendify.texts"
"""The extension's name in a scope, and the member of ``websocket.send`` that holds the texts."""

_TEXT: Final = 0x81  # a whole message, of text
_TWO_BYTES, _EIGHT_BYTES = 126, 127


class BatchingSockets(WebSocketsSansIOProtocol):
    """No other extension may be negotiated: frames are written as they are."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: Any = self.scope["extensions"]
            extensions[TEXTS] = {}

    async def send(self, message: Any) -> None:
        texts = message.get(TEXTS)
        if texts is None:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.conn.state is not State.OPEN:
            raise ClientDisconnected
        self.transport.write(frames_of(texts))


def frames_of(texts: Iterable[str]) -> bytes:
    """Each text as a frame of a server's: whole, neither masked nor compressed."""
    parts = []
    for text in texts:
        payload = text.encode()
        size = len(payload)
        if size < _TWO_BYTES:
            parts.append(bytes((_TEXT, size)))
        elif size < 1 << 16:
            parts.append(bytes((_TEXT, _TWO_BYTES)) + size.to_bytes(2, "big"))
        else:
            parts.append(bytes((_TEXT, _EIGHT_BYTES)) + size.to_bytes(8, "big"))
        parts.append(payload)
    return b"".join(parts)
