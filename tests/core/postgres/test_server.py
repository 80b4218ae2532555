"""The launcher, on clusters of its own."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.core.postgres import account, binaries
from app.core.postgres.binaries import embedded_directory, existing_major
from app.core.postgres.cluster import SUPERUSER, Cluster
from app.core.postgres.errors import PostgresMissingError, PostgresStartError
from app.core.postgres.server import Server, find_server, running_server

ROOT = Path(__file__).parents[3]
FAST = {"fsync": "off"}
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes someone else")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None) -> Path:
    """A data directory with a cluster that is not running; its parents are closed to others."""
    data = tmp_path_factory.mktemp("made") / "data"
    with running_server(data, chosen=postgres_bin, extra=FAST) as started:
        # No event loop here: ending one of its own would take the session's away.
        made = "CREATE TABLE kept AS SELECT 1 AS n"
        place = ("--host", started.socket_directory, "--username", SUPERUSER)
        assert started.cluster.run("psql", *place, "--command", made).returncode == 0
    return data


@pytest.fixture
def data(made: Path, postgres_bin: Path | None) -> Iterator[Path]:
    yield made
    for path in made.glob("pg*/PG_VERSION"):
        found = find_server(_cluster(path.parent.parent, postgres_bin))
        assert found is None, "a test left its server running"


async def test_data_is_there_after_stopping_and_starting_again(
    data: Path, postgres_bin: Path | None
) -> None:
    with running_server(data, chosen=postgres_bin, extra=FAST) as started:
        assert await _fetch(started, "SELECT n FROM kept") == 1
    assert find_server(started.cluster) is None


def test_no_port_is_opened_and_the_socket_is_private(data: Path, postgres_bin: Path | None) -> None:
    with running_server(data, chosen=postgres_bin, extra=FAST) as started:
        opened = (started.cluster.directory / "postmaster.pid").read_text().splitlines()[5]
        assert opened == "", "it listens on an address"
        assert Path(started.socket_directory).stat().st_mode & 0o777 == 0o700


async def test_it_is_durable_unless_told_otherwise(data: Path, postgres_bin: Path | None) -> None:
    with running_server(data, chosen=postgres_bin) as started:
        assert await _fetch(started, "SHOW fsync") == "on"
        assert await _fetch(started, "SHOW synchronous_commit") == "on"
        assert await _fetch(started, "SHOW data_checksums") == "on"


async def test_text_sorts_by_code_point(data: Path, postgres_bin: Path | None) -> None:
    query = "SELECT string_agg(t, '' ORDER BY t) FROM unnest('{a,B,ä,Z}'::text[]) t"
    with running_server(data, chosen=postgres_bin, extra=FAST) as started:
        assert await _fetch(started, query) == "BZaä"
        assert await _fetch(started, "SELECT upper('ä')") == "Ä"


def test_a_second_start_adopts_the_server_and_the_last_to_leave_stops_it(
    data: Path, postgres_bin: Path | None
) -> None:
    with running_server(data, chosen=postgres_bin, extra=FAST) as first:
        with running_server(data, chosen=postgres_bin) as second:
            assert second.pid == first.pid
        assert find_server(first.cluster) is not None
    assert find_server(first.cluster) is None


def test_a_server_left_behind_by_a_killed_process_is_adopted_and_stopped_in_the_end(
    data: Path, postgres_bin: Path | None
) -> None:
    abandoned = _start_in_a_process_and_kill_it(data, postgres_bin)

    with running_server(data, chosen=postgres_bin) as adopted:
        assert adopted.pid == abandoned
    assert find_server(adopted.cluster) is None


async def test_a_killed_server_recovers(data: Path, postgres_bin: Path | None) -> None:
    with running_server(data, chosen=postgres_bin) as killed:
        await _execute(killed, "CREATE TABLE IF NOT EXISTS survivor AS SELECT 1 AS n")
        os.kill(killed.pid, signal.SIGKILL)
        with running_server(data, chosen=postgres_bin) as recovered:
            assert recovered.pid != killed.pid
            assert await _fetch(recovered, "SELECT n FROM survivor") == 1


async def test_a_watched_server_that_is_killed_is_started_again_in_its_place(
    data: Path, postgres_bin: Path | None
) -> None:
    with running_server(data, chosen=postgres_bin, extra=FAST, watched=True) as killed:
        os.kill(killed.pid, signal.SIGKILL)
        assert await _eventually(killed, "SELECT n FROM kept") == 1
        again = find_server(killed.cluster)
        assert again is not None
        assert again.pid != killed.pid


def test_a_number_of_a_process_that_meanwhile_is_another_program_does_not_hinder(
    data: Path, postgres_bin: Path | None
) -> None:
    pid_file = data / f"pg{existing_major(data)}" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n/nowhere\n0\n5432\n/nowhere\n\n0 0\nready\n")

    with running_server(data, chosen=postgres_bin, extra=FAST) as started:
        assert started.pid != os.getpid()


def test_a_cluster_half_made_by_a_crash_is_made_again(
    tmp_path: Path, postgres_bin: Path | None
) -> None:
    half = _cluster(tmp_path, postgres_bin).directory
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with running_server(tmp_path, chosen=postgres_bin, extra=FAST) as started:
        assert (started.cluster.directory / "postgresql.conf").exists()


def test_a_long_or_odd_path_is_no_hindrance(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "a directory, with odd names" / ("x" * 120)
    place.parent.mkdir()
    shutil.copytree(made, place, ignore=shutil.ignore_patterns("*.pid", "run"))

    with running_server(place, chosen=_kept_or_system(place), extra=FAST) as started:
        assert len(started.socket_directory) < 80
    assert not Path(started.socket_directory).exists()


def test_a_server_that_cannot_start_says_why(data: Path, postgres_bin: Path | None) -> None:
    with (
        pytest.raises(PostgresStartError, match="shared_buffers"),
        running_server(data, chosen=postgres_bin, extra={"shared_buffers": "nonsense"}),
    ):
        pass


def test_no_binaries_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binaries, "embedded_directory", lambda: None)
    monkeypatch.setattr(binaries, "system_directories", list)

    with pytest.raises(PostgresMissingError) as caught, running_server(tmp_path):
        pass
    assert "DATABASE_URL" in str(caught.value.hint)


def test_a_cluster_of_another_major_version_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "pg14").mkdir()
    (tmp_path / "pg14" / "PG_VERSION").write_text("14\n")

    with pytest.raises(PostgresMissingError, match="made by Postgres 14"), running_server(tmp_path):
        pass


def test_the_binaries_that_made_a_cluster_are_kept_for_when_the_package_moves_on(
    monkeypatch: pytest.MonkeyPatch, data: Path, postgres_bin: Path | None
) -> None:
    if postgres_bin is not None:
        pytest.skip("only the package's binaries are kept; the system keeps its own")
    monkeypatch.setattr(binaries, "embedded_directory", lambda: None)
    monkeypatch.setattr(binaries, "system_directories", list)

    with running_server(data, extra=FAST) as started:
        assert data in started.cluster.binaries.directory.parents


@as_root
def test_root_inside_closed_directories_needs_no_namespace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres_bin: Path | None
) -> None:
    monkeypatch.setattr(account, "_namespaces_work", lambda: False)
    tmp_path.chmod(0o700)

    with running_server(tmp_path / "data", chosen=postgres_bin, extra=FAST) as started:
        assert started.cluster.directory.stat().st_uid == NOBODY
        assert Path(f"/proc/{started.pid}").stat().st_uid == NOBODY


@as_root
def test_an_ordinary_user_starts_and_stops_it() -> None:
    python = _interpreter_for_others()
    home = Path(tempfile.mkdtemp(prefix="backendify-", dir="/tmp"))  # others may enter /tmp
    os.chown(home, NOBODY, NOBODY)
    try:
        done = subprocess.run(
            [python, "-c", _START_AND_TELL, str(home / "data"), str(embedded_directory())],
            env={
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PATH": os.environ["PATH"],
            },
            cwd="/",
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        shutil.rmtree(home)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == NOBODY


_START_AND_TELL = """
import sys
from pathlib import Path
from app.core.postgres.server import running_server
with running_server(Path(sys.argv[1]), chosen=Path(sys.argv[2])) as server:
    print(Path(f"/proc/{server.pid}").stat().st_uid)
