"""``backendify serve`` as a process of its own, and commands that speak to it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import NO_TLS, PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Served:
    """A server process and its address."""

    process: "subprocess.Popen[bytes]"
    url: str

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run ``backendify …`` against it."""
        return backendify(*words, BACKENDIFY_URL=self.url, **environment)


def backendify(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run ``backendify …`` without any credentials but those given."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_without_credentials() | environment,
        timeout=600,
        check=False,
    )


@contextmanager
def serving(data: Path, postgres_bin: Path | None = None, **settings: str) -> Iterator[Served]:
    """A server on a free port with a data directory of its own, until the block ends."""
    port = _free_port()
    environment = _without_credentials() | {
        "BACKENDIFY_DATA_DIR": str(data),
        "BACKENDIFY_PORT": str(port),
        "BACKENDIFY_RATE_LIMITS": "off",
        **settings,
    }
    if postgres_bin is not None:
        environment["BACKENDIFY_POSTGRES_BIN"] = str(postgres_bin)
    command = [sys.executable, "-m", "app.cli", "serve"]
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process, data / "server.log")
        yield Served(process, url)
    finally:
        process.terminate()
        process.wait(60)


def told(done: "subprocess.CompletedProcess[str]") -> Any:
    """What a command that succeeded with ``--json`` answered."""
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def _without_credentials() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "BACKENDIFY_" not in name}


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(verify=NO_TLS, trust_env=False) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            with suppress(httpx.TransportError):
                if client.get(f"{url}/readyz").status_code == 200:
                    return
            time.sleep(0.05)
    raise AssertionError(log.read_text())


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
