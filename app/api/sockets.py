"""uvicorn's WebSockets, which also take several messages in one send, and no more frames than are
good for anything: their count is bounded as their size is."""

import time
from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

TEXTS: Final = "backendify.texts"
"""The extension's name in a scope, and the member of ``websocket.send`` that holds the texts."""

INVALID_TEXT: Final = 1007
TOO_BIG: Final = 1009
TOO_MANY: Final = 4429
MOST_FRAGMENTS: Final = 1_000
MOST_CONTROLS: Final = 50
"""How many pings and pongs a client may send in a second."""

MOST_QUEUED: Final = 200
"""How many messages may wait for the application, which takes far fewer in a second."""

_SLICE_BYTES: Final = 4 * 1024
_MOST_BYTES_AFTER_CLOSE: Final = 256 * 1024
_TEXT: Final = 0x81  # a whole message, of text
_TWO_BYTES, _EIGHT_BYTES = 126, 127


class BatchingSockets(WebSocketsSansIOProtocol):
    """No other extension may be negotiated: frames are written as they are.

    An answer to a ping is written whether or not the client reads, fragments are kept until the
    last has come, and all that is read at once is parsed at once, behind a close as well: of each
    uvicorn would take any number.
    """

    _second = 0
    _controls = 0
    _bytes_after_close = 0

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: Any = self.scope["extensions"]
            extensions[TEXTS] = {}

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE_BYTES):
            if self.transport.is_closing():
                return
            part = data[start : start + _SLICE_BYTES]
            if self.close_sent:
                self._bytes_after_close += len(part)
                if self._bytes_after_close > _MOST_BYTES_AFTER_CLOSE:
                    self.transport.abort()
                    return
            super().data_received(part)

    def handle_ping(self) -> None:
        if self._may_go_on():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_go_on():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:
            self._end(TOO_BIG, "too_many_fragments")
        if not self.close_sent:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.queue.qsize() >= MOST_QUEUED:
            self._end(TOO_MANY, "too_many_messages")
        elif self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._end(INVALID_TEXT, "invalid_text")
        if not self.close_sent:
            super().send_receive_event_to_app()

    def _may_go_on(self) -> bool:
        """Count a control frame; who sends too many is closed."""
        now = int(time.monotonic())
        if now != self._second:
            self._second, self._controls = now, 0
        self._controls += 1
        if self._controls > MOST_CONTROLS:
            self._end(TOO_MANY, "too_many_messages")
        return not self.close_sent

    def _end(self, code: int, reason: str) -> None:
        """Close at once: the client keeps to no protocol, and none is kept to with it."""
        self.frames = []
        if not self.close_sent and self.conn.state is State.OPEN:
            self.conn.send_close(code, reason)
            self.handle_parser_exception()

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