"""

_START_AND_WAIT = """
import sys, time
from pathlib import Path
from app.core.postgres.server import running_server
chosen = Path(sys.argv[2]) if sys.argv[2] else None
with running_server(Path(sys.argv[1]), chosen=chosen) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


def _start_in_a_process_and_kill_it(data: Path, chosen: Path | None) -> int:
    command = [sys.executable, "-c", _START_AND_WAIT, str(data), str(chosen or "")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    time.sleep(0.1)
    return pid


def _interpreter_for_others() -> str:
    """A Python that any user may run: this one may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3"):
        if _runs_for_others(python):
            return python
    pytest.skip("no Python here that another user may run")


def _runs_for_others(python: str) -> bool:
    command = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        done = subprocess.run(
            command, user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _cluster(data: Path, chosen: Path | None) -> Cluster:
    return Cluster(data, binaries.find_binaries(data, chosen))


def _kept_or_system(data: Path) -> Path | None:
    return None if list(data.glob("bin*")) else binaries.system_directories()[0]


async def _execute(started: Server, statement: str) -> None:
    connection = await asyncpg.connect(started.dsn("postgres"))
    await connection.execute(statement)
    await connection.close()


async def _fetch(started: Server, query: str) -> object:
    connection = await asyncpg.connect(started.dsn("postgres"))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _eventually(started: Server, query: str) -> object:
    deadline = time.monotonic() + 30
    while True:
        try:
            return await _fetch(started, query)
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
