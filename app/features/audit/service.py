"""Reading the logs: records under the caller's policies, admins' acts for project admins."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.api.deps import RoleRequiredError, has_role
from app.api.services import Services
from app.core.errors import BadRequestError
from app.core.ids import parse_uuid
from app.core.json_text import parse_json
from app.engine.changes.fan_out import as_event
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import require_collection
from app.engine.query.pipeline import Call
from app.features.audit.compile import read_changes, read_control
from app.features.audit.schemas import Source
from app.features.data.service import show_events

AT_ONCE: Final = 500
MOST_ROUNDS: Final = 10
_TOLD: Final = ("seq", "at", "action", "collection", "record_id", "actor", "request_id")

Filters = Mapping[str, Any]
Entry = dict[str, Any]


class AuditCursorError(BadRequestError):
    """The cursor is none that this route gave."""

    code = "audit_invalid_cursor"


async def list_entries(
    services: Services, caller: Caller, source: Source, filters: Filters, limit: int
) -> tuple[list[Entry], bool]:
    """A page of entries, newest first, and whether there are more."""
    found: list[Entry] = []
    async for entry in await open_entries(services, caller, source, filters, MOST_ROUNDS):
        found.append(entry)
        if len(found) > limit:
            return found[:limit], True
    return found, False


async def open_entries(
    services: Services,
    caller: Caller,
    source: Source,
    filters: Filters,
    rounds: int | None = None,
) -> AsyncIterator[Entry]:
    """Entries that the caller may see; ``rounds`` bounds how far is looked for them.

    What is wrong with the filters is raised before the first of them.
    """
    wanted = await _wanted(services, caller, source, filters)
    return _entries(services, caller, source, wanted, rounds)


async def _entries(
    services: Services, caller: Caller, source: Source, wanted: dict[str, Any], rounds: int | None
) -> AsyncIterator[Entry]:
    while rounds is None or rounds > 0:
        rounds = None if rounds is None else rounds - 1
        read = _read_changes if source == "data" else _read_control
        page, last = await read(services, caller, wanted)
        for entry in page:
            yield entry
        if last is None:
            return
        wanted["before"] = last


async def _wanted(
    services: Services, caller: Caller, source: Source, filters: Filters
) -> dict[str, Any]:
    """The filters as the statement takes them. Raises RoleRequiredError, NotFoundError."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    if source == "control":
        if not has_role(caller, "admin"):
            raise RoleRequiredError("admin")
        wanted.pop("collection", None)
    if "collection" in wanted:
        catalog, access = await services.pipeline.ground(Call(caller, wanted["collection"]))
        wanted["collection"] = require_collection(access, caller, wanted["collection"], catalog).id
    if "before" in wanted:
        wanted["before"] = _cursor(source, wanted["before"])
    return wanted


def _cursor(source: Source, text: str) -> int | UUID:
    try:
        if source == "control":
            return parse_uuid(text)
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ValueError(text)
        return int(text)
    except ValueError:
        raise AuditCursorError("The cursor is none of this list.", parameter="cursor") from None


async def _read_changes(
    services: Services, caller: Caller, wanted: Filters
) -> tuple[list[Entry], int | None]:
    pools = await services.database.placement(caller.project.id)
    text, values = read_changes(caller.project.schema, wanted, AT_ONCE)
    events = [as_event(caller.project.id, row) for row in await pools.export.fetch(text, *values)]
    shown = await show_events(services, caller, events, bare=True)
    told = [
        {"cursor": str(each["n"]), **{name: each[name] for name in _TOLD}}
        | {"before": each["before"], "after": each["after"]}
        for each in shown
        if each is not None
    ]
    return told, events[-1].n if len(events) == AT_ONCE else None


async def _read_control(
    services: Services, caller: Caller, wanted: Filters
) -> tuple[list[Entry], UUID | None]:
    text, values = read_control(caller.project.id, wanted, AT_ONCE)
    rows = await services.database.owner.fetch(text, *values)
    told = [
        {
            "cursor": str(row["id"]),
            "at": _moment(row["at"]),
            "action": row["action"],
            "collection": None,
            "record_id": row["target"],
            "actor": row["actor"],
            "request_id": row["request_id"],
            "detail": parse_json(row["detail"]),
        }
        for row in rows
    ]
    return told, rows[-1]["id"] if len(rows) == AT_ONCE else None


def _moment(at: datetime) -> str:
    return at.isoformat()
