"""Reading catalogs from the control schema."""

import json
from collections.abc import Iterable
from uuid import UUID

from asyncpg import Pool

from app.core.errors import NotFoundError
from app.core.ids import project_schema
from app.engine.catalog.model import Catalog
from app.engine.catalog.snapshot import catalog_from_snapshot

_LATEST = """
SELECT v.version, v.hash, v.snapshot::text
FROM backendify.projects p
JOIN backendify.schema_versions v ON v.project_id = p.id AND v.version = p.schema_version
WHERE p.id = $1
"""
_ONE = """
SELECT version, hash, snapshot::text FROM backendify.schema_versions
WHERE project_id = $1 AND version = $2
"""
_VERSIONS = "SELECT id, schema_version FROM backendify.projects WHERE id = ANY($1::uuid[])"


async def load_catalog(pool: Pool, project_id: UUID, version: int | None = None) -> Catalog:
    """The project's current catalog, or the one of an applied version."""
    if version is None:
        row = await pool.fetchrow(_LATEST, project_id)
    else:
        row = await pool.fetchrow(_ONE, project_id, version)
    if row is None:
        raise NotFoundError("There is no such project or schema version.")
    return catalog_from_snapshot(
        project_id, project_schema(project_id), row[0], row[1], json.loads(row[2])
    )


async def load_versions(pool: Pool, project_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The current schema version of each of the projects that still exist."""
    rows = await pool.fetch(_VERSIONS, list(project_ids))
    return {row[0]: row[1] for row in rows}
