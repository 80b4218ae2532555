"""Server-sent events: one subscription on one response that does not end by itself."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.core.json_text import dump_json
from app.core.tasks import end_tasks
from app.features.realtime.connection import SLOW, Connection, End, Listener
from app.features.realtime.errors import FORBIDDEN
from app.features.realtime.frames import Frame
from app.features.realtime.hub import Hub

KEEP_ALIVE_SECONDS = 15.0
GRACE_SECONDS = 10.0
CHUNK_BYTES = 64 * 1024
RETRY_MS = 2_000
KEEP_ALIVE = ": keep-alive\n\n"


class StreamSink:
    """How a stream's listener is told things."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def frame(self, frame: Frame) -> str:
        return frame.as_stream(names_actor=self._connection.names_actor(frame.actor))

    def resync(self, seq: int) -> str:
        return resync_text(seq)

    def lost(self, error: Exception) -> None:
        """The request could not be made again: what it would be answered, the next one is."""
        self._connection.end(End(FORBIDDEN, getattr(error, "code", "not_found")))


class EventStream(Response):
    """The response of a listener who was placed at ``position``."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, listener: Listener, position: int, *, is_broken: bool) -> None:
        super().__init__(headers={"x-accel-buffering": "no", "cache-control": "no-store"})
        del self.headers["content-length"]
        self._hub = hub
        self._listener = listener
        self._connection = listener.connection
        self._opening = f"retry: {RETRY_MS}\nid: {position}\n\n"
        if is_broken:
            self._opening += resync_text(position)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        writing = asyncio.create_task(self._write(send))
        following = asyncio.create_task(self._hub.follow(self._listener))
        gone = asyncio.create_task(_gone(receive))
        overdue = asyncio.create_task(self._overdue())
        try:
            await asyncio.wait({writing, gone, overdue}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks(writing, following, gone, overdue)
            await self._hub.dismiss(self._connection)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _send(send, self._opening)
        connection = self._connection
        while connection.ended is None or connection.waiting:
            if not await connection.filled(KEEP_ALIVE_SECONDS):
                await _send(send, KEEP_ALIVE)
            elif connection.waiting:
                await _send(send, "".join(connection.take(CHUNK_BYTES)))
        if connection.ended is SLOW:
            await _send(send, resync_text(self._listener.position))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _overdue(self) -> None:
        """Return when a client has not taken what was left for a while after the end."""
        await self._connection.over()
        await asyncio.sleep(GRACE_SECONDS)


def resync_text(seq: int) -> str:
    """Events were missed: the client reads its lists again, and goes on from here."""
    return f"id: {seq}\nevent: resync\ndata: {dump_json({'seq': seq})}\n\n"


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
