"""Incoming webhooks: a URL with a secret in it that starts a workflow."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from app.api.services import Services
from app.core.clock import utc_now
from app.core.errors import TooLargeError, TooManyRequestsError
from app.core.json_text import check_depth, parse_json, read_json
from app.features.workflows.errors import HookNotFoundError
from app.features.workflows.forming import hash_of
from app.features.workflows.queue import NewRun
from app.features.workflows.starting import DEEPEST_INPUT, start_one

_FIND: Final = """
SELECT w.id, w.project_id, w.version, w.definition FROM backendify.workflows w
JOIN backendify.projects p ON p.id = w.project_id
WHERE w.hook_hash = $1 AND w.enabled AND p.state = 'active'
"""
_TOLD: Final = frozenset({"content-type", "user-agent", "webhook-id", "webhook-timestamp"})
MOST_BYTES: Final = 256 * 1_024
_KEYS: Final = ("idempotency-key", "webhook-id")


class TooManyRunsError(TooManyRequestsError):
    """The project started as many runs within this minute as it may; send it again later."""

    code = "workflow_runs_too_many"


async def receive(
    services: Services,
    secret: str,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    body: bytes,
) -> UUID:
    """Start the workflow whose URL it is, once for a message's id; answers the run's id.

    Raises HookNotFoundError, TooManyRunsError, TooLargeError, JsonSyntaxError.
    """
    async with services.database.owner.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_FIND, hash_of(secret))
        if row is None:
            raise HookNotFoundError
        definition = read_json(row["definition"])
        wanted = definition["trigger"].get("headers") or ()
        told = _body(body, _media_type(headers))
        given = {"body": told, "headers": _shown(headers, wanted), "query": dict(query)}
        trigger = {"type": "webhook", "at": utc_now().isoformat(), "input": given}
        key, acts_as = _key(headers), definition["run_as"]
        run = NewRun(row["id"], row["version"], trigger, acts_as, key, "webhook")
        run_id, status = await start_one(connection, row["project_id"], run)
        if status == "stopped":  # and taken back: it can be sent again
            raise TooManyRunsError("Too many runs were started within this minute.", retry_after=60)
        return run_id


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _key(headers: Mapping[str, str]) -> str | None:
    """What tells a message from others: one that is sent again starts nothing."""
    for name in _KEYS:
        if value := headers.get(name):
            return f"webhook:{name}:{sha256(value.encode()).hexdigest()}"
    return None


def _body(body: bytes, content_type: str) -> Any:
    """JSON and forms as values, anything else as text, nothing as null. Raises TooLargeError, and
    JsonSyntaxError of what says that it is JSON and is not."""
    if len(body) > MOST_BYTES:
        raise TooLargeError(f"A message has at most {MOST_BYTES >> 10} KiB.")
    if not body:
        return None
    if content_type == "application/json" or content_type.endswith("+json"):
        value = parse_json(body)
        check_depth([value], DEEPEST_INPUT)
        return value
    text = body.decode("utf-8", "replace").replace("\0", "\ufffd")
    if content_type == "application/x-www-form-urlencoded":
        return {name: value.replace("\0", "\ufffd") for name, value in parse_qsl(text)}
    return text


def _shown(headers: Mapping[str, str], wanted: Collection[str]) -> dict[str, str]:
    """What a workflow may see of the headers: what its trigger names, and what says nothing of who
    sent them."""
    shown = _TOLD | {name.lower() for name in wanted}
    return {name: value for name, value in headers.items() if name in shown}
