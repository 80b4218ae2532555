"""Who still says the names that collections and fields had before: counted, and told.

A request costs nothing here unless its collection has former names at all.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.core.connection_errors import as_unavailable
from app.core.db import Database
from app.engine.catalog.model import Catalog, Field

FLUSH_SECONDS = 2.0
_MOST_ROWS = 100
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NAMING = frozenset({"sort", "fields", "expand", "group_by", "on_conflict"})
_ADD = """
INSERT INTO backendify.alias_uses (project_id, object_id, name, uses)
SELECT $1, o, n, u FROM unnest($2::text[], $3::text[], $4::bigint[]) AS given(o, n, u)
WHERE EXISTS (SELECT FROM backendify.projects WHERE id = $1)
ON CONFLICT (project_id, object_id, name)
DO UPDATE SET uses = alias_uses.uses + excluded.uses, last_used_at = now()
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that was said, and the one that the object has now."""

    object_id: str
    said: str
    now: str


def find_former_names(
    catalog: Catalog,
    collection_name: str,
    pairs: Iterable[tuple[str, str]],
    body: Any,
    knows: Callable[[Field], bool],
) -> tuple[FormerName, ...]:
    """The former names in a data request: in its path, its query string, its body's keys.

    Only of fields that the caller ``knows``: words are looked at wherever they stand, and one that
    means something else there must not tell what a hidden field is called.
    """
    collection = catalog.find_collection(collection_name)
    if collection is None:
        return ()
    found = []
    if collection_name != collection.name:
        found.append(FormerName(collection.id, collection_name, collection.name))
    if collection.aliases:
        for name in dict.fromkeys((*_names_of(pairs), *_keys_of(body))):
            if name in collection.aliases and name not in collection.fields:
                field = collection.by_id[collection.aliases[name]]
                if knows(field):
                    found.append(FormerName(field.id, name, field.name))
    return tuple(found)


class FormerNames:
    """Counts uses in memory and writes them down every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._uses: Counter[tuple[UUID, str, str]] = Counter()
        self._task: asyncio.Task[None] | None = None

    def note(self, project_id: UUID, names: Sequence[FormerName]) -> None:
        """Count a request's former names: no I/O here."""
        self._uses.update((project_id, each.object_id, each.said) for each in names)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush_soon())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()

    async def _flush_soon(self) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        await self._flush()

    async def _flush(self) -> None:
        uses, self._uses = self._uses, Counter()
        projects = {project_id for project_id, _, _ in uses}
        for project_id in projects:
            rows = [(o, n, count) for (p, o, n), count in uses.items() if p == project_id]
            try:
                await self._database.owner.execute(
                    _ADD, project_id, *map(list, zip(*rows, strict=True))
                )
            except Exception as error:
                if as_unavailable(error) is None and not isinstance(error, asyncpg.PostgresError):
                    raise
                log.info("former_names_not_counted", error=str(error))


def _names_of(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in pairs:
        if name in _NAMING:
            yield from _NAME.findall(value)
        else:
            yield name.removeprefix("f.").split("__")[0]


def _keys_of(body: Any) -> Iterator[str]:
    rows = body if isinstance(body, list) else [body]
    for row in rows[:_MOST_ROWS]:
        if isinstance(row, dict):
            yield from row
