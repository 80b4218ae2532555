"""What this process tells the others of channels, packed into notifications; nothing is kept.

A broadcast reaches another process once or, where the way is interrupted, never.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import structlog

from app.core.connection_errors import AWAY, as_unavailable
from app.core.db import Database
from app.core.errors import UnavailableError
from app.core.json_text import dump_json, parse_json
from app.features.realtime.presence import Key

CHANNEL: Final = "backendify_channels"
MOST_BYTES: Final = 7_900  # a notification takes less than 8,000
MOST_MESSAGE_BYTES: Final = 7_600
MOST_WAITING: Final = 5_000
PAUSE_SECONDS: Final = 0.02

log = structlog.get_logger(__name__)


class Exchange:
    """``heard`` is called with a channel and a message of another process, ``changed`` with a
    channel in which other members are present there."""

    def __init__(
        self,
        database: Database,
        heard: Callable[[Key, str], None],
        changed: Callable[[Key], None],
    ) -> None:
        self.node = uuid4()
        self._database = database
        self._heard = heard
        self._changed = changed
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    def tell(self, key: Key, message: str) -> None:
        """Hand a message (JSON text of at most ``MOST_MESSAGE_BYTES``) on to the others."""
        self._put(dump_json([key[0].hex, key[1], message]))

    def tell_changed(self, key: Key) -> None:
        """Let the others read anew who is present."""
        self._put(dump_json([key[0].hex, key[1]]))

    def _put(self, text: str) -> None:
        self._waiting.append(text)
        self._wake.set()

    def received(self, payload: str) -> None:
        """A notification has come."""
        document = parse_json(payload)
        if document["node"] == self.node.hex:
            return
        for project, topic, *rest in document["told"]:
            key = (UUID(hex=project), topic)
            if rest:
                self._heard(key, rest[0])
            else:
                self._changed(key)

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._wake.clear()
            waiting = list(self._waiting)
            self._waiting.clear()
            await self._send(waiting)

    async def _send(self, waiting: list[str]) -> None:
        text = "SELECT pg_notify($1, each) FROM unnest($2::text[]) each"
        try:
            await self._database.owner.execute(text, CHANNEL, list(self._packed(waiting)))
        except AWAY as error:
            if as_unavailable(error) is None and not isinstance(error, UnavailableError):
                log.exception("channel_messages_lost", count=len(waiting))
            else:
                log.warning("channel_messages_lost", count=len(waiting), error=str(error))

    def _packed(self, waiting: list[str]) -> Iterator[str]:
        head = f'{{"node":"{self.node.hex}","told":['
        pack: list[str] = []
        size = len(head) + 2
        for each in waiting:
            needed = len(each.encode()) + 1
            if pack and size + needed > MOST_BYTES:
                yield f"{head}{','.join(pack)}]}}"
                pack, size = [], len(head) + 2
            pack.append(each)
            size += needed
        if pack:
            yield f"{head}{','.join(pack)}]}}"


def fits(key: Key, message: str) -> bool:
    """Whether a message can be handed on."""
    told: list[Any] = [key[0].hex, key[1], message]
    return len(dump_json(told).encode()) <= MOST_MESSAGE_BYTES
