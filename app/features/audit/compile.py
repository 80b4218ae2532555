"""The statements of the audit routes: the newest first, narrowed by what is asked."""

from collections.abc import Mapping
from typing import Any, Final

from app.core.sql import qualified
from app.engine.changes.compile_relay import COLUMNS

_OF_CHANGES: Final[Mapping[str, str]] = {
    "collection": "collection = {}::text",
    "action": "action = {}::text",
    "actor_id": "split_part(actor, ':', 2) = {}::text",
    "record_id": "record_id = {}::text",
    "request_id": "request_id = {}::text",
    "since": "at >= {}::timestamptz",
    "until": "at < {}::timestamptz",
    "before": "n < {}::bigint",
}
_OF_CONTROL: Final[Mapping[str, str]] = {
    "action": "action = {}::text",
    "actor_id": "split_part(actor, ':', 2) = {}::text",
    "record_id": "target = {}::text",
    "request_id": "request_id = {}::text",
    "since": "at >= {}::timestamptz",
    "until": "at < {}::timestamptz",
    "before": "id < {}::uuid",
}
Compiled = tuple[str, list[Any]]


def read_changes(schema: str, wanted: Mapping[str, Any], limit: int) -> Compiled:
    """Changes of a project's records that meet everything that is ``wanted``, by name."""
    where, values = _where(_OF_CHANGES, wanted, [limit])
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        f"WHERE {where} ORDER BY n DESC LIMIT $1",
        values,
    )


def read_control(project_id: Any, wanted: Mapping[str, Any], limit: int) -> Compiled:
    """What admins did in a project."""
    where, values = _where(_OF_CONTROL, wanted, [limit, project_id])
    return (
        "SELECT id, at, action, target, actor, request_id, detail::text "
        f"FROM backendify.control_log WHERE project_id = $2 AND {where} ORDER BY id DESC LIMIT $1",
        values,
    )


def _where(
    known: Mapping[str, str], wanted: Mapping[str, Any], values: list[Any]
) -> tuple[str, list[Any]]:
    parts = ["true"]
    for name, value in wanted.items():
        values.append(value)
        parts.append(known[name].format(f"${len(values)}"))
    return " AND ".join(parts), values
