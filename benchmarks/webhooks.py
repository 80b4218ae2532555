"""How long an event takes to webhooks: 100 writes a second, each sent to every endpoint.

    python -m benchmarks.webhooks [--endpoints 1] [--rate 100] [--seconds 20]

The receiver runs in a process of its own. A latency is the time from the moment a write is sent to
the moment that its delivery has arrived: the commit itself and the answer are in it.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.processes import cpu_seconds
from benchmarks.realtime import NOTES, spread, write
from tests.faults.nodes import serving
from tests.faults.world import home_at

SENT = re.compile(rb'"record":\{[^}]*"sent":"([0-9.]+)"')
LENGTH = re.compile(rb"content-length: ([0-9]+)")
ANSWER = b"HTTP/1.1 204 Done\r\n\r\n"
LEFT_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoints", type=int, default=1)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--receive", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.receive:
        asyncio.run(receive(given.receive))
    else:
        print(json.dumps(measure(given.endpoints, given.rate, given.seconds)))


def measure(endpoints: int, rate: int, seconds: int) -> dict[str, float]:
    """The spread of the waits in milliseconds, and what the server needed."""
    return asyncio.run(_measure(endpoints, rate, seconds))


async def _measure(endpoints: int, rate: int, seconds: int) -> dict[str, float]:
    async with receiver(endpoints * rate * seconds) as (port, child):
        with tempfile.TemporaryDirectory() as directory:
            options = {
                "rate_limits": "off",
                "log_level": "warning",
                "egress_allow": f"127.0.0.1:{port}",
            }
            with serving(Path(directory) / "data", **options) as node:
                async with home_at(node, NOTES) as home:
                    for number in range(endpoints):
                        to = f"http://127.0.0.1:{port}/{number}"
                        await home.ok("POST", "/webhooks", json={"url": to, "events": ["record.*"]})
                    auth = home.client.headers["authorization"]
                    before = cpu_seconds(node.process.pid)
                    where = {"base": node.base, "url": home.url, "auth": auth}
                    late = await write(where, rate, seconds)
                    waits = await _waits(child)
                    took = cpu_seconds(node.process.pid) - before
    expected = endpoints * rate * seconds
    told = {"expected": expected, "arrived": len(waits), "late_ms": round(late * 1000)}
    return spread(waits) | told | {"cpus": round(took / seconds, 2)}


@asynccontextmanager
async def receiver(expected: int) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """A process that takes so many webhooks; the port is the first thing it says."""
    command = [sys.executable, "-m", "benchmarks.webhooks", "--receive", str(expected)]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    try:
        yield int(await child.stdout.readline()), child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _waits(child: asyncio.subprocess.Process) -> list[float]:
    assert child.stdout is not None
    return [float(each) for each in (await child.stdout.read()).split()]


async def receive(expected: int) -> None:
    """Answer 204 to everything; say at the end how long each was on its way."""
    waits: list[float] = []
    last = time.monotonic()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal last
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                body = await reader.readexactly(_length(head))
                found = SENT.search(body)
                if found is not None:
                    waits.append(time.time() - float(found[1]))
                    last = time.monotonic()
                writer.write(ANSWER)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while len(waits) < expected and (not waits or time.monotonic() - last < LEFT_SECONDS):  # noqa: ASYNC110 - told by plain values
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)  # so that what comes twice is counted
    print(*(f"{each:.6f}" for each in waits))


def _length(head: bytes) -> int:
    found: Any = LENGTH.search(head)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
