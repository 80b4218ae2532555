"""The end of a project's log, read once in a process for all who listen there.

A bounded window of what was read last is kept, so that most who come back are served from memory;
who was away for longer is served from the log.
"""

from collections import deque
from collections.abc import Sequence
from uuid import UUID

from app.core.db import Database
from app.core.event import Event
from app.core.ids import project_schema
from app.engine.changes.compile_relay import last_seq, read_events, read_since
from app.engine.changes.compile_retention import is_bare_behind, read_reach
from app.engine.changes.fan_out import as_event

BATCH = 500
WINDOW_EVENTS = 2_000
WINDOW_BYTES = 8 * 1024 * 1024


class Tail:
    """``cursor`` is the last event that was read; ``open`` it first."""

    def __init__(self, database: Database, project_id: UUID) -> None:
        self.cursor = 0
        self._database = database
        self._project_id = project_id
        self._schema = project_schema(project_id)
        self._window: deque[tuple[Event, int]] = deque()
        self._bytes = 0

    async def open(self) -> None:
        """Stand at the log's end."""
        pools = await self._database.placement(self._project_id)
        self.cursor = await pools.data.fetchval(last_seq(self._schema)) or 0

    async def read(self) -> tuple[list[Event], bool]:
        """The next events, and whether some before them are gone for good."""
        pools = await self._database.placement(self._project_id)
        rows = await pools.data.fetch(read_events(self._schema), self.cursor, BATCH)
        events = [as_event(self._project_id, row) for row in rows]
        is_broken = bool(events) and events[0].seq != self.cursor + 1
        if is_broken:
            self._window.clear()
            self._bytes = 0
        for event, row in zip(events, rows, strict=True):
            size = len(row["before"] or "") + len(row["after"] or "")
            self._window.append((event, size))
            self._bytes += size
            self.cursor = event.seq
        while self._window and self._is_full():
            self._bytes -= self._window.popleft()[1]
        return events, is_broken

    async def reaches(self, since: int) -> bool:
        """Whether nothing behind ``since`` is missing, images included."""
        if since == self.cursor or self._covers(since):
            return True
        if since > self.cursor:
            return False
        pools = await self._database.placement(self._project_id)
        first, _ = await pools.data.fetchrow(read_reach(self._schema), since)
        if first != since + 1:
            return False
        return not await pools.data.fetchval(is_bare_behind(self._schema), since)

    async def behind(self, since: int, collections: Sequence[str]) -> tuple[list[Event], int]:
        """Some events of these collections behind ``since``, and the position they reach to."""
        upto = self.cursor
        if self._covers(since):
            found = [event for event, _ in self._window if event.seq > since]
            return [event for event in found if event.collection in collections], upto
        pools = await self._database.placement(self._project_id)
        text = read_since(self._schema)
        rows = await pools.data.fetch(text, since, list(collections), BATCH)
        events = [as_event(self._project_id, row) for row in rows]
        return events, events[-1].seq if len(events) == BATCH else max(
            [upto, *(e.seq for e in events)]
        )

    def _covers(self, since: int) -> bool:
        return bool(self._window) and self._window[0][0].seq <= since + 1

    def _is_full(self) -> bool:
        return len(self._window) > WINDOW_EVENTS or self._bytes > WINDOW_BYTES
