"""The delivery worker. Any number may run; each endpoint is served by one of them at a time.

Every endpoint that is being served has a task of its own, so that one that hangs holds up nobody;
those that fail have a limited number of places among themselves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import structlog

from app.api.services import Services
from app.core.connection_errors import as_unavailable
from app.core.errors import BackendifyError, UnavailableError
from app.core.notify import listen
from app.core.tasks import end_tasks
from app.features.webhooks.endings import disable_gone
from app.features.webhooks.metrics import WebhookMetrics, metrics_of
from app.features.webhooks.payloads import PayloadError, make_payloads
from app.features.webhooks.queue import (
    CHANNEL,
    Due,
    Held,
    Outcome,
    claim_endpoints,
    count_backlog,
    due_deliveries,
    extend_leases,
    finish_attempts,
    hold_endpoint,
    release_endpoints,
    sweep_deliveries,
    write_health,
)
from app.features.webhooks.schedule import BREAK_AFTER, pause
from app.features.webhooks.sending import attempt, failure, open_secrets

ENDPOINTS_AT_ONCE: Final = 40
FAILING_AT_ONCE: Final = 20
SENT_AT_ONCE: Final = 8
BATCH: Final = 64
SWEEP_SECONDS: Final = 1.0
TURN_SECONDS: Final = 10.0
_COALESCE_SECONDS: Final = 0.01
_HEARTBEAT_SECONDS: Final = 4.0
_BACKLOG_SECONDS: Final = 15.0
_PAUSE_AFTER_FAULT_SECONDS: Final = 1.0
_GRACE_SECONDS: Final = 5.0
_HOUR: Final = 3_600

log = structlog.get_logger(__name__)


async def deliver_webhooks(services: Services) -> None:
    """Send what is due, until cancelled."""
    await Worker(services).run()


async def clear_old_deliveries(services: Services) -> None:
    """Every hour, until cancelled."""
    while True:
        await sweep_deliveries(services.database.owner)
        await asyncio.sleep(_HOUR)


class Worker:
    """The endpoints that this process serves at the moment."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool = services.database.owner
        self._id = uuid4()
        self._turns: dict[UUID, asyncio.Task[None]] = {}
        self._failing: set[UUID] = set()
        self._wake = asyncio.Event()
        self._metrics: WebhookMetrics = metrics_of(services.metrics.registry)

    async def run(self) -> None:
        """Until cancelled; then what is under way may end, and the leases are given back."""
        others = [
            asyncio.create_task(listen(self._pool, CHANNEL, lambda _: self._wake.set())),
            asyncio.create_task(self._keep_leases()),
            asyncio.create_task(self._watch_backlog()),
        ]
        try:
            while True:
                self._wake.clear()
                await self._start_turns()
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_SECONDS):
                        await self._wake.wait()
                await asyncio.sleep(_COALESCE_SECONDS)
        finally:
            await self._leave(others)

    async def _start_turns(self) -> None:
        for failing in (False, True):
            room = self._room(failing=failing)
            if room <= 0:
                continue
            for endpoint_id in await claim_endpoints(self._pool, self._id, room, failing=failing):
                if failing:
                    self._failing.add(endpoint_id)
                turn = asyncio.create_task(Turn(self._services, self._id, endpoint_id).run())
                self._turns[endpoint_id] = turn
                turn.add_done_callback(partial(self._ended, endpoint_id))

    def _room(self, *, failing: bool) -> int:
        if failing:
            return FAILING_AT_ONCE - len(self._failing)
        return ENDPOINTS_AT_ONCE - (len(self._turns) - len(self._failing))

    def _ended(self, endpoint_id: UUID, _: object) -> None:
        self._turns.pop(endpoint_id, None)
        self._failing.discard(endpoint_id)
        self._wake.set()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            try:
                await extend_leases(self._pool, self._id, list(self._turns))
            except (asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError, OSError):
                log.warning("webhook_leases_not_extended")

    async def _watch_backlog(self) -> None:
        while True:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError, OSError):
                self._metrics.backlog = await count_backlog(self._pool)
            await asyncio.sleep(_BACKLOG_SECONDS)

    async def _leave(self, others: "Sequence[asyncio.Task[None]]") -> None:
        turns = list(self._turns.values())
        if turns:
            await asyncio.wait(turns, timeout=_GRACE_SECONDS)
        await end_tasks(*others, *turns)


