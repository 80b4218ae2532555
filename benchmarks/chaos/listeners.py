"""Who hears of changes while everything dies: a webhook's receiver, a stream, a poller."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from standardwebhooks import WebhookVerificationError

from benchmarks.chaos.world import Scene
from tests.features.realtime.listening import Stream, streaming

STAYS_SECONDS = (2.0, 8.0)
RETRY_SECONDS = 0.2
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as a listener was told of it."""

    id: str
    seq: int
    record: str
    action: str
    body: bytes = b""


@dataclass
class Hook:
    """Takes webhooks; the signature of each is looked at as it comes, since it ages."""

    scene: Scene
    heard: list[Heard] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            self.take()
            await asyncio.sleep(RETRY_SECONDS)

    def take(self) -> None:
        for received in self.scene.receiver.requests[len(self.heard) :]:
            told = received.json
            data = told["data"]
            self.heard.append(
                Heard(data["id"], data["seq"], data["record_id"], told["type"], received.body)
            )
            if received.id != data["id"]:
                self.wrong.append(f"webhook-id {received.id} for {data['id']}")
            try:
                received.verified(self.scene.secret)
            except WebhookVerificationError as error:
                self.wrong.append(f"webhook {received.id}: {error}")


@dataclass
class Resumer:
    """An EventSource that loses its connection again and again, and goes on at another node."""

    scene: Scene
    heard: list[Heard] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    connections: int = 0
    resyncs: int = 0
    last: str = "0"

    async def run(self) -> None:
        chance = random.Random(self.scene.chance.random())
        while True:
            home = chance.choice(self.scene.homes)
            headers = {
                "authorization": home.client.headers["authorization"],
                "last-event-id": self.last,
            }
            try:
                async with streaming(home.node.base, f"{home.url}/realtime", headers) as stream:
                    self.connections += 1
                    await self._listen(stream, chance.uniform(*STAYS_SECONDS))
            except (httpx.HTTPError, AssertionError, TimeoutError):
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, stream: Stream, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                told = await stream.next(RETRY_SECONDS)
            except TimeoutError:
                if stream.ended.is_set():
                    return
                continue
            self.last = told.id
            if told.event == "resync":
                self.resyncs += 1
                continue
            data = told.data
            self.heard.append(Heard(data["id"], data["seq"], data["record_id"], told.event))
            if int(told.id) != data["seq"]:
                self.wrong.append(f"stream: id {told.id} for seq {data['seq']}")


@dataclass
class Poller:
    """A sync client that reads on from where it was, at either node."""

    scene: Scene
    changes: list[dict[str, Any]] = field(default_factory=list)
    since: int = 0

    async def run(self) -> None:
        chance = random.Random(self.scene.chance.random())
        while True:
            if not await self._read(chance.randrange(len(self.scene.homes))):
                await asyncio.sleep(POLL_SECONDS)

    async def _read(self, number: int) -> bool:
        """Whether there is more."""
        home = self.scene.homes[number]
        try:
            path = f"{home.url}/changes?since={self.since}&limit=500"
            answer = await home.client.get(path, timeout=10)
        except httpx.TransportError:
            return False
        if answer.status_code != 200:
            return False
        page = answer.json()
        self.changes += page["data"]
        self.since = page["page"]["next_since"] or self.since
        return bool(page["page"]["has_more"])
