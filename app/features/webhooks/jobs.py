"""The delivery worker. Any number may run; each endpoint is served by one of them at a time.

Every endpoint that is being served has a task of its own, so that one that hangs holds up nobody;
those that fail, or answer slowly, have a limited number of places among themselves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID, uuid4

import structlog

from app.api.services import Services
from app.core.connection_errors import AWAY, as_unavailable
from app.core.errors import BackendifyError, UnavailableError
from app.core.leased_work import LeasedWork
from app.core.work_metrics import WorkMetrics, work_metrics
from app.features.webhooks.endings import disable_gone
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

ENDPOINTS_AT_ONCE: Final = 80
FAILING_AT_ONCE: Final = 30
SENT_AT_ONCE: Final = 8
SENT_TO_FAILING: Final = 4
BATCH: Final = 64
TURN_SECONDS: Final = 10.0
SLOW_SECONDS: Final = 5.0
"""Who takes longer to answer is served among those that fail, though it is not paused for it."""

_COALESCE_SECONDS: Final = 0.01
_PAUSE_AFTER_FAULT_SECONDS: Final = 1.0
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


def metrics_of(services: Services) -> WorkMetrics:
    """Attempts, and deliveries that are due."""
    return work_metrics(
        services.metrics.registry,
        ("backendify_webhook_attempts", "Attempts to deliver, by outcome"),
        ("backendify_webhook_backlog", "Deliveries whose time has come"),
        ("succeeded", "failed", "dead"),
    )


class Worker:
    """The endpoints that this process serves at the moment."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool = services.database.owner
        self._id = uuid4()
        self._failing: set[UUID] = set()
        self._metrics = metrics_of(services)
        self._turns = LeasedWork(
            services.database.notices, CHANNEL, partial(extend_leases, self._pool, self._id),
            self._measure,
        )  # fmt: skip

    async def run(self) -> None:
        """Until cancelled; then what is under way may end, and the leases are given back."""
        await self._turns.run(self._start_turns)

    async def _start_turns(self) -> None:
        for failing in (False, True):
            room = self._room(failing=failing)
            if room <= 0:
                continue
            for endpoint_id in await claim_endpoints(self._pool, self._id, room, failing=failing):
                if failing:
                    self._failing.add(endpoint_id)
                turn = Turn(self._services, self._id, endpoint_id, failing=failing).run()
                self._turns.start(endpoint_id, turn, partial(self._failing.discard, endpoint_id))

    def _room(self, *, failing: bool) -> int:
        if failing:
            return FAILING_AT_ONCE - len(self._failing)
        return ENDPOINTS_AT_ONCE - (len(self._turns) - len(self._failing))

    async def _measure(self) -> None:
        self._metrics.backlog = await count_backlog(self._pool)


class Turn:
    """One endpoint's turn: its due deliveries, in order, some at a time, until none are left.

    It ends early where the endpoint turns out to be slow, unless it stands among such already.
    """

    def __init__(
        self, services: Services, worker: UUID, endpoint_id: UUID, *, failing: bool
    ) -> None:
        self._services = services
        self._pool = services.database.owner
        self._worker = worker
        self._endpoint_id = endpoint_id
        self._failing = failing
        self._until = time.monotonic() + TURN_SECONDS
        self._failures = self._pauses = 0
        self._done: list[Outcome] = []
        self._metrics = metrics_of(services)

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
        while not self._is_over():
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
            while waiting and not self._is_broken(endpoint) and not self._is_over():
                delivery, ended = waiting.popleft(), asyncio.Event()
                before = latest.get(delivery.record_id)
                latest[delivery.record_id] = ended
                if before is not None:  # of one record: each after the one before it
                    await before.wait()
                    if self._is_over():
                        ended.set()
                        return
                body = bodies[delivery.id]
                self._count(await attempt(self._services, endpoint, delivery, body, keys))
                ended.set()

        most = SENT_TO_FAILING if self._failing else SENT_AT_ONCE
        senders = {asyncio.create_task(send()) for _ in range(min(most, len(waiting)))}
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

    def _is_over(self) -> bool:
        return time.monotonic() >= self._until

    def _is_broken(self, endpoint: Held) -> bool:
        """Whether it failed too often in a row to be sent more now."""
        return self._failures >= BREAK_AFTER and self._failures > endpoint.failures

    def _count(self, outcome: Outcome) -> None:
        self._done.append(outcome)
        self._metrics.outcomes[outcome.status] += 1
        is_slow = outcome.duration_ms > SLOW_SECONDS * 1000
        if is_slow and not self._failing:
            self._until = 0
        if outcome.status != "succeeded":
            self._failures += 1
        else:
            self._failures, self._pauses = int(is_slow), 0

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
        except AWAY:
            log.warning("webhook_lease_not_released", endpoint_id=str(self._endpoint_id))
