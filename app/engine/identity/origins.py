"""Which other origins' pages may call a project: its setting ``cors_origins``."""

import time

from app.core.db import Database
from app.engine.identity.principal import id_or_slug

HELD_SECONDS = 5.0
MOST_HELD = 10_000

_ORIGINS = """
SELECT o.origin FROM backendify.projects p,
  jsonb_array_elements_text(p.settings -> 'cors_origins') AS o(origin)
WHERE (p.id = $1 OR p.slug = $2) AND p.state = 'active'
"""


class ProjectOrigins:
    """The origins of each project, held for a few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[str, tuple[frozenset[str], float]] = {}

    async def of(self, project_ref: str) -> frozenset[str]:
        """Those a project lists; none for a project that does not exist."""
        held = self._held.get(project_ref)
        if held is not None and held[1] > time.monotonic():
            return held[0]
        rows = await self._database.owner.fetch(_ORIGINS, *id_or_slug(project_ref))
        origins = frozenset(row["origin"] for row in rows)
        if len(self._held) >= MOST_HELD:
            self._held.clear()
        self._held[project_ref] = (origins, time.monotonic() + HELD_SECONDS)
        return origins
