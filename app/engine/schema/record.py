"""Recording a schema version: the row, the project's number, the fence, the wake-up.

All in the caller's transaction, so that DDL and what is said about it commit together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.core.json_text import dump_json
from app.core.sql import qualified
from app.engine.catalog.model import Catalog
from app.engine.catalog.snapshot import catalog_to_snapshot

CHANNEL = "backendify_catalog"
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_INSERT = """
INSERT INTO backendify.schema_versions
  (project_id, version, hash, snapshot, plan, actor, summary)
VALUES ($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7)
"""
_PROJECT = "UPDATE backendify.projects SET schema_version = $2, updated_at = now() WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Version:
    """What is remembered of an applied plan beside the state it led to."""

    plan: Mapping[str, Any]
    actor: str | None
    summary: str


async def record_version(connection: Connection, catalog: Catalog, version: Version) -> None:
    """Make ``catalog`` the project's current one; its ``version`` must be the next number."""
    await connection.execute(
        _INSERT,
        catalog.project_id,
        catalog.version,
        catalog.hash,
        dump_json(catalog_to_snapshot(catalog)),
        dump_json(dict(version.plan)),
        version.actor,
        version.summary,
    )
    await connection.execute(_PROJECT, catalog.project_id, catalog.version)
    fence = qualified(catalog.schema, "_meta")
    await connection.execute(f"UPDATE {fence} SET version = $1", catalog.version)  # noqa: S608 - a quoted name
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(catalog.project_id))
