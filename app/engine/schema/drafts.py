"""Pending changes of a project, kept for all of its admins: one draft a project."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.json_text import dump_json
from app.engine.schema.errors import SchemaNotFoundError
from app.engine.schema.record import Connection

_GET = """
SELECT base, schema::text AS schema, updated_at, updated_by
FROM backendify.schema_drafts WHERE project_id = $1
"""
_PUT = """
INSERT INTO backendify.schema_drafts (project_id, base, schema, updated_by)
VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (project_id) DO UPDATE
SET base = excluded.base, schema = excluded.schema, updated_by = excluded.updated_by,
  updated_at = now()
RETURNING base, schema::text AS schema, updated_at, updated_by
"""
_DELETE = "DELETE FROM backendify.schema_drafts WHERE project_id = $1 RETURNING project_id"


@dataclass(frozen=True, slots=True)
class Draft:
    """A wanted schema document and the state it started from."""

    base: str
    schema: Mapping[str, Any]
    updated_at: datetime
    updated_by: str | None


async def get_draft(connection: Connection, project_id: UUID) -> Draft:
    """Raises SchemaNotFoundError."""
    row = await connection.fetchrow(_GET, project_id)
    if row is None:
        raise SchemaNotFoundError("The project has no schema draft.")
    return _draft(row)


async def put_draft(
    connection: Connection, project_id: UUID, base: str, schema: Mapping[str, Any], actor: str
) -> Draft:
    """Keep a draft in place of the one there is."""
    return _draft(await connection.fetchrow(_PUT, project_id, base, dump_json(dict(schema)), actor))


async def delete_draft(connection: Connection, project_id: UUID) -> bool:
    """False when there was none."""
    return await connection.fetchval(_DELETE, project_id) is not None


def _draft(row: Any) -> Draft:
    return Draft(row["base"], json.loads(row["schema"]), row["updated_at"], row["updated_by"])
