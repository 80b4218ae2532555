"""One run, gone on with from wherever it is: read this to see how a workflow works.

The definition is walked from its beginning each time. Steps whose outcome was kept are not done
again; the first one without goes on. So a run that slept for days, or whose process was killed,
is resumed by walking it once more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from app.api.services import Services
from app.core.action import Action, ActionFailedError
from app.core.clock import utc_now
from app.core.errors import BackendifyError
from app.core.json_text import dump_json, read_json
from app.features.workflows.attempts import Attempts, SuspendedError
from app.features.workflows.conditions import holds
from app.features.workflows.definition import CONTINUE, END, STOP, Step, read_steps
from app.features.workflows.flow import FLOW, DelayParams, ForEachParams, WaitUntilParams
from app.features.workflows.journal import (
    Ground,
    Journal,
    Kept,
    LostRunError,
    RunTooLargeError,
    load_ground,
)
from app.features.workflows.queue import MOST_TAKEOVERS, Claimed, finish_run, suspend_run
from app.features.workflows.values import Scope, checked, rendered, told

_OF_TRIGGER: Final = ("record", "previous_record", "user", "input")


class RunFailedError(Exception):
    """A step failed, and nothing in the definition says what then."""

    def __init__(self, path: str | None, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = {**error, "step": path}


class Runner:
    """Goes on with one run that this process has leased."""

    def __init__(
        self,
        services: Services,
        actions: Mapping[str, Action],
        room: asyncio.Semaphore,
        worker: UUID,
        run: Claimed,
    ) -> None:
        self._room = room
        self._services = services
        self._actions = actions
        self._worker = worker
        self._run = run
        self._pool = services.database.owner
        self._journal = Journal(self._pool, worker, run.id)

    async def go_on(self) -> str:
        """Until the run ends or has to wait; answers its status then, ``lost`` where it was taken
        away. Raises what the database raises when it is out of reach."""
        try:
            await self._walk()
        except LostRunError:
            return "lost"
        except SuspendedError as pause:
            await suspend_run(self._pool, self._worker, self._run.id, pause.until)
            return "waiting"
        except RunFailedError as failure:
            await self._finish("failed", failure.error)
            return "failed"
        await self._finish("succeeded")
        return "succeeded"

    async def _walk(self) -> None:
        if self._run.takeovers > MOST_TAKEOVERS:
            message = "Every process that went on with this run failed at it."
            raise RunFailedError(None, {"code": "abandoned", "message": message})
        ground = await load_ground(self._pool, self._run)
        await self._journal.load()
        self._attempts = Attempts(
            self._services, self._actions, self._room, self._run, self._journal
        )
        await self._list(read_steps(ground.definition["steps"]), "", self._scope(ground))

    def _scope(self, ground: Ground) -> Scope:
        trigger = read_json(self._run.trigger)
        started = {name: trigger.pop(name, None) for name in _OF_TRIGGER}
        project = {
            "id": str(self._run.project_id),
            "name": ground.project,
            "slug": ground.slug,
        }
        run = {
            "id": str(self._run.id),
            "workflow": ground.workflow,
            "workflow_id": str(self._run.workflow_id),
            "created_at": self._run.created_at.isoformat(),
        }
        return {**started, "trigger": trigger, "project": project, "run": run, "steps": {}}

    async def _finish(self, status: str, error: Mapping[str, Any] | None = None) -> None:
        await finish_run(self._pool, self._worker, self._run.id, status, error)

    async def _list(self, steps: Sequence[Step], prefix: str, scope: Scope) -> None:
        """Do the steps in their order, or as they point."""
        positions = {step.id: position for position, step in enumerate(steps)}
        position = 0
        while position < len(steps):
            step = steps[position]
            outcome = await self._outcome(step, prefix + step.id, scope)
            scope["steps"][step.id] = _shown(outcome)
            target = _target(step, outcome)
            if target == END:
                return
            position = position + 1 if target is None else positions[target]

    async def _outcome(self, step: Step, path: str, scope: Scope) -> Kept:
        """What came of the step, now or earlier."""
        held = self._find(path)
        if held.status in ("succeeded", "failed"):
            return held
        if held.next_at is not None and held.next_at > max(utc_now(), self._run.next_at):
            raise SuspendedError(held.next_at)
        now = utc_now()
        scope |= {"now": now.isoformat(), "today": now.date().isoformat()}
        if step.action in FLOW:
            return await self._flow(step, held, scope)
        return await self._attempts.act(step, held, scope)

    def _find(self, path: str) -> Kept:
        """Raises RunFailedError."""
        try:
            return self._journal.find(path)
        except RunTooLargeError:
            message = "The run did more steps, or keeps more, than one may: start others from it."
            raise RunFailedError(path, {"code": "run_too_large", "message": message}) from None

    async def _keep(self, step: Step, kept: Kept) -> Kept:
        return await self._journal.keep(kept, step.action)

    # The runner's own steps.

    async def _flow(self, step: Step, held: Kept, scope: Scope) -> Kept:
        try:
            if step.action in ("delay", "wait_until"):
                return await self._wait(step, held, scope)
            if step.action == "for_each":
                return await self._each(step, held, scope)
            return await self._decide(step, held, scope)
        except ActionFailedError as failure:
            error = {"code": failure.code, "message": failure.message}
            return await self._keep(step, replace(held, status="failed", error=error))

    async def _decide(self, step: Step, held: Kept, scope: Scope) -> Kept:
        given = rendered(step.params, scope)
        if step.action == "condition":
            output: dict[str, Any] = {"holds": _holds(given["where"], scope)}
        else:
            case = _case(given["value"])
            output = {"case": case if case in step.cases else None}
        done = replace(held, status="succeeded", attempts=1, input=given, output=output)
        return await self._keep(step, done)

    async def _wait(self, step: Step, held: Kept, scope: Scope) -> Kept:
        if held.status == "waiting":  # and its time has come
            return await self._keep(step, replace(held, status="succeeded", next_at=None))
        given = rendered(step.params, scope)
        params = checked(FLOW[step.action][0], given)
        assert isinstance(params, DelayParams | WaitUntilParams)  # noqa: S101 - FLOW says so
        try:
            until = params.until()
        except ValueError as error:
            raise ActionFailedError("input_invalid", str(error)) from None
        output = {"until": until.isoformat()}
        waiting = replace(held, attempts=1, input=given, output=output)
        if until <= utc_now():
            return await self._keep(step, replace(waiting, status="succeeded"))
        await self._keep(step, replace(waiting, status="waiting", next_at=until))
        raise SuspendedError(until)

    async def _each(self, step: Step, held: Kept, scope: Scope) -> Kept:
        if held.input is None:
            given = rendered(step.params, scope)
            checked(ForEachParams, given)
            held = replace(held, attempts=1, input=given)
            await self._journal.begin(held, step.action)
        items = (held.input or {})["items"]
        failed = []
        for index, item in enumerate(items):
            inner = {**scope, "item": item, "index": index, "steps": dict(scope["steps"])}
            try:
                await self._list(step.steps, f"{held.path}[{index}].", inner)
            except RunFailedError as failure:
                if step.on_error != CONTINUE:
                    return await self._keep_failed_item(step, held, failure)
                failed.append(index)
        output = {"count": len(items), "failed": failed}
        return await self._keep(step, replace(held, status="succeeded", output=output))

    async def _keep_failed_item(self, step: Step, held: Kept, failure: RunFailedError) -> Kept:
        kept = await self._keep(step, replace(held, status="failed", error=failure.error))
        if step.on_error == STOP:
            raise failure
        return kept


def _target(step: Step, outcome: Kept) -> str | None:
    """The step that comes next, ``end``, or None for the one behind. Raises RunFailedError."""
    if outcome.status == "failed":
        if step.on_error == STOP:
            raise RunFailedError(outcome.path, outcome.error or {})
        return None if step.on_error == CONTINUE else step.on_error
    output = outcome.output or {}
    if step.action == "condition":
        return step.then if output["holds"] else step.otherwise or END
    if step.action == "switch":
        case = output["case"]
        return step.otherwise or END if case is None else step.cases[case]
    return step.then


def _shown(outcome: Kept) -> dict[str, Any]:
    """A step as templates see it."""
    return {**(outcome.output or {}), **({"error": outcome.error} if outcome.error else {})}


def _holds(where: Any, scope: Scope) -> bool:
    """Raises ActionFailedError."""
    try:
        return holds(where, scope)
    except BackendifyError as error:
        raise ActionFailedError(error.code, told(error)) from None


def _case(value: Any) -> str:
    return value if isinstance(value, str) else dump_json(value)
