"""Pending changes of a project, kept for all of its admins: one draft a project."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from app.core.errors import PreconditionFailedError
from app.core.json_text import dump_json
from app.engine.schema.errors import SchemaNotFoundError
from app.engine.schema.record import Connection

_GET = """
SELECT base, schema::text AS schema, updated_at, updated_by
FROM backendify.schema_drafts WHERE project_id = $1
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('schema draft ' || $1::text, 0))"
_PUT = """
INSERT INTO backendify.schema_drafts (project_id, base, schema, updated_by)
VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (project_id) DO UPDATE
SET base = excluded.base, schema = excluded.schema, updated_by = excluded.updated_by,
  updated_at = now()
RETURNING base, schema::text AS schema, updated_at, updated_by
"""
_AGAIN: Final = "Read the draft anew, and change that."
_DELETE = "DELETE FROM backendify.schema_drafts WHERE project_id = $1 RETURNING project_id"


@dataclass(frozen=True, slots=True)
class Draft:
    """A wanted schema document and the state it started from."""

    base: str
    schema: Mapping[str, Any]
    updated_at: datetime
    updated_by: str | None
    tag: str
    """The ETag: of what is wanted and of what it started from."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a write asks of the draft that it replaces: ``match`` is If-Match, ``none_match``
    If-None-Match, which can only ask that there be none (``*``)."""

    match: str | None = None
    none_match: str | None = None

    def check(self, found: str | None) -> None:
        """``found`` is the tag of the draft there is. Raises PreconditionFailedError."""
        if self.match is not None and not _matches(self.match, found):
            message = "The draft is not the one that If-Match names."
            raise PreconditionFailedError(message, hint=_AGAIN)
        if self.none_match is not None and _matches(self.none_match, found):
            raise PreconditionFailedError("There is a draft by now.", hint=_AGAIN)


ANYTHING: Final = Expected()


async def get_draft(connection: Connection, project_id: UUID) -> Draft:
    """Raises SchemaNotFoundError."""
    row = await connection.fetchrow(_GET, project_id)
    if row is None:
        raise SchemaNotFoundError("The project has no schema draft.")
    return _draft(row)


async def put_draft(
    connection: Connection,
    project_id: UUID,
    base: str,
    schema: Mapping[str, Any],
    actor: str,
    *,
    expected: Expected = ANYTHING,
) -> Draft:
    """Keep a draft in place of the one there is. Raises PreconditionFailedError."""
    async with connection.transaction():
        await _expect(connection, project_id, expected)
        text = dump_json(dict(schema))
        return _draft(await connection.fetchrow(_PUT, project_id, base, text, actor))


async def delete_draft(
    connection: Connection, project_id: UUID, *, expected: Expected = ANYTHING
) -> bool:
    """False when there was none. Raises PreconditionFailedError."""
    async with connection.transaction():
        await _expect(connection, project_id, expected)
        return await connection.fetchval(_DELETE, project_id) is not None


async def _expect(connection: Connection, project_id: UUID, expected: Expected) -> None:
    """Writers of the same draft come one after another, also where there is none to lock."""
    await connection.execute(_LOCK, str(project_id))
    row = await connection.fetchrow(_GET, project_id)
    expected.check(None if row is None else _draft(row).tag)


def _matches(header: str, tag: str | None) -> bool:
    if tag is None:
        return False
    named = {each.strip().removeprefix("W/") for each in header.split(",")}
    return bool(named & {"*", tag})


def _draft(row: Any) -> Draft:
    told = f"{row['base']} {row['schema']}".encode()
    tag = f'"{blake2b(told, digest_size=12).hexdigest()}"'
    schema = json.loads(row["schema"])
    return Draft(row["base"], schema, row["updated_at"], row["updated_by"], tag)
