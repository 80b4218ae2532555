"""How long an event takes to all who listen: 1,000 subscribers, 100 writes a second.

    python -m benchmarks.realtime [--listeners 1000] [--rate 100] [--seconds 20] [--sockets]

The listeners run in a process of their own. A latency is the time from the moment a write is sent
to the moment that its event has arrived at one listener; both are of one machine's clock.
"""

import argparse
import asyncio
import json
import re
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.processes import cpu_seconds, memory_mb
from tests.faults.nodes import serving
from tests.faults.world import home_at
from tests.schemas import field

NOTES: dict[str, Any] = {
    "name": "notes",
    "fields": [field("sent", "string"), field("text", "text")],
}
SENT = re.compile(rb'"record":\{[^}]*"sent":"([0-9.]+)"')
LENGTH = re.compile(rb"content-length: ([0-9]+)")
OPENING = 50
WRITERS = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--sockets", action="store_true", help="WebSockets in place of streams")
    parser.add_argument("--listen", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.listen:
        _allow_many_files()
        asyncio.run(listen(given, json.loads(given.listen)))
    else:
        found = measure(given.listeners, given.rate, given.seconds, sockets=given.sockets)
        print(json.dumps(found))


def measure(listeners: int, rate: int, seconds: int, *, sockets: bool = False) -> dict[str, float]:
    """The spread of the waits in milliseconds, and what the server needed."""
    _allow_many_files()
    with tempfile.TemporaryDirectory() as directory:
        options = {
            "rate_limits": "off",
            "log_level": "warning",
            "realtime_sockets_per_principal": "5000",
        }
        with serving(Path(directory) / "data", **options) as node:
            return asyncio.run(drive(node, listeners, rate, seconds, sockets=sockets))


def _allow_many_files() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(16_384, most), most))


async def drive(
    node: Any, listeners: int, rate: int, seconds: int, *, sockets: bool
) -> dict[str, float]:
    """Start the listeners, write at the rate asked for, and gather what they measured."""
    async with home_at(node, NOTES) as home:
        where = {"base": node.base, "url": home.url, "auth": home.client.headers["authorization"]}
        numbers = ("--listeners", listeners, "--rate", rate, "--seconds", seconds)
        command = [
            *(sys.executable, "-m", "benchmarks.realtime", "--listen", json.dumps(where)),
            *map(str, numbers),
            *(["--sockets"] if sockets else []),
        ]
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert child.stdout is not None
        await child.stdout.readline()
        before = cpu_seconds(node.process.pid)
        late = await write(where, rate, seconds)
        took = cpu_seconds(node.process.pid) - before
        told: dict[str, float] = json.loads(await child.stdout.read())
        await child.wait()
        memory = round(memory_mb(node.process.pid))
    own = {"late_ms": round(late * 1000), "cpus": round(took / seconds, 2), "mb": memory}
    return told | {"expected": listeners * rate * seconds} | own


async def write(where: dict[str, str], rate: int, seconds: int) -> float:
    """Send writes on time, whatever the answers take; how late the latest was."""
    due: asyncio.Queue[int] = asyncio.Queue()
    late = [0.0]
    began = time.monotonic()
    writers = [asyncio.create_task(_writer(where, due, began, rate, late)) for _ in range(WRITERS)]
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        due.put_nowait(number)
    await due.join()
    for writer in writers:
        writer.cancel()
    return late[0]


async def _writer(
    where: dict[str, str], due: "asyncio.Queue[int]", began: float, rate: int, late: list[float]
) -> None:
    """One connection without a client library: that would be what is measured."""
    address = httpx.URL(where["base"])
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = (f"POST {where['url']}/data/notes HTTP/1.1\r\nhost: x\r\nauthorization: {where['auth']}\r\n"
            "content-type: application/json\r\ncontent-length: ")  # fmt: skip
    while True:
        number = await due.get()
        late[0] = max(late[0], time.monotonic() - began - number / rate)
        body = json.dumps({"sent": f"{time.time():.6f}", "text": "x" * 100})
        writer.write(f"{head}{len(body)}\r\n\r\n{body}".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 201"), answer
        await reader.readexactly(int(LENGTH.search(answer.lower())[1]))
        due.task_done()


class Heard:
    """What all listeners heard."""

    def __init__(self, expected: int) -> None:
        self.waits: list[float] = []
        self._expected = expected
        self.all = asyncio.Event()

    def note(self, chunk: bytes) -> int:
        now = time.time()
        found = SENT.findall(chunk)
        self.waits += [now - float(each) for each in found]
        if len(self.waits) >= self._expected:
            self.all.set()
        return len(found)


async def listen(given: Any, where: dict[str, str]) -> None:
    """Open the listeners, say so, and print the spread of the waits."""
    heard = Heard(given.listeners * given.rate * given.seconds)
    opened, gate = asyncio.Semaphore(0), asyncio.Semaphore(OPENING)
    one = socket if given.sockets else stream
    tasks = [asyncio.create_task(one(where, heard, opened, gate)) for _ in range(given.listeners)]
    for _ in tasks:
        await opened.acquire()
    print(f"{len(tasks)} listeners", flush=True)
    try:
        async with asyncio.timeout(given.seconds + 60):
            await heard.all.wait()
    except TimeoutError:
        pass  # what was heard is counted
    print(json.dumps(spread(heard.waits) | {"arrived": len(heard.waits)}))
    for task in tasks:
        task.cancel()


def spread(waits: list[float]) -> dict[str, float]:
    """Seconds as percentiles in milliseconds."""
    ordered = sorted(waits)
    at = {f"p{p}_ms": ordered[len(ordered) * p // 100] for p in (50, 95, 99)}
    return {name: round(each * 1000) for name, each in (at | {"max_ms": ordered[-1]}).items()}


async def stream(where: dict[str, str], heard: Heard, opened: Any, gate: Any) -> None:
    """One stream over a bare connection: a client library would be what is measured."""
    address = httpx.URL(where["base"])
    async with gate:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        path = f"{where['url']}/realtime?collection=notes"
        writer.write(
            f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {where['auth']}\r\n\r\n".encode()
        )
        rest = (await reader.readuntil(b"id: ")) and b""
    opened.release()
    while chunk := await reader.read(1 << 16):
        rest += chunk
        end = rest.rfind(b"\n\n")
        if end >= 0:
            heard.note(rest[:end])
            rest = rest[end:]


async def socket(where: dict[str, str], heard: Heard, opened: Any, gate: Any) -> None:
    """The same for a WebSocket: a few frames written by hand, and events found in what comes."""
    address = httpx.URL(where["base"])
    async with gate:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(f"GET {where['url']}/realtime/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n"
                     "upgrade: websocket\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())  # fmt: skip
        await reader.readuntil(b"\r\n\r\n")
        token = where["auth"].removeprefix("Bearer ")
        for message in (
            {"type": "auth", "token": token},
            {"type": "subscribe", "id": "s", "collection": "notes"},
        ):
            payload = json.dumps(message).encode()
            writer.write(b"\x81\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload)
        await reader.readuntil(b'"ack"')
    opened.release()
    rest = b""
    while chunk := await reader.read(1 << 16):
        rest += chunk
        end = rest.rfind(b'"previous"')  # behind an event's record
        if end >= 0:
            heard.note(rest[:end])
            rest = rest[end:]


if __name__ == "__main__":
    main()
