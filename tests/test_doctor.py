import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.core.postgres.server import Server
from app.doctor import Finding, examine, is_well

ROOT = Path(__file__).parents[1]


@pytest.fixture
def empty_data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BACKENDIFY_DATA_DIR", str(tmp_path / "data"))


async def _as_superuser(server: Server, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))
    await connection.execute(statement)
    await connection.close()


def _by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


@pytest.mark.usefixtures("empty_data_directory")
async def test_a_database_that_serves_is_found_well(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)

    findings = await examine()

    found = _by_name(findings)
    assert is_well(findings)
    for name in ("server", "migrations", "roles", "pooler", "disk", "jwt secret"):
        assert found[name].state == "ok", found[name]
    assert found["public url"].state == "weak"


@pytest.mark.usefixtures("empty_data_directory")
async def test_roles_that_cannot_be_used_are_weak_and_it_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    await _as_superuser(server, "CREATE ROLE doctors_patient LOGIN")
    monkeypatch.setenv(
        "DATABASE_URL", server.dsn("postgres").replace("postgres@", "doctors_patient:x@")
    )

    roles = _by_name(await examine())["roles"]

    assert roles.state == "weak"
    assert "GRANT backendify_data, backendify_export" in (roles.hint or "")


@pytest.mark.usefixtures("empty_data_directory")
async def test_a_login_that_is_refused_is_missing(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.dsn("postgres", user="nobody_of_that_name"))

    postgres = _by_name(await examine())["postgres"]

    assert postgres.state == "missing"
    assert "nobody_of_that_name" in postgres.detail


@pytest.mark.usefixtures("empty_data_directory")
async def test_a_database_out_of_reach_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")

    findings = await examine()

    assert not is_well(findings)
    assert _by_name(findings)["postgres"].state == "missing"


@pytest.mark.usefixtures("empty_data_directory")
async def test_a_weak_secret_is_told_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "hunter2")

    findings = await examine()

    assert not is_well(findings)
    assert "hunter2" not in str(findings)


@pytest.mark.usefixtures("empty_data_directory")
def test_a_fresh_machine_is_well_and_nothing_is_made() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "doctor", "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (0, True)
    assert "the first start makes it" in done.stdout
