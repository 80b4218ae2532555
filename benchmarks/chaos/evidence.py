"""What is there in the end: tables, logs, queues, and what everybody heard. No judgement."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from app.core.json_text import parse_json
from benchmarks.chaos.history import Op
from benchmarks.chaos.listeners import Heard, Hook, Poller, Resumer
from benchmarks.chaos.world import Scene
from tests.faults.nodes import observer

TABLES = ("entries", "cells", "accounts", "lines")
_LOG = """
SELECT n, seq, collection, record_id, action, request_id, before, after FROM {s}._changes ORDER BY n
"""
_OPEN_RUNS = """
SELECT count(*) FROM backendify.workflow_runs
WHERE project_id = $1 AND status IN ('queued', 'running', 'waiting')
"""
_OPEN_DELIVERIES = """
SELECT count(*) FROM backendify.webhook_deliveries
WHERE project_id = $1 AND status IN ('pending', 'failed')
"""
_READERS = "SELECT min(seq) FROM backendify.log_cursors WHERE project_id = $1"
_RUNS = "SELECT trigger_key, status FROM backendify.workflow_runs WHERE project_id = $1"
_STEPS = """
SELECT s.status, count(*) FROM backendify.workflow_steps s
JOIN backendify.workflow_runs r ON r.id = s.run_id WHERE r.project_id = $1 GROUP BY s.status
"""
_LEASES = """
SELECT count(*) FROM backendify.workflow_runs WHERE project_id = $1 AND leased_until IS NOT NULL
"""
_DELIVERIES = """
SELECT message_id, status, attempts FROM backendify.webhook_deliveries WHERE project_id = $1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the log."""

    n: int
    seq: int | None
    collection: str
    record: str
    action: str
    request: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the checks look at. ``rows`` are tables, by collection and id."""

    ops: Sequence[Op]
    log: Sequence[Change]
    rows: dict[str, dict[str, dict[str, Any]]]
    exported: frozenset[str]
    hooks: Sequence[Heard]
    streamed: Sequence[Heard]
    resyncs: int
    polled: Sequence[dict[str, Any]]
    runs: Sequence[tuple[str, str]]
    steps: dict[str, int]
    deliveries: Sequence[tuple[str, str, int]]
    leases: int
    project: str
    watched: frozenset[str] = frozenset()
    wrong: Sequence[str] = field(default_factory=tuple)

    def event_id(self, change: Change) -> str:
        return f"evt_{self.project}_{change.n}"


async def settle(scene: Scene, stream: Resumer, poller: Poller, seconds: float) -> float:
    """Wait until nothing is left to do, at most so long; the seconds that took."""
    began = time.monotonic()
    async with observer(scene.data) as connection:
        while time.monotonic() - began < seconds:
            if await _is_quiet(connection, scene, stream, poller):
                break
            await asyncio.sleep(0.3)
    return time.monotonic() - began


async def _is_quiet(
    connection: asyncpg.Connection, scene: Scene, stream: Resumer, poller: Poller
) -> bool:
    schema = scene.home.schema
    waiting = await connection.fetchval(f"SELECT count(*) FROM {schema}._changes WHERE seq IS NULL")
    last = await connection.fetchval(f"SELECT max(seq) FROM {schema}._changes")
    return (
        not waiting
        and last == await connection.fetchval(_READERS, scene.project)
        and not await connection.fetchval(_OPEN_RUNS, scene.project)
        and not await connection.fetchval(_OPEN_DELIVERIES, scene.project)
        and last == await connection.fetchval(f"SELECT max(seq) FROM {schema}._changes")
        and poller.since == last
        and int(stream.last) == last
    )


async def gather(
    scene: Scene, ops: Sequence[Op], hook: Hook, stream: Resumer, poller: Poller
) -> Evidence:
    """Look at everything, as a superuser and through the interface."""
    async with observer(scene.data) as connection:
        schema, project = scene.home.schema, scene.project
        log = await connection.fetch(_LOG.format(s=schema))
        rows = {name: await _rows(connection, schema, name) for name in TABLES}
        runs = await connection.fetch(_RUNS, project)
        steps = await connection.fetch(_STEPS, project)
        deliveries = await connection.fetch(_DELIVERIES, project)
        leases = await connection.fetchval(_LEASES, project)
    return Evidence(
        ops=ops,
        log=[_change(row, scene.collections) for row in log],
        rows=rows,
        exported=await _exported(scene),
        hooks=hook.heard,
        streamed=stream.heard,
        resyncs=stream.resyncs,
        polled=poller.changes,
        runs=[(row["trigger_key"], row["status"]) for row in runs],
        steps=dict(Counter({row["status"]: row["count"] for row in steps})),
        deliveries=[tuple(row) for row in deliveries],
        leases=leases,
        project=project.hex,
        watched=frozenset({"entries", "cells", "accounts"}),
    )


async def _rows(connection: asyncpg.Connection, schema: str, name: str) -> dict[str, Any]:
    found = await connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {schema}.{name} t")
    rows = [parse_json(each["row"]) for each in found]
    return {row["id"]: row for row in rows}


async def _exported(scene: Scene) -> frozenset[str]:
    """The ids of all entries, as the interface has them."""
    answer = await scene.home.client.get(
        f"{scene.home.data}/entries/export?format=ndjson&fields=id"
    )
    assert answer.status_code == 200, answer.text
    return frozenset(parse_json(line)["id"] for line in answer.text.splitlines() if line)


def _change(row: Any, names: dict[str, str]) -> Change:
    images = (None if row[key] is None else parse_json(row[key]) for key in ("before", "after"))
    name = names.get(row["collection"], row["collection"])
    return Change(
        row["n"], row["seq"], name, row["record_id"], row["action"], row["request_id"], *images
    )
