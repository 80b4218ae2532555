"""Policies and their tests as rows; every change moves the project's policy version."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Pool, Record
from asyncpg.pool import PoolConnectionProxy

from app.core.json_text import dump_json
from app.engine.catalog.cache import CHANNEL
from app.engine.policy.policy import Policy
from app.engine.policy.store import policy_of

Conn = Connection | PoolConnectionProxy

COLUMNS: Final = """
id, name, collection_id, actions, principals, effect, condition::text AS condition,
check_condition::text AS check_condition, fields, presets::text AS presets,
require_verified_email, position, enabled, description, created_at, updated_at
"""
_LIST = f"""
SELECT {COLUMNS} FROM backendify.policies WHERE project_id = $1
AND ($2::text IS NULL OR collection_id = $2) ORDER BY position, id
"""  # noqa: S608 - fixed columns
_GET = f"SELECT {COLUMNS} FROM backendify.policies WHERE project_id = $1 AND id = $2"  # noqa: S608
_LOCK = "SELECT schema_version FROM backendify.projects WHERE id = $1 FOR UPDATE"
_NEXT = "SELECT coalesce(max(position), 0) + 10 FROM backendify.policies WHERE project_id = $1"
_INSERT = """
INSERT INTO backendify.policies (id, project_id, name, collection_id, actions, principals, effect,
  condition, check_condition, fields, presets, require_verified_email, position, enabled,
  description)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb, $10, $11::text::jsonb, $12,
  $13, $14, $15)
"""
_UPDATE = """
UPDATE backendify.policies SET name = $3, collection_id = $4, actions = $5, principals = $6,
  effect = $7, condition = $8::text::jsonb, check_condition = $9::text::jsonb, fields = $10,
  presets = $11::text::jsonb, require_verified_email = $12, position = $13, enabled = $14,
  description = $15, updated_at = now()
WHERE id = $1 AND project_id = $2
"""
_DELETE = "DELETE FROM backendify.policies WHERE project_id = $1 AND id = $2"
_CHANGED = "UPDATE backendify.projects SET policy_version = policy_version + 1 WHERE id = $1"
_NOTIFY = "SELECT pg_notify($1, $2)"

_LIST_TESTS = """
SELECT id, name, definition::text AS definition, created_at, updated_at
FROM backendify.policy_tests WHERE project_id = $1 ORDER BY id
"""
_PUT_TEST = """
INSERT INTO backendify.policy_tests (id, project_id, name, definition)
VALUES ($1, $2, $3, $4::text::jsonb)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, definition = excluded.definition,
  updated_at = now()
WHERE policy_tests.project_id = excluded.project_id
RETURNING id, name, definition::text AS definition, created_at, updated_at
"""
_DELETE_TEST = "DELETE FROM backendify.policy_tests WHERE project_id = $1 AND id = $2"


async def list_policies(
    connection: Conn | Pool, project_id: UUID, collection_id: str | None = None
) -> Sequence[Record]:
    found: Sequence[Record] = await connection.fetch(_LIST, project_id, collection_id)
    return found


async def find_policy(connection: Conn | Pool, project_id: UUID, policy_id: UUID) -> Record | None:
    return await connection.fetchrow(_GET, project_id, policy_id)


async def lock_policies(connection: Conn, project_id: UUID) -> None:
    """Let one change of a project's policies happen at a time."""
    await connection.execute(_LOCK, project_id)


async def next_position(connection: Conn, project_id: UUID) -> int:
    return int(await connection.fetchval(_NEXT, project_id))


async def insert_policy(
    connection: Conn,
    project_id: UUID,
    policy: Policy,
    *,
    enabled: bool = True,
    description: str | None = None,
) -> None:
    await connection.execute(_INSERT, *_values(project_id, policy), enabled, description)


async def update_policy(
    connection: Conn, project_id: UUID, policy: Policy, *, enabled: bool, description: str | None
) -> None:
    await connection.execute(_UPDATE, *_values(project_id, policy), enabled, description)


async def delete_policy(connection: Conn, project_id: UUID, policy_id: UUID) -> bool:
    done: str = await connection.execute(_DELETE, project_id, policy_id)
    return done != "DELETE 0"


async def announce_policies(connection: Conn, project_id: UUID) -> None:
    """Move the policy version, and tell every process when the transaction commits."""
    await connection.execute(_CHANGED, project_id)
    await connection.execute(_NOTIFY, CHANNEL, str(project_id))


async def enabled_policies(connection: Conn, project_id: UUID) -> tuple[Policy, ...]:
    """The policies that count, as the connection's transaction sees them."""
    rows = await list_policies(connection, project_id)
    return tuple(policy_of(row) for row in rows if row["enabled"])


async def list_tests(connection: Conn | Pool, project_id: UUID) -> Sequence[Record]:
    found: Sequence[Record] = await connection.fetch(_LIST_TESTS, project_id)
    return found


async def put_test(
    connection: Conn, project_id: UUID, test_id: UUID, name: str, definition: Any
) -> Record | None:
    """Create or replace a test; None where the id is another project's."""
    stated = dump_json(definition)
    return await connection.fetchrow(_PUT_TEST, test_id, project_id, name, stated)


async def delete_test(connection: Conn, project_id: UUID, test_id: UUID) -> bool:
    done: str = await connection.execute(_DELETE_TEST, project_id, test_id)
    return done != "DELETE 0"


def _values(project_id: UUID, policy: Policy) -> tuple[Any, ...]:
    return (
        policy.id,
        project_id,
        policy.name,
        policy.collection,
        sorted(policy.actions),
        list(policy.principals),
        policy.effect,
        _json(policy.where),
        _json(policy.check),
        None if policy.fields is None else list(policy.fields),
        dump_json(dict(policy.presets)),
        policy.require_verified_email,
        policy.position,
    )


def _json(document: Any) -> str | None:
    return None if document is None else dump_json(document)
