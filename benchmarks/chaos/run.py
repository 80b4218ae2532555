"""One run from beginning to end: disturb, heal, wait, look, judge."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.chaos.checker import check
from benchmarks.chaos.evidence import Evidence, gather, settle
from benchmarks.chaos.history import History
from benchmarks.chaos.listeners import Heard, Hook, Poller, Resumer
from benchmarks.chaos.nemesis import Nemesis
from benchmarks.chaos.world import Scene, scene
from benchmarks.chaos.writers import WRITERS, Writer
from tests.features.webhooks.receiver import receiving

SHOWN = 20
ERROR = '"level": "error"'
HEALED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """``pace``: seconds between strikes; ``pause``: of a client between two operations, on
    average; ``patience``: until everything that waits must have been done."""

    seconds: float
    seed: int
    pace: tuple[float, float]
    pause: float = 0.4
    patience: float = 120.0


@dataclass
class Outcome:
    """What was found wrong, and figures."""

    plan: Plan
    violations: list[str]
    figures: dict[str, Any]
    history: History
    strikes: Counter[str]

    def text(self) -> str:
        lines = [f"seed: {self.plan.seed}"]
        lines += [f"{name}: {value}" for name, value in self.figures.items()]
        if self.violations:
            lines += [f"{len(self.violations)} VIOLATIONS with --seed {self.plan.seed}, the first:"]
            lines += [f"  {each[:600]}" for each in self.violations[:SHOWN]]
        return "\n".join(lines)


@dataclass
class Cast:
    """Who listens, and who disturbs."""

    hook: Hook
    stream: Resumer
    poller: Poller
    nemesis: Nemesis
    history: History = field(default_factory=History)
    settled: float = 0.0
    written: float = 0.0


async def run(data: Path, plan: Plan) -> Outcome:
    """Raises nothing for what is wrong with the product: that is in the outcome."""
    async with receiving() as receiver, scene(data, receiver, plan.seed) as found:
        cast = Cast(Hook(found), Resumer(found), Poller(found), Nemesis(found, plan.pace))
        async with _running(cast.hook.run(), cast.stream.run(), cast.poller.run()):
            await _disturb(found, cast, plan)
            cast.settled = await settle(found, cast.stream, cast.poller, plan.patience)
            await asyncio.sleep(1)  # so that what comes twice is there
        cast.hook.take()
        evidence = await gather(found, cast.history.ops, cast.hook, cast.stream, cast.poller)
        processes = (*found.nodes, found.worker)
        faults = [f"log: {line[:400]}" for each in processes for line in each.faults(ERROR)]
    wrong = (*_wrong(cast), *faults)
    violations = check(replace(evidence, wrong=wrong))
    return Outcome(plan, violations, _figures(cast, evidence), cast.history, cast.nemesis.strikes)


async def _disturb(found: Scene, cast: Cast, plan: Plan) -> None:
    """Writers write for as long as the nemesis strikes, and until all is well again."""
    stop = asyncio.Event()
    began = time.monotonic()
    writers = [Writer(found, cast.history, number, plan.pause) for number in range(WRITERS)]
    working = [asyncio.create_task(writer.run(stop)) for writer in writers]
    try:
        await cast.nemesis.run(plan.seconds)
    finally:
        stop.set()
        await asyncio.gather(*working)
    cast.written = time.monotonic() - began


@asynccontextmanager
async def _running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work beside the block. A failure of one of them is raised at its end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each


def _wrong(cast: Cast) -> list[str]:
    late = [
        f"{kind}: healed after {seconds:.1f} s"
        for kind in ("postgres", "connections")
        for seconds in cast.nemesis.healed.get(kind, ())
        if seconds > HEALED_SECONDS
    ]
    return [
        *cast.history.wrong, *cast.nemesis.wrong, *late, *cast.hook.wrong, *cast.stream.wrong
    ]  # fmt: skip


def _overtaken(heard: Sequence[Heard]) -> int:
    """Events that came for the first time behind a newer one of the same record."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    count = 0
    for each in heard:
        if each.id not in seen:
            seen.add(each.id)
            count += each.seq < newest.get(each.record, 0)
            newest[each.record] = max(each.seq, newest.get(each.record, 0))
    return count


def _figures(cast: Cast, evidence: Evidence) -> dict[str, Any]:
    results = Counter(op.result for op in cast.history.ops)
    heard = Counter(each.id for each in cast.hook.heard)
    healed = {kind: f"{max(took):.1f}" for kind, took in cast.nemesis.healed.items()}
    replayed = sum(bool(op.detail.get("replayed")) for op in cast.history.ops)
    return {
        "seconds of writing": round(cast.written, 1),
        "operations": dict(results),
        "operations by kind": dict(Counter(op.kind for op in cast.history.ops)),
        "answers by status (0: none)": dict(sorted(cast.history.statuses.items())),
        "repeated under a key and replayed": replayed,
        "strikes": dict(cast.nemesis.strikes),
        "healed within, seconds": healed,
        "changes in the log": len(evidence.log),
        "webhooks": f"{len(cast.hook.heard)} requests, {len(heard)} events, "
        f"{len(cast.hook.heard) - len(heard)} duplicates, "
        f"{_overtaken(cast.hook.heard)} after a newer one of their record",
        "stream": f"{len(evidence.streamed)} events over {cast.stream.connections} connections",
        "feed": f"{len(evidence.polled)} changes",
        "runs": len(evidence.runs),
        "all caught up after, seconds": round(cast.settled, 1),
    }
