"""Clients that write at whichever node answers, and keep account of what they were told."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.chaos.history import History, Op
from benchmarks.chaos.world import TOTAL, Scene
from tests.faults.world import Home

WRITERS = 8
ANSWER_SECONDS = 10.0
AGAIN_SECONDS = 30.0
BULK = (2, 12)
AWAY_SECONDS = 0.1
UNAWARE = 0.1
IMPATIENT = 0.15
"""Of all writes, so many are not waited for long enough: what became of them is unknown."""


class Writer:
    """One client: an operation after the other, with a pause of ``pace`` seconds on average."""

    def __init__(self, scene: Scene, history: History, number: int, pace: float) -> None:
        self._scene, self._history, self._number, self._pace = scene, history, number, pace
        self._chance = random.Random(scene.chance.random())
        self._own: list[str] = []
        kinds: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._single, 3), (self._bulk, 1), (self._cas, 3), (self._keyed_create, 2),
            (self._keyed_add, 2), (self._transfer, 3), (self._delete, 2), (self._sum, 2),
        ]  # fmt: skip
        self._kinds = [kind for kind, weight in kinds for _ in range(weight)]

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._chance.choice(self._kinds)()
            await asyncio.sleep(self._chance.uniform(0, 2 * self._pace))

    async def _single(self) -> None:
        op = self._begin("single")
        answer = await self._send("POST", "/data/entries", json={"mark": op.id})
        self._settle(op, answer, {201})
        if answer is not None and op.result == "ok":
            await self._read_back(op, answer.json()["id"])

    async def _read_back(self, op: Op, record: str) -> None:
        """What was acknowledged is to be seen at any node."""
        self._own.append(record)
        found = await self._send("GET", f"/data/entries/{record}")
        if found is None or found.status_code >= 500:
            return
        if found.status_code != 200 or found.json()["mark"] != op.id:
            self._wrong(op, f"acknowledged, then read as {found.status_code} {found.text}")

    async def _bulk(self) -> None:
        op = self._begin("bulk", rows=self._chance.randint(*BULK))
        rows = [{"mark": f"{op.id}.{n}", "tag": op.id} for n in range(op.detail["rows"])]
        self._settle(op, await self._send("POST", "/data/entries", json=rows), {201})

    async def _cas(self) -> None:
        """Read a cell, then write it unless somebody else did."""
        path = f"/data/cells/{self._chance.choice(self._scene.cells)}"
        read = await self._send("GET", path)
        if read is None or read.status_code >= 500:
            return
        version = int(read.headers["etag"].strip('W/"').split("-")[0])
        cell = read.json()
        op = self._begin("cas", cell=cell["id"], version=version, value=cell["value"])
        headers = {"if-match": read.headers["etag"]}
        answer = await self._send("PATCH", path, headers=headers, json={"value": op.id})
        self._settle(op, answer, {200}, {412})

    async def _keyed_create(self) -> None:
        op = self._begin("keyed_create")
        answer = await self._insist(op, "POST", "/data/entries", {"mark": op.id})
        self._settle(op, answer, {201})

    async def _keyed_add(self) -> None:
        op = self._begin("keyed_add", cell=self._chance.choice(self._scene.cells))
        body = {"hits": {"$inc": 1}, "last": op.id}
        answer = await self._insist(op, "PATCH", f"/data/cells/{op.detail['cell']}", body)
        self._settle(op, answer, {200})

    async def _insist(
        self, op: Op, method: str, path: str, body: dict[str, Any]
    ) -> httpx.Response | None:
        """Ask again under the same key until the answer is known. All answers must agree."""
        deadline = time.monotonic() + AGAIN_SECONDS
        headers = {"idempotency-key": op.id}
        answer = None
        while time.monotonic() < deadline:
            answer = await self._send(method, path, headers=headers, json=body)
            op.detail["asked"] = op.detail.get("asked", 0) + 1
            if answer is not None and answer.status_code < 500 and answer.status_code != 409:
                op.detail["replayed"] = "idempotency-replayed" in answer.headers
                return answer
            await asyncio.sleep(AWAY_SECONDS)
        return answer

    async def _transfer(self) -> None:
        source, target = self._chance.sample(self._scene.accounts, 2)
        amount = self._chance.randint(1, 50)
        op = self._begin("transfer", source=source, target=target, amount=amount)
        moves = [
            {
                "op": "update",
                "collection": "accounts",
                "id": account,
                "data": {"balance": {"$inc": change}, "last": op.id},
            }
            for account, change in ((source, -amount), (target, amount))
        ]
        self._settle(op, await self._send("POST", "/batch", json={"operations": moves}), {200})

    async def _delete(self) -> None:
        if not self._own:
            return await self._single()
        record = self._own.pop(self._chance.randrange(len(self._own)))
        op = self._begin("delete", record=record)
        self._settle(op, await self._send("DELETE", f"/data/entries/{record}"), {204})
        return None

    async def _sum(self) -> None:
        op = self._begin("sum")
        answer = await self._send("GET", "/data/accounts?fields=balance")
        self._settle(op, answer, {200})
        if answer is not None and op.result == "ok":
            found = sum(row["balance"] for row in answer.json()["data"])
            if found != TOTAL:
                self._wrong(op, f"the accounts hold {found}, not {TOTAL}")

    def _begin(self, kind: str, **detail: Any) -> Op:
        op = Op(kind, f"{kind}-{uuid4().hex}", self._number, time.monotonic(), detail=detail)
        self._history.ops.append(op)
        return op

    def _settle(
        self,
        op: Op,
        answer: httpx.Response | None,
        good: set[int],
        refused: frozenset[int] | set[int] = frozenset(),
    ) -> None:
        """File an answer; one that is neither good, nor a refusal foreseen, nor a 5xx is wrong."""
        op.ended = time.monotonic()
        if answer is None or answer.status_code >= 500:
            return
        op.status = answer.status_code
        op.result = "ok" if op.status in good else "fail"
        if op.status not in good | refused and op.status != 409:
            self._wrong(op, f"{op.status} {answer.text[:300]}")

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        """The answer of either node; None where the connection broke or nothing came in time."""
        for home in self._homes():
            try:
                answer = await home.client.request(
                    method, f"{home.url}{path}", timeout=self._patience(method), **options
                )
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # it never got there
            except httpx.TransportError:
                self._history.statuses[0] += 1
                return None
            self._note(method, path, answer)
            return answer
        await asyncio.sleep(AWAY_SECONDS)
        return None

    def _homes(self) -> list[Home]:
        """As a load balancer does it: a node that is not ready comes last, mostly."""
        numbers = self._chance.sample(range(len(self._scene.homes)), len(self._scene.homes))
        if self._chance.random() > UNAWARE:
            numbers.sort(key=lambda number: number in self._scene.away)
        return [self._scene.homes[number] for number in numbers]

    def _patience(self, method: str) -> float:
        if method != "GET" and self._chance.random() < IMPATIENT:
            return self._chance.uniform(0.002, 0.03)
        return ANSWER_SECONDS

    def _note(self, method: str, path: str, answer: httpx.Response) -> None:
        status = answer.status_code
        self._history.statuses[status] += 1
        odd = status >= 500 and status not in (503, 504)
        if odd or (status >= 500 and "retry-after" not in answer.headers):
            self._history.wrong.append(f"{method} {path}: {status} {answer.text[:300]}")

    def _wrong(self, op: Op, said: str) -> None:
        self._history.wrong.append(f"{op.kind} {op.id}: {said}")
