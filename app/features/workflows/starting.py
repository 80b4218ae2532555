"""What starts runs: events of the log, schedules, other workflows. Each start happens once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog

from app.api.services import Services
from app.core.connection_errors import as_unavailable
from app.core.errors import BackendifyError, UnavailableError
from app.core.event import Event
from app.core.json_text import read_json
from app.engine.catalog.model import Catalog
from app.engine.policy.event_conditions import BrokenConditionError, EventConditions
from app.features.data.service import show_events
from app.features.policies.service.acting import acting_for, caller_acting_as
from app.features.projects.service import load_settings
from app.features.workflows.people import describe_actors
from app.features.workflows.queue import NewRun, count_recent, insert_runs

READER: Final = "workflows"
TRIGGER: Final = "trigger"
"""The ``run_as`` of workflows that go on with the rights of whoever started them."""
DEEPEST: Final = 8
DEEPEST_INPUT: Final = 24
"""Levels of objects and lists in what a run is given."""
_WORKFLOW: Final = "workflow:"
_RUN: Final = "run_"

_WORKFLOWS: Final = """
SELECT id, version, trigger_type, collection, definition->>'run_as' AS run_as,
  definition->'trigger'->'where' AS condition
FROM backendify.workflows
WHERE project_id = $1 AND enabled AND collection IS NOT NULL ORDER BY id
"""
_STARTED: Final = """
SELECT id, status FROM backendify.workflow_runs WHERE workflow_id = $1 AND trigger_key = $2
"""
_ORIGINS: Final = "SELECT id, depth, acts_as FROM backendify.workflow_runs WHERE id = ANY($1)"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """A workflow that events start."""

    id: UUID
    version: int
    run_as: str
    trigger_type: str
    collection: str
    where: Any

    def takes(self, event: Event) -> bool:
        """By its type and its collection alone."""
        wanted = self.trigger_type in ("record.*", f"record.{event.action}")
        return wanted and event.collection == self.collection


@dataclass(frozen=True, slots=True)
class Origin:
    """The run that wrote an event."""

    depth: int
    acts_as: str


@dataclass(frozen=True, slots=True)
class Start:
    """A workflow that an event starts, with whose rights, and how many runs led to it."""

    workflow: Listening
    event: Event
    acts_as: str
    depth: int


async def take(
    services: Services, connection: Any, project_id: UUID, events: Sequence[Event]
) -> None:
    """Start what the events start, in the transaction of the log's position."""
    listening = [_listening(row) for row in await connection.fetch(_WORKFLOWS, project_id)]
    if not listening:
        return
    newest = max(event.schema_version for event in events)
    catalog = await services.catalogs.current(project_id)
    if catalog.version < newest:
        catalog = await services.catalogs.refresh(project_id, newest)
    conditions = EventConditions(services.database, catalog)
    matched = [
        (workflow, event)
        for event in events
        for workflow in listening
        if workflow.takes(event) and event.collection in catalog.by_id
        and await _meets(conditions, workflow, event)
    ]  # fmt: skip
    if matched:
        origins = await _origins(connection, [event for _, event in matched])
        starts = [_start(workflow, event, origins) for workflow, event in matched]
        runs = await _runs(services, catalog, starts)
        await insert_runs(connection, project_id, await guarded(connection,
                                                                project_id, runs))  # fmt: skip


async def guarded(connection: Any, project_id: UUID, runs: Sequence[NewRun]) -> list[NewRun]:
    """The runs, those stopped that are too deep or more than the project may start a minute."""
    settings = await load_settings(connection, project_id)
    most = settings.workflows.runs_per_minute
    room = most - await count_recent(connection, project_id, most)
    passed = []
    for run in runs:
        if run.status == "queued" and run.depth > DEEPEST:
            run = stopped(run, "loop")
        elif run.status == "queued" and room <= 0:
            run = stopped(run, "fan_out")
        room -= run.status == "queued"
        passed.append(run)
    return passed


async def start_one(connection: Any, project_id: UUID, run: NewRun) -> tuple[UUID, str]:
    """Queue a run; answers its id and status, or those of the run that the same key began."""
    (passed,) = await guarded(connection, project_id, [run])
    await insert_runs(connection, project_id, [passed])
    if run.trigger_key is None:
        return passed.id, passed.status
    row = await connection.fetchrow(_STARTED, run.workflow_id, run.trigger_key)
    return row["id"], row["status"]


def stopped(run: NewRun, reason: str) -> NewRun:
    """The run, ended before it began; it can be tried again."""
    return replace(run, status="stopped", reason=reason)


