"""What goes wrong: processes and Postgres die, connections are cut, and all come back."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from benchmarks.chaos.world import Scene
from tests.faults.nodes import Node, Worker, postgres_of

CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
STARTS = 5
LOST_SECONDS = 60.0


@dataclass
class Nemesis:
    """Strikes every so many seconds; each kind in turn, in an order of chance."""

    scene: Scene
    pace: tuple[float, float]
    strikes: Counter[str] = field(default_factory=Counter)
    healed: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    _bag: list[str] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, seconds: float) -> None:
        """Strike for so long, then wait until everything is well again."""
        chance = random.Random(self.scene.chance.random())
        ends = time.monotonic() + seconds
        while (pause := chance.uniform(*self.pace)) < ends - time.monotonic():
            await asyncio.sleep(pause)
            await self._strike(chance)
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _strike(self, chance: random.Random) -> None:
        kinds: dict[str, Callable[[random.Random], Coroutine[Any, Any, None]]] = {
            "node": self._node, "worker": self._worker,
            "postgres": self._postgres, "connections": self._connections,
        }  # fmt: skip
        if not self._bag:
            self._bag = [*kinds, "node", "worker"]
            chance.shuffle(self._bag)
        kind = self._bag.pop()
        await kinds[kind](chance)

    async def _node(self, chance: random.Random) -> None:
        """One of those that are up: the last of them too."""
        up = [number for number in range(len(self.scene.nodes)) if number not in self.scene.away]
        if up:
            self._kill(chance.choice(up), chance.uniform(0, 1.5))

    async def _worker(self, chance: random.Random) -> None:
        if -1 not in self.scene.away:
            self._kill(-1, chance.uniform(0, 1.5))

    async def _postgres(self, _: random.Random) -> None:
        """As if by ``pg_ctl stop -m immediate``: whoever serves starts it again."""
        began = time.monotonic()
        try:
            os.kill(postgres_of(self.scene.data).pid, signal.SIGQUIT)
        except AssertionError:
            return  # it is down already
        self.strikes["postgres"] += 1
        await asyncio.sleep(0.3)
        self._heal("postgres", began)

    async def _connections(self, _: random.Random) -> None:
        began = time.monotonic()
        try:
            postgres = postgres_of(self.scene.data)
            connection = await asyncpg.connect(postgres.dsn("postgres"))
            await connection.fetchval(CUT)
            await connection.close()
        except (AssertionError, OSError, asyncpg.PostgresError):
            return  # it is down already
        self.strikes["connections"] += 1
        self._heal("connections", began)

    def _kill(self, number: int, rest: float) -> None:
        process = self.scene.worker if number < 0 else self.scene.nodes[number]
        began = time.monotonic()
        process.kill()
        self.strikes["worker" if number < 0 else "node"] += 1
        self.scene.away.add(number)
        self._spawn(self._bring_back(process, number, rest, began))

    async def _bring_back(self, process: Worker, number: int, rest: float, began: float) -> None:
        await asyncio.sleep(rest)
        for _ in range(STARTS):
            try:
                await asyncio.to_thread(process.start)
                break
            except AssertionError:
                self.strikes["failed start"] += 1  # Postgres died under it; started once more
        else:
            self.wrong.append(f"{process.command[0]} does not start any more")
        self.scene.away.discard(number)
        if isinstance(process, Node):
            self.healed.setdefault("node", []).append(time.monotonic() - began)

    def _heal(self, kind: str, began: float) -> None:
        self._spawn(self._until_well(kind, began))

    async def _until_well(self, kind: str, began: float) -> None:
        """Until every node that is up reads from the database again."""
        for number, home in enumerate(self.scene.homes):
            while number not in self.scene.away and not await _is_well(home.client, home.data):
                if time.monotonic() - began > LOST_SECONDS:
                    self.wrong.append(f"{kind}: {home.node.base} did not heal")
                    return
                await asyncio.sleep(0.05)
        self.healed.setdefault(kind, []).append(time.monotonic() - began)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _is_well(client: httpx.AsyncClient, data: str) -> bool:
    try:
        return (await client.get(f"{data}/cells?limit=1")).status_code == 200
    except httpx.TransportError:
        return False
