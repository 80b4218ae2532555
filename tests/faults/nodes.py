"""Server processes that a test may kill, stop and start again, and a look at their database."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from app.core.postgres.binaries import find_binaries
from app.core.postgres.cluster import Cluster
from app.core.postgres.server import Server, find_server, running_server
from app.core.roles import OWNER
from tests.waiting import NO_TLS

ROOT = Path(__file__).parents[2]
START_SECONDS = 90
STOP_SECONDS = 45


@dataclass
class Worker:
    """One ``backendify worker``; its log is kept beside the data."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}-worker.log"

    @property
    def command(self) -> list[str]:
        return ["worker"]

    def start(self) -> float:
        """Start it, without waiting for anything; the seconds that took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "app.cli", *self.command, "--data-dir", str(self.data)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self.environment, stdout=log, stderr=log
            )
        return time.monotonic() - began

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Its exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def end(self) -> None:
        """Stop it if it runs."""
        if self.process.poll() is None:
            self.stop()

    def faults(self, *more: str) -> list[str]:
        """What its log holds of failures that nobody foresaw, or of ``more`` words."""
        text = self.log.read_text(errors="replace")
        words = ("unexpected_error", "Traceback", "never retrieved", "ERROR:", *more)
        return [line for line in text.splitlines() if any(word in line for word in words)]


@dataclass
class Node(Worker):
    """One ``backendify serve``, always on the same port."""

    port: int = field(default_factory=lambda: _free_port())

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}-{self.port}.log"

    @property
    def command(self) -> list[str]:
        return ["serve", "--port", str(self.port)]

    def start(self) -> float:
        """Start it and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        super().start()
        self._wait_until_ready(began + START_SECONDS)
        return time.monotonic() - began

    def _wait_until_ready(self, deadline: float) -> None:
        with httpx.Client(verify=NO_TLS) as client:
            while time.monotonic() < deadline:
                ended = self.process.poll()
                assert ended is None, f"ended with {ended}: {self.log.read_text()[-3000:]}"
                with suppress(httpx.HTTPError):
                    if client.get(f"{self.base}/readyz").status_code == 200:
                        return
                time.sleep(0.05)
        raise AssertionError(f"not ready: {self.log.read_text()[-3000:]}")


@contextmanager
def serving(data: Path, **environment: str) -> Iterator[Node]:
    """A running node; it is ended with the block, whatever became of it there."""
    node = Node(data, {f"BACKENDIFY_{name.upper()}": value for name, value in environment.items()})
    try:
        node.start()
        yield node
    finally:
        node.end()
        stop_left_behind(data)


def stop_left_behind(data: Path) -> None:
    """Stop the Postgres that a killed node left running, unless another node uses it."""
    if find_server(Cluster(data, find_binaries(data))):
        with running_server(data):
            pass


def postgres_of(data: Path) -> Server:
    """The embedded server of a data directory, which must be running."""
    server = find_server(Cluster(data, find_binaries(data)))
    assert server is not None, "Postgres does not run"
    return server


@asynccontextmanager
async def observer(data: Path) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the product's database: it looks, and holds things up."""
    connection = await asyncpg.connect(postgres_of(data).dsn(OWNER))
    try:
        yield connection
    finally:
        await asyncio.shield(connection.close(timeout=5))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
