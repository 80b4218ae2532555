"""``backendify serve`` as a process: start, share, stop."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.postgres.binaries import find_binaries
from app.core.postgres.cluster import Cluster
from app.core.postgres.server import find_server
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]


@dataclass
class Running:
    """A server process, and where it answers."""

    process: subprocess.Popen[str]
    port: int
    data: Path

    def get(self, path: str) -> int:
        return _status(self.port, path)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that an earlier start has made."""
    data = tmp_path_factory.mktemp("serve")
    _run("migrate", data)
    return data


def test_a_start_with_data_present_makes_no_second_cluster(data: Path) -> None:
    made = Cluster(data, find_binaries(data)).directory / "PG_VERSION"
    before = made.stat()
    with _serving(data) as running:
        assert running.get("/readyz") == 200
    assert (made.stat().st_ino, made.stat().st_mtime) == (before.st_ino, before.st_mtime)


def test_on_sigterm_it_ends_in_order_and_stops_its_postgres(data: Path) -> None:
    with _serving(data) as running:
        assert _postgres_runs(data)
        assert running.stop() == 0
    assert not _postgres_runs(data)


def test_a_request_in_flight_finishes_after_sigterm_and_no_new_one_is_taken(data: Path) -> None:
    with _serving(data) as running:
        body = b'{"email": "a@example.com", "password": "correct horse battery staple"}'
        with socket.create_connection(("127.0.0.1", running.port)) as client:
            head = f"POST /api/auth/login HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n"
            client.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body[:10])
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            _wait_until_refused(running.port)
            client.sendall(body[10:])
            answer = client.recv(65536)
        assert re.match(rb"HTTP/1.1 401 ", answer)
        assert running.process.wait(PATIENCE_SECONDS) == 0


def test_several_workers_share_one_postgres_and_end_together(data: Path) -> None:
    with _serving(data, "--workers", "2") as running:
        assert running.get("/readyz") == 200
        assert running.stop() == 0
    assert not _postgres_runs(data)


def test_a_killed_server_leaves_its_postgres_to_the_next_one(data: Path) -> None:
    with _serving(data) as killed:
        killed.process.kill()
        killed.process.wait()
        assert _postgres_runs(data)
        with _serving(data) as running:
            assert running.get("/readyz") == 200
            assert running.stop() == 0
    assert not _postgres_runs(data)


def test_when_postgres_is_killed_it_answers_503_and_heals_by_itself(data: Path) -> None:
    with _serving(data) as running:
        server = find_server(Cluster(data, find_binaries(data)))
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        seen = _statuses_until_ready_again(running)
        assert running.get("/livez") == 200
        assert running.stop() == 0
    assert set(seen) <= {200, 503}
    assert not _postgres_runs(data)


def test_a_busy_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _run("serve", tmp_path, "--port", str(port), check=False)
    assert done.returncode == 1
    assert f"error: Port {port} on 127.0.0.1 is in use by another program." in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("pg*"))


def test_a_worker_of_its_own_ends_in_order(data: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(data)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        assert any("worker_started" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(PATIENCE_SECONDS) == 0
    assert not _postgres_runs(data)


@contextmanager
def _serving(data: Path, *options: str) -> Iterator[Running]:
    port = _free_port()
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), *options]
    with subprocess.Popen(
        [*command, "--data-dir", str(data)], stdout=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as process:
        try:
            _wait_until_ready(port, process)
            yield Running(process, port, data)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE_SECONDS)


def _wait_until_ready(port: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            if _status(port, "/readyz") == 200:
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the server did not become ready")


def _statuses_until_ready_again(running: Running) -> list[int]:
    """What /readyz answered from the fault on, until it was well five times in a row."""
    seen: list[int] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while seen[-5:] != [200] * 5 or 503 not in seen:
        assert time.monotonic() < deadline, seen
        seen.append(running.get("/readyz"))
        time.sleep(0.02)
    return seen


def _wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    raise AssertionError("new connections are still taken")


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _run(
    command: str, data: Path, *options: str, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app.cli", command, "--data-dir", str(data), *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=check,
    )


def _postgres_runs(data: Path) -> bool:
    return find_server(Cluster(data, find_binaries(data))) is not None


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
