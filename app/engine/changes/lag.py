"""How far the relay and the readers of a project's log are behind what was committed."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core.db import Database
from app.core.ids import project_schema
from app.engine.changes.compile_relay import read_unread, read_waiting

MOST_COUNTED = 10_000
"""A relay's backlog is counted as far as this: beyond, the figure says no more."""

_CURSORS = "SELECT reader, seq FROM backendify.log_cursors WHERE project_id = $1"


@dataclass(frozen=True, slots=True)
class Lag:
    """``changes`` are waiting, the first of them for ``seconds``."""

    changes: int = 0
    seconds: float = 0.0

    def with_other(self, other: "Lag") -> "Lag":
        """Of several projects: all that wait, and the longest."""
        return Lag(self.changes + other.changes, max(self.seconds, other.seconds))


async def relay_lag(database: Database, project_id: UUID) -> Lag:
    """What has no ``seq`` yet."""
    pools = await database.placement(project_id)
    text = read_waiting(project_schema(project_id))
    (row,) = await pools.data.fetch(text, MOST_COUNTED)
    return Lag(row[0], float(row[1]))


async def reader_lags(database: Database, project_id: UUID) -> Mapping[str, Lag]:
    """By reader that follows the project, what it has not taken yet."""
    pools = await database.placement(project_id)
    text = read_unread(project_schema(project_id))
    lags = {}
    for cursor in await database.owner.fetch(_CURSORS, project_id):
        (row,) = await pools.data.fetch(text, cursor["seq"])
        lags[cursor["reader"]] = Lag(max(row[0], 0), float(row[1]))
    return lags
