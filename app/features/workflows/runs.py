"""Runs: starting them by hand, looking at them, and cancelling them."""

from typing import Any, Final
from uuid import UUID

from fastapi import Response
from sqlalchemy import Select, String, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.api.deps import has_role
from app.api.paging import CursorPage
from app.api.services import Services
from app.core.clock import utc_now
from app.core.engine import driver_connection
from app.core.json_text import check_depth, dump_json
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.principal import Caller
from app.engine.query.once import KeyReusedError, keyed
from app.features.policies.service.acting import acting_for
from app.features.workflows.errors import (
    NotManualError,
    RunNotFoundError,
    RunStateError,
    WorkflowDisabledError,
)
from app.features.workflows.models import WorkflowRun, WorkflowStep
from app.features.workflows.people import describe_actors
from app.features.workflows.queue import NewRun
from app.features.workflows.schemas import (
    RunPage,
    RunRead,
    RunStart,
    RunStatus,
    StepRead,
)
from app.features.workflows.service import find_workflow
from app.features.workflows.starting import DEEPEST_INPUT, TRIGGER, start_one

OPEN: Final = ("queued", "running", "waiting")
UNTOLD: Final = "Admins see why."
_CLIENTS: Final = ("input", "output")

_CANCEL_STEPS = text(
    "UPDATE backendify.workflow_steps SET status = 'cancelled', finished_at = now(), next_at = NULL"
    " WHERE run_id = :run_id AND status IN ('running', 'waiting')"
)


async def start_run(
    session: AsyncSession,
    services: Services,
    caller: Caller,
    workflow_id: UUID,
    data: RunStart,
    key: str | None,
) -> RunRead:
    """Start a workflow by hand, once for a key.

    Raises WorkflowNotFoundError, NotManualError, WorkflowDisabledError, KeyReusedError,
    JsonSyntaxError.
    """
    check_depth([data.input], DEEPEST_INPUT)
    workflow = await find_workflow(session, caller, workflow_id)
    if workflow.trigger_type != "manual":
        raise NotManualError(workflow.trigger_type)
    if not workflow.enabled:
        raise WorkflowDisabledError
    catalog = await services.catalogs.current(caller.project.id)
    actor = caller.principal.actor
    people = await describe_actors(services, catalog, [actor])
    trigger = {"type": "manual", "at": utc_now().isoformat(), "input": data.input}
    run_as = workflow.definition["run_as"]
    run = NewRun(
        workflow_id=workflow.id,
        version=workflow.version,
        trigger=trigger | {"user": people[actor]},
        acts_as=acting_for(actor) if run_as == TRIGGER else run_as,
        trigger_key=None if key is None else f"manual:{actor}:{keyed(key, '').key}",
        actor=actor,
    )
    run_id = await queue_run(session, caller, run)
    held = await find_run(session, caller, run_id)
    if held.trigger["input"] != data.input:
        raise KeyReusedError("The key was used for a run with another input.")
    return read_run(held, caller)


async def list_runs(
    session: AsyncSession,
    caller: Caller,
    workflow_id: UUID | None,
    status: RunStatus | None,
    limit: int,
    cursor: UUID | None,
) -> RunPage:
    """The newest first. Raises WorkflowNotFoundError."""
    query = _listed().where(WorkflowRun.project_id == caller.project.id)
    if workflow_id is not None:
        await find_workflow(session, caller, workflow_id)
        query = query.where(WorkflowRun.workflow_id == workflow_id)
    if status is not None:
        query = query.where(WorkflowRun.status == status)
    if cursor is not None:
        query = query.where(WorkflowRun.id < cursor)
    rows = (await session.execute(query.order_by(WorkflowRun.id.desc()).limit(limit + 1))).all()
    more = len(rows) > limit
    last = str(rows[limit - 1][0].id) if more else None
    page = CursorPage(limit=limit, has_more=more, next_cursor=last)
    return RunPage(data=[read_run(run, caller, kind) for run, kind in rows[:limit]], page=page)