def _listening(row: Any) -> Listening:
    return Listening(
        id=row["id"],
        version=row["version"],
        run_as=row["run_as"],
        trigger_type=row["trigger_type"],
        collection=row["collection"],
        where=None if row["condition"] is None else read_json(row["condition"]),
    )


async def _meets(conditions: EventConditions, workflow: Listening, event: Event) -> bool:
    """A condition that cannot be used lets nothing through."""
    if workflow.where is None:
        return True
    try:
        return await conditions.meets(workflow.id, workflow.where, event)
    except BrokenConditionError:
        log.warning("workflow_condition_broken", workflow_id=str(workflow.id))
    except (ValueError, TypeError, ArithmeticError) as error:
        log.warning("workflow_condition_failed", workflow_id=str(workflow.id), error=repr(error))
    return False


async def _origins(connection: Any, events: Sequence[Event]) -> dict[str, Origin]:
    """The runs that wrote events, by what the log has as the request."""
    ids = {event.request_id: _run_id(event) for event in events}
    wanted = [run_id for run_id in ids.values() if run_id is not None]
    if not wanted:
        return {}
    rows = {row["id"]: row for row in await connection.fetch(_ORIGINS, wanted)}
    return {
        request: Origin(rows[run_id]["depth"], rows[run_id]["acts_as"])
        for request, run_id in ids.items()
        if request is not None and run_id in rows
    }


def _run_id(event: Event) -> UUID | None:
    """Only what a run wrote has an actor of this kind: nobody else can name a run."""
    if not (event.actor or "").startswith(_WORKFLOW) or event.request_id is None:
        return None
    try:
        return UUID(hex=event.request_id.removeprefix(_RUN))
    except ValueError:
        return None


def _start(workflow: Listening, event: Event, origins: Mapping[str, Origin]) -> Start:
    origin = origins.get(event.request_id or "")
    if not (event.actor or "").startswith(_WORKFLOW):
        origin = None
    acts_as = workflow.run_as
    if acts_as == TRIGGER:
        acts_as = origin.acts_as if origin else acting_for(event.actor)
    return Start(workflow, event, acts_as, origin.depth + 1 if origin else 0)


async def _runs(services: Services, catalog: Catalog, starts: Sequence[Start]) -> list[NewRun]:
    """A run for each start whose event may be seen with its rights, in the order of the log."""
    people = await describe_actors(services, catalog, [start.event.actor for start in starts])
    groups: dict[str, list[int]] = defaultdict(list)
    for position, start in enumerate(starts):
        groups[start.acts_as].append(position)
    made: dict[int, NewRun] = {}
    for acts_as, positions in groups.items():
        chosen = [starts[position] for position in positions]
        for position, run in zip(
            positions, await _of_one(services, acts_as, chosen, people), strict=True
        ):
            if run is not None:
                made[position] = run
    return [made[position] for position in sorted(made)]


async def _of_one(
    services: Services,
    acts_as: str,
    starts: Sequence[Start],
    people: Mapping[str | None, dict[str, Any] | None],
) -> list[NewRun | None]:
    """The runs of one acting party; what cannot be shown to it ends before it begins."""
    events = [start.event for start in starts]
    try:
        caller = await caller_acting_as(services, events[0].project_id, acts_as)
        shown = await show_events(services, caller, events)
    except Exception as error:
        if isinstance(error, UnavailableError) or as_unavailable(error) is not None:
            raise
        return [_failed(start, error, people) for start in starts]
    pairs = zip(starts, shown, strict=True)
    return [None if told is None else _run(start, told, people) for start, told in pairs]


def _run(
    start: Start, told: Mapping[str, Any], people: Mapping[str | None, dict[str, Any] | None]
) -> NewRun:
    event = start.event
    trigger = {
        "type": f"record.{event.action}",
        "at": event.at.isoformat(),
        "event_id": event.id,
        "seq": event.seq,
        "collection": told.get("collection"),
        "record_id": event.record_id,
        "request_id": event.request_id,
        "record": told.get("after") or told.get("before"),
        "previous_record": told.get("before"),
        "user": people.get(event.actor),
    }
    workflow = start.workflow
    return NewRun(workflow.id, workflow.version, trigger, start.acts_as, event.id, event.actor,
                  start.depth)  # fmt: skip


def _failed(
    start: Start, error: Exception, people: Mapping[str | None, dict[str, Any] | None]
) -> NewRun:
    known = isinstance(error, BackendifyError) and error.status < 500
    if not known:
        log.error("workflow_start_failed", workflow_id=str(start.workflow.id), exc_info=error)
    code = error.code if isinstance(error, BackendifyError) else "internal_error"
    message = str(error) if known else "The event cannot be told."
    return replace(
        _run(start, {}, people), status="failed", error={"code": code, "message": message}
    )
