"""How much one caller may ask for: requests counted by group of routes, project and caller.

Which group a route is in hangs on the route, never on how its path was written; an anonymous
caller is an address that nobody can forge. Counting touches nothing but memory. Where a store is
shared, what was counted goes there each second and the sums of all processes come back: a limit
may so be overstepped for a second, and no request waits. Attempts to sign in are counted exactly,
elsewhere (``engine/identity/attempts.py``).
"""

import asyncio
import json
import math
import time
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, Literal
from uuid import UUID

import structlog

from app.core.addresses import network_of
from app.core.counters.counters import Addition, Counters
from app.core.db import Database
from app.core.errors import TooManyRequestsError
from app.core.rates import Rate, parse_rate
from app.core.tasks import end_tasks
from app.engine.identity.principal import Caller

Group = Literal["data", "write", "import", "admin"]
Kind = Literal["anonymous", "app_user", "api_key", "member"]
Rates = Mapping[tuple[str, str], Rate | None]

DEFAULTS: Final[Mapping[Group, Mapping[Kind, str]]] = {
    "data": {"anonymous": "600/minute", "app_user": "6000/minute"},
    "write": {"anonymous": "120/minute", "app_user": "1200/minute"},
    "import": {"anonymous": "10/hour", "app_user": "60/hour"},
    "admin": {},
}
"""What holds where a project's settings say nothing; who is not named may ask for any number."""

HELD_SECONDS: Final = 5.0
FLUSH_SECONDS: Final = 1.0
CLEAR_SECONDS: Final = 600.0
MOST_PROJECTS: Final = 10_000
MOST_WINDOWS: Final = 100_000
_ROUNDS: Final = 2
_LIMITS: Final = "SELECT settings ->> 'limits' FROM backendify.projects WHERE id = $1"

log = structlog.get_logger(__name__)


class _Window:
    """One caller's requests of one group.

    ``unsent`` are those the shared store has not got; for ``rounds`` more it is asked all the
    same, so that what others counted at the same time comes in.
    """

    __slots__ = ("count", "ends", "rounds", "unsent")

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.count = 0
        self.unsent = 0
        self.rounds = 0


class RateLimits:
    """Counts requests. ``shared`` is the store of all processes, None where there is but one."""

    def __init__(self, database: Database, shared: Counters | None, *, enabled: bool) -> None:
        self._database = database
        self._shared = shared
        self._enabled = enabled
        self._rates: dict[UUID, tuple[Rates, float]] = {}
        self._windows: dict[tuple[UUID, Group, UUID | str | None], _Window] = {}
        self._flushing: asyncio.Task[None] | None = None

    async def count(
        self, caller: Caller, group: Group, address: str | None, state: MutableMapping[str, Any]
    ) -> None:
        """Count one request; leaves the headers of its answer in ``state["limit_headers"]``.

        Raises TooManyRequestsError.
        """
        if not self._enabled:
            return
        now = time.monotonic()
        held = self._rates.get(caller.project.id)
        rates = held[0] if held and held[1] > now else await self._load(caller.project.id, now)
        kind = "member" if caller.role is not None else caller.principal.kind
        rate = rates.get((group, kind))
        if rate is None:
            return
        who = caller.principal.id or network_of(address or "")
        window = self._windows.get((caller.project.id, group, who))
        if window is None or window.ends <= now:
            window = self._open((caller.project.id, group, who), rate, now)
        window.count += 1
        window.unsent += 1
        seconds_left = math.ceil(window.ends - now)
        state["limit_headers"] = _headers(group, rate, window.count, seconds_left)
        if window.count > rate.most:
            raise TooManyRequestsError(
                f"More than {rate.most} requests in {rate.seconds} s.", retry_after=seconds_left
            )

    def start(self) -> None:
        """Begin to exchange counts with the other processes."""
        if self._enabled and self._shared is not None:
            self._flushing = asyncio.create_task(self._keep_flushing(self._shared))

    async def stop(self) -> None:
        if self._flushing is not None:
            await end_tasks(self._flushing)

    def _open(self, key: tuple[UUID, Group, UUID | str | None], rate: Rate, now: float) -> _Window:
        if len(self._windows) >= MOST_WINDOWS:
            kept = [item for item in self._windows.items() if item[1].ends > now]
            self._windows = dict(kept[-MOST_WINDOWS // 2 :])
        self._windows.pop(key, None)  # the newest stand at the end
        window = self._windows[key] = _Window(now + rate.seconds)
        return window

    async def _load(self, project_id: UUID, now: float) -> Rates:
        held = self._rates.get(project_id)
        if held is not None:  # the others go on with what was known
            self._rates[project_id] = (held[0], now + HELD_SECONDS)
        stored = await self._database.owner.fetchval(_LIMITS, project_id)
        if len(self._rates) >= MOST_PROJECTS:
            self._rates.clear()
        rates = _rates_of(json.loads(stored) if stored else {})
        self._rates[project_id] = (rates, now + HELD_SECONDS)
        return rates

    async def _keep_flushing(self, shared: Counters) -> None:
        cleared = time.monotonic()
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self._flush(shared)
                if time.monotonic() - cleared > CLEAR_SECONDS:
                    cleared = time.monotonic()
                    await shared.clear()
            except Exception:
                log.exception("limits_flush_failed")

    async def _flush(self, shared: Counters) -> None:
        """Tell the store what was counted, and take over what all processes counted."""
        now = time.monotonic()
        changed = [
            item
            for item in self._windows.items()
            if (item[1].unsent or item[1].rounds) and item[1].ends > now
        ]
        if not changed:
            return
        additions = [
            Addition(f"{group}:{project_id}:{who}", window.unsent, max(1, round(window.ends - now)))
            for (project_id, group, who), window in changed
        ]
        for _, window in changed:
            window.rounds = _ROUNDS if window.unsent else window.rounds - 1
            window.unsent = 0
        counts = await shared.add(additions)
        now = time.monotonic()
        for (_, window), count in zip(changed, counts, strict=True):
            window.count = count.value + window.unsent
            window.ends = now + count.seconds_left


def group_of(method: str, route: str) -> Group:
    """The group of a data route, by its template."""
    if route.endswith("/import"):
        return "import"
    is_read = method in ("GET", "HEAD") or route.endswith(("/query", "/validate"))
    return "data" if is_read else "write"


def _rates_of(stored: Mapping[str, Any]) -> Rates:
    """A project's own rates over the defaults."""
    rates: dict[tuple[str, str], Rate | None] = {}
    for group, defaults in DEFAULTS.items():
        texts = {**defaults, **stored.get(group, {})}
        rates.update({(group, kind): parse_rate(text) for kind, text in texts.items() if text})
    return rates


def _headers(group: Group, rate: Rate, count: int, seconds_left: int) -> list[tuple[bytes, bytes]]:
    left = max(0, rate.most - count)
    name = group.encode()
    return [
        (b"ratelimit-policy", b'"%b";q=%d;w=%d' % (name, rate.most, rate.seconds)),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (name, left, seconds_left)),
    ]