async def get_run(session: AsyncSession, caller: Caller, run_id: UUID) -> Response:
    """One with its steps, written by hand so that numbers keep their digits. What went into them
    is for admins and service keys: others may see less of the records. Raises RunNotFoundError."""
    run = await find_run(session, caller, run_id)
    is_whole = sees_all(caller)
    query = select(WorkflowStep).where(WorkflowStep.run_id == run.id)
    if not is_whole:
        query = query.options(defer(WorkflowStep.input), defer(WorkflowStep.output))
    steps = await session.scalars(query.order_by(WorkflowStep.number, WorkflowStep.path))
    told = read_run(run, caller).model_dump(mode="json")
    told["trigger"] = run.trigger if is_whole else None
    told["steps"] = [_step(step, is_whole) for step in steps]
    return Response(dump_json(told), media_type="application/json")


async def cancel_run(session: AsyncSession, caller: Caller, run_id: UUID) -> RunRead:
    """End a run that has not ended. What a step is at comes to its end.

    Raises RunNotFoundError, RunStateError.
    """
    run = await find_run(session, caller, run_id, lock=True)
    if run.status not in OPEN:
        raise RunStateError(run.status, "queued, running or waiting")
    ended = {"status": "cancelled", "finished_at": utc_now(), "leased_by": None}
    await session.execute(
        update(WorkflowRun).where(WorkflowRun.id == run.id).values(leased_until=None, **ended)
    )
    await session.execute(_CANCEL_STEPS, {"run_id": run.id})
    log_run(session, caller, run, "workflow_run.cancelled")
    await session.flush()
    await session.refresh(run)
    return read_run(run, caller)


async def queue_run(session: AsyncSession, caller: Caller, run: NewRun) -> UUID:
    """Queue the run; answers its id, or that of the run which the same key began."""
    run_id, _ = await start_one(await driver_connection(session), caller.project.id, run)
    return run_id


async def find_run(
    session: AsyncSession, caller: Caller, run_id: UUID, *, lock: bool = False
) -> WorkflowRun:
    query = select(WorkflowRun).where(
        WorkflowRun.id == run_id, WorkflowRun.project_id == caller.project.id
    )
    run = await session.scalar(query.with_for_update() if lock else query)
    if run is None:
        raise RunNotFoundError
    return run


def sees_all(caller: Caller) -> bool:
    """Others may see less of the records, and what a step failed at may tell of them."""
    return caller.principal.kind == "api_key" or has_role(caller, "admin")


def _listed() -> Select[WorkflowRun, str]:
    """Runs with the type of their trigger, and not all that it holds."""
    kind = func.jsonb_extract_path_text(WorkflowRun.trigger, "type", type_=String)
    return select(WorkflowRun, kind).options(defer(WorkflowRun.trigger))


def read_run(run: WorkflowRun, caller: Caller, kind: str | None = None) -> RunRead:
    made: dict[str, Any] = {"trigger_type": kind or run.trigger["type"]}
    if run.error is not None and not sees_all(caller):
        made["error"] = {**run.error, "message": UNTOLD}
    if run.status not in OPEN:
        made["next_at"] = None
    plain = {n: getattr(run, n) for n in RunRead.model_fields if n not in made}
    return RunRead(**plain, **made)


def _step(step: WorkflowStep, is_whole: bool) -> dict[str, Any]:
    plain = {n: getattr(step, n) for n in StepRead.model_fields if n not in _CLIENTS}
    if not is_whole and step.error is not None:
        plain["error"] = {"code": step.error["code"], "message": UNTOLD}
    told = StepRead(**plain, input=None, output=None).model_dump(mode="json")
    return told | {name: getattr(step, name) if is_whole else None for name in _CLIENTS}


def log_run(session: AsyncSession, caller: Caller, run: WorkflowRun, action: str) -> None:
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(run.id),
        detail={"workflow_id": str(run.workflow_id)},
    )
