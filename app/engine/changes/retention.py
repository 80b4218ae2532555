"""How much of a project's log is kept: changes for as long as the project says, images of
collections whose history is ``keys`` for an hour.

Nothing goes that a reader of the log has not had, however old it is. All of it is done in small
steps, and any number of workers may do it: each forgets from the first position on.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.core.db import Database
from app.core.event import LogReader
from app.core.ids import project_schema
from app.engine.changes.compile_retention import forget_changes, leave_milestone, strip_images

STEP = 1_000
PAUSE_SECONDS = 0.02

_CURSORS = "SELECT reader, seq FROM backendify.log_cursors WHERE project_id = $1"
_END = 2**63 - 1


async def passed_by_all(database: Database, project_id: UUID, readers: Iterable[LogReader]) -> int:
    """The position up to which no reader that follows the project needs the log any more."""
    known = {reader.name: reader for reader in readers}
    passed = _END
    for row in await database.owner.fetch(_CURSORS, project_id):
        reader = known.get(row["reader"])
        if reader is None:
            continue
        passed = min(passed, row["seq"])
        first = await reader.needs(database.owner, project_id) if reader.needs else None
        passed = passed if first is None else min(passed, first - 1)
    return passed


async def forget(database: Database, project_id: UUID, until: datetime, upto: int) -> int:
    """Forget the changes that were written before ``until``, none behind ``upto``; how many."""
    schema = project_schema(project_id)
    pool = (await database.placement(project_id)).owner
    forgotten = 0
    while gone := await pool.fetchval(forget_changes(schema), until, upto, STEP):
        forgotten += gone
        await asyncio.sleep(PAUSE_SECONDS)
    await pool.execute(leave_milestone(schema), until, upto)
    return forgotten


async def strip(
    database: Database,
    project_id: UUID,
    collections: Sequence[str],
    until: datetime,
    reach: tuple[int, int],
) -> int:
    """Remove the images of changes of collections that were written before ``until``.

    ``reach`` is where it begins (a position that was done) and where it ends at the latest;
    answers where to go on.
    """
    since, upto = reach
    text = strip_images(project_schema(project_id))
    pool = (await database.placement(project_id)).owner
    while True:
        (found,) = await pool.fetch(text, list(collections), until, since, upto, STEP)
        seen, edge = found
        since = since if edge is None else edge
        if seen < STEP or edge is None:
            return since
        await asyncio.sleep(PAUSE_SECONDS)
