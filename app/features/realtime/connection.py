"""One listener's connection: who they are, what waits to be sent to them, and why it ended."""

import asyncio
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from app.core.config import Settings
from app.engine.identity.principal import Caller
from app.features.realtime.errors import TRY_LATER
from app.features.realtime.frames import Frame
from app.features.realtime.sight import Sight
from app.features.realtime.spec import Spec

_KNOWING = frozenset({"admin_user", "api_key"})
HALF = 2


@dataclass(frozen=True, slots=True)
class End:
    """Why a connection ends: a WebSocket's close code, and a stable word."""

    code: int
    reason: str


SLOW = End(TRY_LATER, "too_slow")


class Connection:
    """Holds texts until they are sent: so many and no more.

    ``credentials`` and ``project_ref`` are what the caller is looked up by, again and again.
    """

    def __init__(
        self, settings: Settings, caller: Caller, credentials: str, project_ref: str
    ) -> None:
        self.caller = caller
        self.credentials = credentials
        self.project_ref = project_ref
        self.ended: End | None = None
        self.waiting: deque[str] = deque()
        self._most = settings.realtime_queue_events
        self._most_bytes = settings.realtime_queue_bytes
        self._bytes = 0
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._over = asyncio.Event()

    @property
    def owner(self) -> Hashable:
        """Whose connections are counted together."""
        return self.caller.principal.id or self.caller.address

    def names_actor(self, actor: str | None) -> bool:
        """Who wrote is told to members and keys; others learn what they did themselves."""
        principal = self.caller.principal
        return principal.kind in _KNOWING or actor == principal.actor

    def push(self, text: str) -> None:
        """Queue a text; a listener who does not keep up is dropped."""
        if self.ended is not None:
            return
        self.waiting.append(text)
        self._bytes += len(text)
        is_full = len(self.waiting) > self._most or self._bytes > self._most_bytes
        if is_full and len(self.waiting) > 1:  # a single one is let through, whatever its size
            self.end(SLOW)
        self._filled.set()

    def end(self, end: End) -> None:
        """Ask for the connection's end; the first reason counts."""
        if self.ended is not None:
            return
        self.ended = end
        if end is SLOW:
            self.waiting.clear()
        self._filled.set()
        self._emptied.set()
        self._over.set()

    async def over(self) -> None:
        """Wait until the end is asked for."""
        await self._over.wait()

    def take(self, most_bytes: int) -> list[str]:
        """The next texts, of about so many bytes together."""
        taken: list[str] = []
        size = 0
        while self.waiting and size < most_bytes:
            text = self.waiting.popleft()
            size += len(text)
            taken.append(text)
        self._bytes = self._bytes - size if self.waiting else 0
        if not self.waiting and self.ended is None:
            self._filled.clear()
        self._emptied.set()
        return taken

    async def filled(self, seconds: float | None = None) -> bool:
        """Wait until there is something to send or the end has come; False: for too long."""
        if self._filled.is_set():
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._filled.wait()
        except TimeoutError:
            return False
        return True

    async def room(self) -> None:
        """Wait until half of the queue is free."""
        while self.ended is None and self._is_half_full():
            self._emptied.clear()
            await self._emptied.wait()

    def _is_half_full(self) -> bool:
        half, half_bytes = self._most // HALF, self._most_bytes // HALF
        return len(self.waiting) > half or self._bytes > half_bytes


class Sink(Protocol):
    """How a subscription's listener is told things."""

    def frame(self, frame: Frame) -> str: ...

    def resync(self, seq: int) -> str: ...

    def lost(self, error: Exception) -> None: ...


class Listener:
    """One subscription. ``position`` is the last event that it was shown or passed over by;
    ``sight`` is None until it is worked out."""

    __slots__ = ("connection", "gone", "position", "sight", "sink", "spec")

    def __init__(self, connection: Connection, spec: Spec, sink: Sink) -> None:
        self.connection = connection
        self.spec = spec
        self.sink = sink
        self.position = 0
        self.sight: Sight | None = None
        self.gone = False

    def deliver(self, frames: list[Frame], upto: int) -> None:
        """Queue those that are new to it."""
        for frame in frames:
            if frame.seq > self.position:
                self.connection.push(self.sink.frame(frame))
        self.position = max(self.position, upto)

    def resync(self, upto: int) -> None:
        """Say that events are missing, and go on behind ``upto``."""
        self.connection.push(self.sink.resync(upto))
        self.position = max(self.position, upto)
