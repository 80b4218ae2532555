"""The steps that features offer: each attempt noted before it begins and kept as it ends."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from app.api.services import Services
from app.core.action import Action, ActionContext, ActionFailedError
from app.core.clock import utc_now
from app.core.connection_errors import as_unavailable
from app.core.errors import BackendifyError, UnavailableError
from app.engine.identity.principal import Caller
from app.features.policies.service.acting import caller_acting_as
from app.features.secrets.service import open_secrets
from app.features.workflows.definition import Retry, Step
from app.features.workflows.journal import Journal, Kept, LostRunError
from app.features.workflows.queue import Claimed
from app.features.workflows.secrecy import Secrecy, named_secrets
from app.features.workflows.values import Scope, bounded, checked, rendered, told

BUSY: Final = Retry(max_attempts=8, delay_seconds=1.0, factor=2.0, max_delay_seconds=60.0)
"""How a step is tried again that found the database out of reach, whatever it says itself."""
RIGHTS_SECONDS: Final = 2.0
_ONCE: Final = Retry(max_attempts=1)

log = structlog.get_logger(__name__)


class SuspendedError(Exception):
    """The run goes on at ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt failed; ``busy``: the server itself was the reason."""

    code: str
    message: str
    retryable: bool = False
    busy: bool = False
    output: Any = None
    pause: float = 0


class Attempts:
    """Does a run's steps, with the rights that whoever it acts as has at the time."""

    def __init__(
        self,
        services: Services,
        actions: Mapping[str, Action],
        room: asyncio.Semaphore,
        run: Claimed,
        journal: Journal,
    ) -> None:
        self._services = services
        self._actions = actions
        self._room = room
        self._run = run
        self._caller: Caller | None = None
        self._asked_at = 0.0
        self._journal = journal

    async def act(self, step: Step, held: Kept, scope: Scope) -> Kept:
        action = self._actions.get(step.action)
        # One that a process died at is the same attempt: its key makes it safe to do again.
        attempts = max(held.attempts, 1) if held.status == "running" else held.attempts + 1
        held = replace(held, status="running", attempts=attempts)
        secrecy = Secrecy({})
        try:
            if action is None:
                raise ActionFailedError("unknown_action", f"There is no action {step.action!r}.")
            secrecy = await self._open(step)
            held = self._with_input(step, held, scope, secrecy, action.html)
            output = await self._attempt(step, action, held, scope, secrecy)
        except (LostRunError, SuspendedError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a step raises is its outcome
            fault = self._fault(step, error)
            return await self._failed(step, action, held, secrecy.hide_fault(fault))
        return output

    async def _open(self, step: Step) -> Secrecy:
        """The secrets that the step names. Raises ActionFailedError where one is missing."""
        names = named_secrets(step.params)
        found = await open_secrets(self._services, self._run.project_id, names)
        for name in names:
            if name not in found:
                raise ActionFailedError("secret_missing", f"There is no secret {name!r}.")
        return Secrecy(found)

    def _with_input(
        self, step: Step, held: Kept, scope: Scope, secrecy: Secrecy, html: frozenset[str]
    ) -> Kept:
        """Every attempt has one input, which is kept; secrets are put in anew each time."""
        if held.input is not None and not secrecy:
            return held
        seen = {**scope, "secrets": secrecy.covers}
        return replace(held, input=rendered(step.params, seen, html))

    async def _attempt(
        self, step: Step, action: Action, held: Kept, scope: Scope, secrecy: Secrecy
    ) -> Kept:
        if action.waits:
            return await self._run_action(step, action, held, scope, secrecy)
        async with self._room:
            if not action.joins:
                return await self._run_action(step, action, held, scope, secrecy)
            await self._acting()  # asking takes a connection: not while another one is held
            async with self._journal.pool.acquire() as connection, connection.transaction():
                return await self._run_action(step, action, held, scope, secrecy, connection)

    async def _run_action(
        self,
        step: Step,
        action: Action,
        held: Kept,
        scope: Scope,
        secrecy: Secrecy,
        connection: Any = None,
    ) -> Kept:
        given = await self._journal.begin(held, step.action, connection)
        if secrecy:
            given = rendered(step.params, {**scope, "secrets": secrecy.values}, action.html)
        params = checked(action.params, given)
        caller = await self._acting()
        context = self._context(held.path, caller, connection, secrecy)
        async with asyncio.timeout(step.seconds or action.seconds):
            output = await action.run(context, params)
        done = replace(held, status="succeeded", output=bounded(secrecy.hide(output)), error=None)
        return await self._journal.keep(done, step.action, connection)

    async def _acting(self) -> Caller:
        """Whose rights the run has, asked again where it is not just known. Raises ActorError."""
        now = time.monotonic()
        if self._caller is None or now > self._asked_at + RIGHTS_SECONDS:
            name = f"workflow:{self._run.workflow_id}"
            project_id, acts_as = self._run.project_id, self._run.acts_as
            self._caller = await caller_acting_as(self._services, project_id, acts_as, name)
            self._asked_at = now
        return self._caller

    def _context(
        self, path: str, caller: Caller, connection: Any, secrecy: Secrecy
    ) -> ActionContext:
        return ActionContext(
            services=self._services,
            caller=caller,
            project_id=self._run.project_id,
            key=f"run_{self._run.key_id.hex}:{path}",
            request_id=f"run_{self._run.id.hex}",
            run_id=self._run.id,
            depth=self._run.depth,
            connection=connection,
            allowed_hosts=secrecy.hosts,
            hide=secrecy.hide,
        )

    def _fault(self, step: Step, error: Exception) -> Fault:
        """What a step raised, as an outcome. Raises it where the database is out of reach."""
        if isinstance(error, ActionFailedError):
            output, pause = error.output, error.pause
            return Fault(error.code, error.message, error.retryable, output=output, pause=pause)
        if isinstance(error, TimeoutError):
            return Fault("timeout", "The step took too long.", retryable=True)
        away = error if isinstance(error, UnavailableError) else as_unavailable(error)
        if away is not None:
            return Fault(away.code, away.detail, retryable=True, busy=True)
        if isinstance(error, BackendifyError) and error.status < 500:
            return Fault(error.code, told(error))
        log.error("workflow_step_failed", run_id=str(self._run.id), step=step.id, exc_info=error)
        return Fault("internal_error", "The server failed at this step.", retryable=True)

    async def _failed(self, step: Step, action: Action | None, held: Kept, fault: Fault) -> Kept:
        retry = step.retry or (Retry(action.attempts) if action else _ONCE)
        if fault.busy and retry.max_attempts < BUSY.max_attempts:
            retry = BUSY
        error = {"code": fault.code, "message": fault.message}
        output = fault.output if isinstance(fault.output, dict) else None
        failed = replace(held, status="failed", error=error, output=output)
        if not fault.retryable or held.attempts >= retry.max_attempts:
            return await self._journal.keep(failed, step.action)
        pause = retry.pause(held.attempts) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        until = utc_now() + timedelta(seconds=max(pause, fault.pause))
        await self._journal.keep(replace(failed, status="waiting", next_at=until), step.action)
        raise SuspendedError(until)
