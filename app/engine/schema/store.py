"""The control tables of schema evolution: versions and tombstones, read and written."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import project_schema
from app.core.json_text import dump_json
from app.engine.catalog.model import Catalog
from app.engine.catalog.snapshot import (
    catalog_from_snapshot,
    collection_from_stored,
    collection_to_stored,
    field_from_stored,
    field_to_stored,
)
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.collections import (
    CREATED_BY,
    CreateCollection,
    DropCollection,
    SetCreatedBy,
)
from app.engine.schema.changes.fields import AddField, DropField, is_link
from app.engine.schema.errors import SchemaNotFoundError
from app.engine.schema.record import Connection
from app.engine.schema.tombstones import Tombstones

_CURRENT = """
SELECT v.version, v.hash, v.snapshot::text AS snapshot
FROM backendify.projects p
JOIN backendify.schema_versions v ON v.project_id = p.id AND v.version = p.schema_version
WHERE p.id = $1
"""
_VERSION = """
SELECT version, hash, snapshot::text AS snapshot FROM backendify.schema_versions
WHERE project_id = $1 AND version = $2
"""
_HISTORY = """
SELECT version, hash, applied_at, actor, summary, plan::text AS plan
FROM backendify.schema_versions WHERE project_id = $1 ORDER BY version DESC LIMIT $2 OFFSET $3
"""
_APPLIED = """
SELECT version, hash, applied_at, actor, summary, plan::text AS plan
FROM backendify.schema_versions WHERE project_id = $1 AND version = $2
"""
_TOMBSTONES = """
SELECT collection_id, field_id, definition::text AS definition
FROM backendify.schema_tombstones WHERE project_id = $1
"""
_BURY = """
INSERT INTO backendify.schema_tombstones
  (project_id, collection_id, field_id, kind, name, definition, dropped_version, dropped_by)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8)
"""
_DIG = """
DELETE FROM backendify.schema_tombstones
WHERE project_id = $1 AND collection_id = $2 AND field_id = $3
"""
_EXPIRED = """
SELECT collection_id, field_id, kind FROM backendify.schema_tombstones
WHERE project_id = $1 AND dropped_at < $2 ORDER BY dropped_at
"""


@dataclass(frozen=True, slots=True)
class AppliedVersion:
    """One line of a project's schema history."""

    version: int
    hash: str
    applied_at: datetime
    actor: str | None
    summary: str
    plan: Mapping[str, Any]


async def load_current(connection: Connection, project_id: UUID) -> Catalog:
    """The project's catalog as this transaction sees it."""
    row = await connection.fetchrow(_CURRENT, project_id)
    return _catalog(project_id, row)


async def load_version(connection: Connection, project_id: UUID, version: int) -> Catalog:
    """The catalog of an applied version. Raises SchemaNotFoundError."""
    row = await connection.fetchrow(_VERSION, project_id, version)
    return _catalog(project_id, row)


async def list_versions(
    connection: Connection, project_id: UUID, limit: int, offset: int
) -> list[AppliedVersion]:
    """Applied versions, the newest first."""
    rows = await connection.fetch(_HISTORY, project_id, limit, offset)
    return [AppliedVersion(**dict(row) | {"plan": json.loads(row["plan"])}) for row in rows]


async def get_version(connection: Connection, project_id: UUID, version: int) -> AppliedVersion:
    """Raises SchemaNotFoundError."""
    row = await connection.fetchrow(_APPLIED, project_id, version)
    if row is None:
        raise SchemaNotFoundError("There is no such schema version.")
    return AppliedVersion(**dict(row) | {"plan": json.loads(row["plan"])})


async def load_tombstones(connection: Connection, project_id: UUID) -> Tombstones:
    """What was dropped and is still there."""
    collections, fields = {}, {}
    for row in await connection.fetch(_TOMBSTONES, project_id):
        definition = json.loads(row["definition"])
        if row["field_id"]:
            fields[row["collection_id"], row["field_id"]] = field_from_stored(definition)
        else:
            collections[row["collection_id"]] = collection_from_stored(definition, {})
    return Tombstones(collections, fields)


async def record_tombstones(
    connection: Connection,
    project_id: UUID,
    changes: Iterable[Change],
    version: int,
    actor: str | None,
) -> None:
    """Note what the changes bury, and forget what they bring back."""
    for change in changes:
        if grave := _grave(change):
            kind, name, definition = grave
            keys = (project_id, change.collection_id, change.subject() or "")
            text = dump_json(definition)
            await connection.execute(_BURY, *keys, kind, name, text, version, actor)
        elif _is_return(change):
            await connection.execute(_DIG, project_id, change.collection_id, change.subject() or "")


async def list_expired(
    connection: Connection, project_id: UUID, now: datetime, retention: timedelta
) -> list[tuple[str, str, str]]:
    """(collection id, field id or '', kind) of what is kept no longer."""
    rows = await connection.fetch(_EXPIRED, project_id, now - retention)
    return [(row["collection_id"], row["field_id"], row["kind"]) for row in rows]


async def forget_tombstone(
    connection: Connection, project_id: UUID, collection_id: str, field_id: str
) -> None:
    await connection.execute(_DIG, project_id, collection_id, field_id)


def _catalog(project_id: UUID, row: Any) -> Catalog:
    if row is None:
        raise SchemaNotFoundError("There is no such project or schema version.")
    return catalog_from_snapshot(
        project_id,
        project_schema(project_id),
        row["version"],
        row["hash"],
        json.loads(row["snapshot"]),
    )


def _grave(change: Change) -> tuple[str, str, Mapping[str, Any]] | None:
    """The kind, name and definition of what a change buries; None if it buries nothing."""
    if isinstance(change, DropCollection):
        return "table", change.collection.name, collection_to_stored(change.collection)
    if isinstance(change, DropField) and change.risk() == "destructive":
        kind = "link" if is_link(change.field) else "column"
        return kind, change.field.name, field_to_stored(change.field)
    if isinstance(change, SetCreatedBy) and not change.enabled:
        definition = {"id": CREATED_BY, "name": CREATED_BY, "type": "uuid", "column": CREATED_BY}
        return "column", CREATED_BY, definition
    return None


def _is_return(change: Change) -> bool:
    return isinstance(change, AddField | CreateCollection | SetCreatedBy) and change.restored
