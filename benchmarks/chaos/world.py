"""What is disturbed: two nodes and a worker on one Postgres, a project, and its listeners.

One node works in the background as well, the other one leaves that to the worker, so that every
kind of process is among those which die.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.faults.nodes import Node, Worker, stop_left_behind
from tests.faults.world import Home, home_at, seen_from
from tests.features.webhooks.receiver import Receiver
from tests.schemas import field as field_of

CELLS, ACCOUNTS, OPENING = 2, 6, 1_000
TOTAL = ACCOUNTS * OPENING
COLLECTIONS: list[dict[str, Any]] = [
    {
        "name": "entries",
        "fields": [
            field_of("mark", "string", required=True, index=True),
            field_of("tag", "string", index=True),
        ],
    },
    {
        "name": "cells",
        "fields": [
            field_of("value", "string"),
            field_of("hits", "int", default=0),
            field_of("last", "string"),
        ],
    },
    {
        "name": "accounts",
        "fields": [field_of("balance", "int", default=0), field_of("last", "string")],
    },
    {"name": "lines", "fields": [field_of("event", "string", index=True)]},
]
WATCHED = ("entries", "cells", "accounts")
"""The collections whose every event starts a run that writes one line."""

OPTIONS = {
    "BACKENDIFY_RATE_LIMITS": "off",
    "BACKENDIFY_LOG_LEVEL": "warning",
    "BACKENDIFY_WEBHOOK_SCHEDULE": ",".join(["0"] + ["0.5"] * 20),
}


@dataclass
class Scene:
    """Everything a run has to do with. ``homes`` are the project as seen from each node; ``away``
    are the nodes (by number) and the worker (-1) that are down, or not ready yet."""

    data: Path
    nodes: list[Node]
    worker: Worker
    homes: list[Home]
    receiver: Receiver
    chance: random.Random
    cells: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    collections: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    away: set[int] = field(default_factory=set)

    @property
    def home(self) -> Home:
        return self.homes[0]

    @property
    def project(self) -> UUID:
        return self.home.project


@asynccontextmanager
async def scene(data: Path, receiver: Receiver, seed: int) -> AsyncIterator[Scene]:
    """Started processes and a project in which everything listens from its first change on."""
    options = OPTIONS | {"BACKENDIFY_EGRESS_ALLOW": receiver.netloc}
    nodes = [Node(data, options), Node(data, options | {"BACKENDIFY_BACKGROUND": "off"})]
    worker = Worker(data, options)
    try:
        for process in (*nodes, worker):
            await asyncio.to_thread(process.start)
        async with home_at(nodes[0], *COLLECTIONS) as home, seen_from(nodes[1], home) as there:
            made = Scene(data, nodes, worker, [home, there], receiver, random.Random(seed))
            await _listen(made)
            await _fill(made)
            yield made
    finally:
        for process in (worker, *reversed(nodes)):
            await asyncio.to_thread(process.end)
        stop_left_behind(data)


async def _listen(scene: Scene) -> None:
    home = scene.home
    settings = {"workflows": {"runs_per_minute": 1_000_000}}
    await home.ok("PATCH", "/settings", json=settings)
    held = await home.ok("GET", "/schema")
    scene.collections = {each["id"]: each["name"] for each in held["schema"]["collections"]}
    hook = {"url": scene.receiver.url("chaos"), "events": ["record.*"]}
    scene.secret = (await home.ok("POST", "/webhooks", json=hook))["secret"]
    for name in WATCHED:
        await home.ok("POST", "/workflows", json=_workflow(name))


def _workflow(collection: str) -> dict[str, Any]:
    line = {"collection": "lines", "data": {"event": "{{trigger.event_id}}"}}
    return {
        "name": f"lines of {collection}",
        "max_concurrent": 20,
        "trigger": {"type": "record.*", "collection": collection},
        "steps": [
            {
                "id": "line",
                "action": "data.create",
                "with": line,
                "retry": {"max_attempts": 20, "delay_seconds": 0.5, "factor": 1},
            },
            {"id": "said", "action": "log", "with": {"message": "{{steps.line.id}}"}},
        ],
    }


async def _fill(scene: Scene) -> None:
    cells = [{"value": "", "last": ""}] * CELLS
    accounts = [{"balance": OPENING, "last": ""}] * ACCOUNTS
    scene.cells = _ids(await scene.home.ok("POST", "/data/cells", json=cells))
    scene.accounts = _ids(await scene.home.ok("POST", "/data/accounts", json=accounts))


def _ids(answer: Any) -> list[str]:
    rows = answer["data"] if isinstance(answer, dict) else answer
    return [row["id"] for row in rows]
