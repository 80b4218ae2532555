"""What the doctor is told behind a pooler; a real pgbouncer where one is installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.db_report import report_on
from app.core.postgres.account import command_prefix
from app.core.postgres.server import Server
from tests.waiting import PATIENCE_SECONDS

USER = "behind_a_pooler"
Pooled = Callable[[str], str]


@pytest.fixture
async def pooled(server: Server, tmp_path: Path, database_url: str) -> Pooled:
    """Makes a configuration of pgbouncer for a pool mode; the URL it is reached at."""
    if shutil.which("pgbouncer") is None:
        pytest.skip("pgbouncer is not installed")
    superuser = await asyncpg.connect(server.dsn("postgres"))
    await superuser.execute(f"DROP ROLE IF EXISTS {USER}; CREATE ROLE {USER} LOGIN SUPERUSER")
    await superuser.close()
    name = database_url.rsplit("/", 1)[1].split("?")[0]

    def configure(mode: str) -> str:
        port = _free_port()
        (tmp_path / "users").write_text(f'"{USER}" "x"\n')
        (tmp_path / "ini").write_text(
            f"[databases]\n* = host={server.socket_directory} user={USER}\n"
            f"[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\nunix_socket_dir=\n"
            f"auth_type=trust\nauth_file={tmp_path}/users\npool_mode={mode}\n"
        )
        return f"postgresql://{USER}:x@127.0.0.1:{port}/{name}"

    return configure


async def test_without_a_pooler_none_is_found(database_url: str, settings: Settings) -> None:
    report = await report_on(database_url, settings)
    assert (report.pooled, report.keeps_prepared, report.missing) == (False, True, ())


async def test_a_pooler_that_loses_prepared_statements_is_found(
    pooled: Pooled, settings: Settings, tmp_path: Path, server: Server
) -> None:
    url = pooled("transaction")
    with _pgbouncer(tmp_path, url, server):
        report = await report_on(url, settings)
    assert report.pooled
    assert report.keeps_prepared == (_pgbouncer_version() >= (1, 21))


async def test_behind_a_pooler_in_session_mode_everything_works_but_limits(
    pooled: Pooled, settings: Settings, tmp_path: Path, server: Server
) -> None:
    url = pooled("session")
    with _pgbouncer(tmp_path, url, server):
        report = await report_on(url, settings)
        database = await Database.open(settings.model_copy(update={"database_url": url}))
        answered = await database.data.fetchval("SELECT 1")
        findings = database.findings
        await database.close()
    assert (report.pooled, report.keeps_prepared, answered) == (True, True, 1)
    assert any("a pooler in between" in finding for finding in findings)


@contextmanager
def _pgbouncer(directory: Path, url: str, server: Server) -> Iterator[None]:
    account = command_prefix(server.cluster.directory)  # it, too, does not run as root
    with subprocess.Popen([*account, "pgbouncer", "--quiet", str(directory / "ini")]) as process:
        try:
            _wait_until_open(int(url.rsplit(":", 1)[1].split("/")[0]))
            yield
        finally:
            process.terminate()


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("pgbouncer did not start")


def _pgbouncer_version() -> tuple[int, ...]:
    told = subprocess.run(["pgbouncer", "--version"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in told.stdout.split()[1].split(".")[:2])


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
