"""A cluster on disk: made by initdb, configured by a file that is rewritten at each start."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.postgres.account import command_prefix, make_cluster_directory, make_private
from app.core.postgres.binaries import Binaries, keep_copy
from app.core.postgres.errors import PostgresStartError

SUPERUSER = "postgres"
_CONFIGURATION = "backendify.conf"
_LONGEST_SOCKET_DIRECTORY = 85  # the whole path may have 103 bytes on macOS, 107 on Linux

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # compiling costs more than it saves on short statements
    "random_page_cost": "1.1",
    "autovacuum_max_workers": "2",
    "max_logical_replication_workers": "0",
    "max_wal_size": "1GB",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
_SETTINGS_SINCE_18: Mapping[str, str] = {"io_method": "sync"}  # no idle I/O worker processes


@dataclass(frozen=True, slots=True)
class Cluster:
    """``<data>/pg<major>`` and the binaries that fit it."""

    data_dir: Path
    binaries: Binaries

    @property
    def directory(self) -> Path:
        return self.data_dir / f"pg{self.binaries.major}"

    @property
    def log(self) -> Path:
        return self.data_dir / f"pg{self.binaries.major}.log"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the binaries on this cluster, as the account that owns it."""
        command = [*command_prefix(self.directory), self.binaries.path(program), *arguments]
        with tempfile.TemporaryFile("w+") as output:
            # A pipe would stay open in the server that pg_ctl leaves behind, and never end.
            done = subprocess.run(  # noqa: S603 - our own binaries and arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def ensure_cluster(cluster: Cluster) -> None:
    """Make the cluster unless it is there; a half-made one left by a crash is made again."""
    if (cluster.directory / _CONFIGURATION).exists():
        return
    shutil.rmtree(cluster.directory, ignore_errors=True)
    make_cluster_directory(cluster.directory)
    made = cluster.run("initdb", *_initdb_arguments(cluster))
    if made.returncode != 0:
        raise PostgresStartError(f"initdb failed: {made.stdout.strip()[-2000:]}")
    keep_copy(cluster.binaries, cluster.data_dir)
    with (cluster.directory / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude = '{_CONFIGURATION}'  # rewritten at each start\n")
    (cluster.directory / _CONFIGURATION).touch()


def configure(cluster: Cluster, socket_directory: Path, extra: Mapping[str, str]) -> None:
    """Write the settings of the next start. ``ALTER SYSTEM`` still wins over them."""
    newer = _SETTINGS_SINCE_18 if cluster.binaries.major >= 18 else {}
    place = {"unix_socket_directories": str(socket_directory)}
    settings = {**_SETTINGS, **newer, **place, **extra}
    text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    (cluster.directory / _CONFIGURATION).write_text(text, encoding="utf-8")


def make_socket_directory(cluster: Cluster) -> Path:
    """A private directory whose path is short and plain enough for a Unix socket.

    It stays the same from one start to the next, where it can: clients connect again there.
    """
    path = cluster.data_dir / "run"
    if len(str(path)) > _LONGEST_SOCKET_DIRECTORY or not re.fullmatch(r"[\w./-]+", str(path)):
        path = _last_directory(cluster) or Path(tempfile.mkdtemp(prefix="backendify-", dir="/tmp"))
    path.mkdir(exist_ok=True)
    make_private(path, like=cluster.directory)
    return path


def _last_directory(cluster: Cluster) -> Path | None:
    text = (cluster.directory / _CONFIGURATION).read_text(encoding="utf-8")
    told = re.search(r"^unix_socket_directories = '(.+)'$", text, re.M)
    path = Path(told[1]) if told else None
    return path if path and path.exists() and path.owner() == cluster.directory.owner() else None


def _initdb_arguments(cluster: Cluster) -> tuple[str, ...]:
    return (
        f"--pgdata={cluster.directory}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # safe only because the socket's directory is private and no port listens
        "--encoding=UTF8",
        "--data-checksums",
        *_locale_arguments(cluster.binaries.major),
    )


def _locale_arguments(major: int) -> tuple[str, ...]:
    # Code-point order everywhere, which no update of the system's libraries can change.
    if major >= 17:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    return ("--locale=C", "--lc-ctype=C.UTF-8")
