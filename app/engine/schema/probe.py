"""Asking the rows: runs the probes of a plan, each for a bounded time."""

import json
from collections.abc import Iterable
from typing import Any

import asyncpg

from app.engine.schema.compile_probes import Probe
from app.engine.schema.record import Connection

SECONDS_EACH = 20


async def run_probes(
    connection: Connection, probes: Iterable[Probe], rows: dict[str, int]
) -> list[dict[str, Any]]:
    """The offenders, inside the caller's transaction; a count of None could not be had in time."""
    found = []
    for probe in probes:
        count, samples = await _ask(connection, probe, rows.get(probe.collection_id, 0))
        if count is None or count:
            found.append(probe.report(count, samples))
    return found


async def _ask(connection: Connection, probe: Probe, rows: int) -> tuple[int | None, list[Any]]:
    if probe.count is None or probe.samples is None:
        return rows, []
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS_EACH}s'")
            count = await connection.fetchval(probe.count)
            lines = await connection.fetch(probe.samples) if count else []
            return count, [json.loads(line[0]) for line in lines]
    except asyncpg.QueryCanceledError:
        return None, []