class Turn:
    """One endpoint's turn: its due deliveries, in order, some at a time, until none are left."""

    def __init__(self, services: Services, worker: UUID, endpoint_id: UUID) -> None:
        self._services = services
        self._pool = services.database.owner
        self._worker = worker
        self._endpoint_id = endpoint_id
        self._failures = self._pauses = 0
        self._done: list[Outcome] = []
        self._metrics = metrics_of(services.metrics.registry)

    async def run(self) -> None:
        """A fault ends the turn; what has no outcome is sent again in a later one."""
        try:
            await self._serve()
        except Exception as error:
            away = error if isinstance(error, UnavailableError) else as_unavailable(error)
            if away is None:
                log.exception("webhook_turn_failed", endpoint_id=str(self._endpoint_id))
            else:
                log.warning("webhook_turn_waits", error=str(away))
            await asyncio.sleep(_PAUSE_AFTER_FAULT_SECONDS)
        finally:
            await self._release()

    async def _serve(self) -> None:
        until = time.monotonic() + TURN_SECONDS
        while time.monotonic() < until:
            endpoint = await hold_endpoint(self._pool, self._worker, self._endpoint_id)
            if endpoint is None:
                return
            most = 1 if endpoint.is_suspect else BATCH
            deliveries = await due_deliveries(self._pool, endpoint.id, most)
            if not deliveries:
                return
            await self._deliver(endpoint, deliveries)

    async def _deliver(self, endpoint: Held, deliveries: Sequence[Due]) -> None:
        self._failures, self._pauses = endpoint.failures, endpoint.pauses
        try:
            keys = open_secrets(self._services, endpoint)
            bodies = await make_payloads(self._services, endpoint, deliveries)
        except (PayloadError, BackendifyError) as error:
            if isinstance(error, UnavailableError):
                raise
            self._done = [failure(self._services, each, str(error)) for each in deliveries]
            await self._save()
            return
        waiting = deque(each for each in deliveries if each.id in bodies)
        await self._send_all(endpoint, waiting, bodies, keys)
        await self._settle(endpoint)

    async def _send_all(
        self, endpoint: Held, waiting: deque[Due], bodies: dict[UUID, str], keys: Sequence[str]
    ) -> None:
        latest: dict[str | None, asyncio.Event] = {}

        async def send() -> None:
            while waiting and not self._is_broken(endpoint):
                delivery, ended = waiting.popleft(), asyncio.Event()
                before = latest.get(delivery.record_id)
                latest[delivery.record_id] = ended
                if before is not None:  # of one record: each after the one before it
                    await before.wait()
                body = bodies[delivery.id]
                self._count(await attempt(self._services, endpoint, delivery, body, keys))
                ended.set()

        senders = {asyncio.create_task(send()) for _ in range(min(SENT_AT_ONCE, len(waiting)))}
        try:
            pending = senders
            while pending:
                done, pending = await asyncio.wait(pending, timeout=_COALESCE_SECONDS * 5)
                await self._save()
                for sender in done:
                    sender.result()
        finally:
            for sender in senders:
                sender.cancel()

    def _is_broken(self, endpoint: Held) -> bool:
        """Whether it failed too often in a row to be sent more now."""
        return self._failures >= BREAK_AFTER and self._failures > endpoint.failures

    def _count(self, outcome: Outcome) -> None:
        self._done.append(outcome)
        self._metrics.outcomes[outcome.status] += 1
        if outcome.status == "succeeded":
            self._failures = self._pauses = 0
        else:
            self._failures += 1

    async def _save(self) -> None:
        if self._done:
            done, self._done = self._done, []
            await finish_attempts(self._pool, done)
            if any(outcome.is_gone for outcome in done):
                await disable_gone(self._pool, self._endpoint_id)

    async def _settle(self, endpoint: Held) -> None:
        """Write how the endpoint is doing, and stop its queue where that is not well."""
        if self._failures == endpoint.failures and self._pauses == endpoint.pauses:
            return
        seconds = None
        if self._is_broken(endpoint):
            self._pauses = endpoint.pauses + 1 if endpoint.is_suspect else 1
            seconds = pause(self._services.settings.webhook_schedule, self._pauses)
            log.info("webhook_paused", endpoint_id=str(endpoint.id), seconds=round(seconds, 1))
        await write_health(self._pool, endpoint.id, self._failures, self._pauses, seconds)

    async def _release(self) -> None:
        try:
            await release_endpoints(self._pool, self._worker, [self._endpoint_id])
        except (asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError, OSError):
            log.warning("webhook_lease_not_released", endpoint_id=str(self._endpoint_id))
