"""Runs that are done again: retried where they failed, or replayed from a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.api.deps import RoleRequiredError
from app.core.engine import driver_connection
from app.engine.identity.principal import Caller
from app.features.policies.service.acting import acting_for
from app.features.workflows.definition import Step, read_steps
from app.features.workflows.errors import (
    RetriedAlreadyError,
    RunNotFoundError,
    RunStateError,
    UnknownStepError,
    WorkflowDisabledError,
)
from app.features.workflows.models import Workflow, WorkflowRun, WorkflowStep, WorkflowVersion
from app.features.workflows.queue import NewRun
from app.features.workflows.runs import find_run, log_run, queue_run, read_run, sees_all
from app.features.workflows.schemas import Replay, RetryMany, RunRead
from app.features.workflows.service import find_workflow
from app.features.workflows.starting import TRIGGER

MOST_RETRIED: Final = 1_000

_COPY_STEPS: Final = """
INSERT INTO backendify.workflow_steps
  (run_id, path, number, action, status, attempts, input, output, error, started_at, finished_at)
SELECT $1, path, number, action, status, attempts, input, output, error, started_at, finished_at
FROM backendify.workflow_steps
WHERE run_id = $2 AND status IN ('succeeded', 'failed') AND ($3::text[] IS NULL OR path = ANY($3))
  AND ($4::text IS NULL OR (path <> $4 AND NOT starts_with($4, path || '[')))
"""


@dataclass(frozen=True, slots=True)
class Again:
    """How a run is begun in another's place: which steps are taken over."""

    version: int
    paths: Sequence[str] | None
    """None: all that ended."""
    but: str | None
    """The path of the step that is done anew, with what is around it."""
    acts_as: str
    same_keys: bool


async def retry_run(session: AsyncSession, caller: Caller, run_id: UUID) -> RunRead:
    """Go on, in a new run by the same version, at the step that failed, under its keys.

    Raises RunNotFoundError, RunStateError, RetriedAlreadyError, WorkflowDisabledError,
    RoleRequiredError.
    """
    run = await find_run(session, caller, run_id, lock=True)
    made = await _retry(session, caller, run)
    return read_run(await find_run(session, caller, made), caller)


async def retry_runs(
    session: AsyncSession, caller: Caller, workflow_id: UUID, data: RetryMany
) -> int:
    """Retry all runs of a workflow that came to this end and were not retried yet, the oldest
    first. Raises WorkflowNotFoundError, WorkflowDisabledError, RoleRequiredError."""
    workflow = await find_workflow(session, caller, workflow_id)
    if not workflow.enabled:
        raise WorkflowDisabledError
    count = 0
    for run_id in await _to_retry(session, workflow_id, data):
        try:
            run = await find_run(session, caller, run_id, lock=True)
            await _retry(session, caller, run)
        except (RetriedAlreadyError, RunNotFoundError):
            continue  # somebody was faster
        session.expunge(run)  # with what it was given, a megabyte at worst
        count += 1
    return count


async def _to_retry(session: AsyncSession, workflow_id: UUID, data: RetryMany) -> Sequence[UUID]:
    retry = aliased(WorkflowRun)
    is_retried = exists().where(
        retry.retry_of == WorkflowRun.id, retry.key_id == WorkflowRun.key_id
    )
    query = select(WorkflowRun.id).where(
        WorkflowRun.workflow_id == workflow_id, WorkflowRun.status == data.status, ~is_retried
    )
    if data.since is not None:
        query = query.where(WorkflowRun.created_at >= data.since)
    return (await session.scalars(query.order_by(WorkflowRun.id).limit(MOST_RETRIED))).all()


