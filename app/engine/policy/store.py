"""Policies in Postgres: read whole, a project at a time."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asyncpg import Pool, Record

from app.core.json_text import parse_json
from app.engine.policy.policy import Policy, PolicySet

_VERSION = "SELECT policy_version FROM backendify.projects WHERE id = $1"
_VERSIONS = "SELECT id, policy_version FROM backendify.projects WHERE id = ANY($1::uuid[])"
_POLICIES = """
SELECT id, name, collection_id, actions, principals, effect, condition::text AS condition,
       check_condition::text AS check_condition, fields, presets::text AS presets,
       require_verified_email, position
FROM backendify.policies WHERE project_id = $1 AND enabled ORDER BY position, id
"""


async def load_policies(pool: Pool, project_id: UUID) -> PolicySet:
    """A project's enabled policies; none for a project that does not exist.

    The version is read first: policies that are newer than it are loaded again by the sweep.
    """
    version = await pool.fetchval(_VERSION, project_id)
    rows = await pool.fetch(_POLICIES, project_id)
    return PolicySet(project_id, version or 0, tuple(map(policy_of, rows)))


async def load_policy_versions(pool: Pool, project_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The version of each of the projects that still exist."""
    rows = await pool.fetch(_VERSIONS, list(project_ids))
    return {row[0]: row[1] for row in rows}


def policy_of(row: Record) -> Policy:
    """A stored row, its JSON columns as text."""
    return Policy(
        id=row["id"],
        name=row["name"],
        collection=row["collection_id"],
        actions=frozenset(row["actions"]),
        principals=tuple(row["principals"]),
        effect=row["effect"],
        where=_json(row["condition"]),
        check=_json(row["check_condition"]),
        fields=None if row["fields"] is None else tuple(row["fields"]),
        presets=_json(row["presets"]) or {},
        require_verified_email=row["require_verified_email"],
        position=row["position"],
    )


def _json(text: str | None) -> Any:
    return None if text is None else parse_json(text)
