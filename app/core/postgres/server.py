"""A running Postgres for a data directory: started, or adopted where one runs already.

Every process that uses it is counted by a shared lock: the last one to leave stops it, so that
a server left behind by a killed process is used again, and stopped in the end.
"""

import logging
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote, urlencode

from app.core.postgres.binaries import find_binaries
from app.core.postgres.cluster import (
    SUPERUSER,
    Cluster,
    configure,
    ensure_cluster,
    make_socket_directory,
)
from app.core.postgres.errors import PostgresStartError
from app.core.postgres.locks import Membership, exclusive

_RETRY_SECONDS = 30
_WATCH_SECONDS = 0.5
_GRACE_SECONDS = 1.5  # an operator's own restart comes first, and is adopted
_LARGEST_LOG = 10 * 1024 * 1024
_STILL_ENDING = re.compile(
    r"pre-existing shared memory block|lock file .* already exists|could not create any Unix-domain"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that accepts connections on its Unix socket, from this account alone."""

    cluster: Cluster
    pid: int
    socket_directory: str

    def dsn(self, database: str, *, user: str = SUPERUSER) -> str:
        """Where to connect; no password, the socket's directory is the guard."""
        return f"postgresql://{quote(user)}@/{quote(database)}?" + urlencode(
            {"host": self.socket_directory}
        )


@contextmanager
def running_server(
    data_dir: Path,
    *,
    chosen: Path | None = None,
    extra: Mapping[str, str] | None = None,
    watched: bool = False,
) -> Iterator[Server]:
    """The server of ``data_dir``, running for as long as the block; ``extra`` are its settings.

    ``watched``, it is started again whenever it dies. Raises PostgresMissingError,
    PostgresStartError.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(data_dir / "start.lock"):
        server = _adopt_or_start(Cluster(data_dir, find_binaries(data_dir, chosen)), extra or {})
        membership = Membership(data_dir / "users.lock")
    watch = _Watch(server, extra or {})
    if watched:
        watch.start()
    try:
        yield server
    finally:
        watch.end()
        with exclusive(data_dir / "start.lock"):
            if membership.leave():
                stop(server.cluster)


def find_server(cluster: Cluster) -> Server | None:
    """The server that runs on this cluster, if one does and answers."""
    pid, directory, status = _read_pid_file(cluster.directory)
    if pid is None or status != "ready" or not _answers(directory):
        return None
    return Server(cluster, pid, directory)


def stop(cluster: Cluster) -> None:
    """Stop the server, ending its connections but losing nothing."""
    _, directory, _ = _read_pid_file(cluster.directory)
    cluster.run("pg_ctl", f"--pgdata={cluster.directory}", "--mode=fast", "--timeout=60", "stop")
    if directory and Path(directory).parent != cluster.data_dir:
        Path(directory).rmdir()


class _Watch(Thread):
    """Starts a server again that was killed, so that its clients need only connect again."""

    def __init__(self, server: Server, extra: Mapping[str, str]) -> None:
        super().__init__(name="postgres-watch", daemon=True)
        self._server = server
        self._extra = extra
        self._ended = Event()

    def run(self) -> None:
        while not self._ended.wait(_WATCH_SECONDS):
            if not _is_alive(self._server.pid) and not self._ended.wait(_GRACE_SECONDS):
                self._start_again()

    def end(self) -> None:
        self._ended.set()
        if self.is_alive():
            self.join()

    def _start_again(self) -> None:
        cluster = self._server.cluster
        try:
            with exclusive(cluster.data_dir / "start.lock"):
                self._server = _adopt_or_start(cluster, self._extra)
        except (PostgresStartError, OSError) as error:
            log.error("Postgres died and cannot be started again: %s", error)
        else:
            log.warning("Postgres died and was started again.")


def _adopt_or_start(cluster: Cluster, extra: Mapping[str, str]) -> Server:
    found = find_server(cluster)
    if found:
        return found
    ensure_cluster(cluster)
    _remove_stale_pid_file(cluster.directory)
    configure(cluster, make_socket_directory(cluster), extra)
    _start(cluster)
    started = find_server(cluster)
    if started is None:
        raise PostgresStartError(f"Postgres started but does not answer; see {cluster.log}.")
    return started


def _start(cluster: Cluster) -> None:
    """Start, retrying while the processes of a killed server are still ending."""
    if cluster.log.exists() and cluster.log.stat().st_size > _LARGEST_LOG:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))
    deadline = time.monotonic() + _RETRY_SECONDS
    while True:
        known = cluster.log.stat().st_size if cluster.log.exists() else 0
        if _pg_ctl_start(cluster).returncode == 0:
            return
        said = (
            cluster.log.read_text(errors="replace")[known:].strip() if cluster.log.exists() else ""
        )
        if find_server(cluster):
            return  # somebody else was faster, an operator perhaps
        if not _STILL_ENDING.search(said) or time.monotonic() > deadline:
            raise PostgresStartError(f"Postgres did not start: {said[-2000:]}")
        time.sleep(0.3)


def _pg_ctl_start(cluster: Cluster) -> subprocess.CompletedProcess[str]:
    cluster.log.touch(mode=0o600)
    return cluster.run(
        "pg_ctl",
        f"--pgdata={cluster.directory}",
        f"--log={cluster.log}",
        "--wait",
        "--timeout=120",
        "--silent",
        "start",
    )


def _read_pid_file(directory: Path) -> tuple[int | None, str, str]:
    """The process id, socket directory and status that postmaster.pid tells."""
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[4], lines[7].strip()
    except (OSError, IndexError, ValueError):
        return None, "", ""


def _answers(socket_directory: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(f"{socket_directory}/.s.PGSQL.5432")
        except OSError:
            return False
    return True


def _remove_stale_pid_file(directory: Path) -> None:
    """Forget a process id that meanwhile belongs to another program.

    After a container restarts, small numbers come again, and Postgres would believe that its
    predecessor still runs. A predecessor that truly runs is left to Postgres' own check.
    """
    try:
        pid = int((directory / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if _program(pid) not in ("", "postgres", "postmaster"):
        (directory / "postmaster.pid").unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _program(pid) in ("", "postgres", "postmaster")


def _program(pid: int) -> str:
    """The name of the program that runs as ``pid``; empty when that cannot be told."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return ""
    # A killed server that nobody waited for keeps its number and its name, but is no more.
    return "defunct" if rest.split()[0] == "Z" else name.partition("(")[2]