async def _retry(session: AsyncSession, caller: Caller, run: WorkflowRun) -> UUID:
    """Of a run that is locked."""
    _check_ended(run, ("failed", "stopped", "cancelled"))
    await _open_workflow(session, caller, run)
    again = select(WorkflowRun.id).where(  # a replay goes by a key of its own
        WorkflowRun.retry_of == run.id, WorkflowRun.key_id == run.key_id
    )
    if (retry_id := await session.scalar(again)) is not None:
        raise RetriedAlreadyError(retry_id)
    failed = (run.error or {}).get("step")
    how = Again(run.version, None, failed, run.acts_as, same_keys=True)
    return await _again(session, caller, run, how)


async def replay_run(session: AsyncSession, caller: Caller, run_id: UUID, data: Replay) -> RunRead:
    """Do it again by the workflow as it is now, under keys of its own, from a step or from the
    beginning. Raises RunNotFoundError, RunStateError, UnknownStepError."""
    run = await find_run(session, caller, run_id, lock=True)
    _check_ended(run, ("succeeded", "failed", "stopped", "cancelled"))
    workflow = await _open_workflow(session, caller, run)
    steps = read_steps(workflow.definition["steps"])
    paths = [] if data.from_step is None else await _before(session, run, steps, data.from_step)
    run_as = workflow.definition["run_as"]
    if run_as == TRIGGER:
        run_as = run.acts_as if await _version(session, run) == TRIGGER else acting_for(run.actor)
    how = Again(workflow.version, paths, None, run_as, same_keys=False)
    made = await _again(session, caller, run, how)
    return read_run(await find_run(session, caller, made), caller)


async def _open_workflow(session: AsyncSession, caller: Caller, run: WorkflowRun) -> Workflow:
    """The run's workflow, if the caller may have it done again.

    Raises WorkflowDisabledError, and RoleRequiredError where it would act with the rights of
    somebody else.
    """
    workflow = await session.get_one(Workflow, run.workflow_id)
    if not workflow.enabled:
        raise WorkflowDisabledError
    is_trigger = TRIGGER in (workflow.definition["run_as"], (await _version(session, run)))
    if is_trigger and run.actor != caller.principal.actor and not sees_all(caller):
        raise RoleRequiredError("admin")
    return workflow


async def _version(session: AsyncSession, run: WorkflowRun) -> str:
    """Whose rights the run's own version has."""
    version = await session.get_one(WorkflowVersion, (run.workflow_id, run.version))
    run_as: str = version.definition["run_as"]
    return run_as


async def _before(
    session: AsyncSession, run: WorkflowRun, steps: Sequence[Step], from_step: str
) -> list[str]:
    """The paths of what was done in the steps before one. Raises UnknownStepError."""
    ids = [step.id for step in steps]
    if from_step not in ids:
        hint = f"There are {', '.join(ids)}."
        raise UnknownStepError(f"The workflow has no step {from_step!r} to go on from.", hint=hint)
    kept = set(ids[: ids.index(from_step)])
    paths = await session.scalars(select(WorkflowStep.path).where(WorkflowStep.run_id == run.id))
    return [path for path in paths if path.partition("[")[0].partition(".")[0] in kept]


async def _again(session: AsyncSession, caller: Caller, run: WorkflowRun, how: Again) -> UUID:
    new = NewRun(
        workflow_id=run.workflow_id,
        version=how.version,
        trigger=run.trigger,
        acts_as=how.acts_as,
        actor=run.actor,
        depth=run.depth if how.same_keys else 0,
        key_id=run.key_id if how.same_keys else None,
        retry_of=run.id,
    )
    run_id = await queue_run(session, caller, new)
    connection = await driver_connection(session)
    paths = None if how.paths is None else list(how.paths)
    await connection.execute(_COPY_STEPS, run_id, run.id, paths, how.but)
    log_run(
        session, caller, run, "workflow_run.retried" if how.same_keys else "workflow_run.replayed"
    )
    return run_id


def _check_ended(run: WorkflowRun, wanted: tuple[str, ...]) -> None:
    if run.status not in wanted:
        raise RunStateError(run.status, " or ".join(wanted))
