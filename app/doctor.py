"""``backendify doctor``: what is found, what is missing, what is weak, and what to do about it."""

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from app.core.config import ConfigurationError, Settings, load_settings
from app.core.crypto import is_weak_secret
from app.core.db_report import DatabaseReport, report_on
from app.core.errors import BackendifyError
from app.core.postgres.binaries import existing_major, find_binaries
from app.core.postgres.server import running_server
from app.core.roles import OWNER

_LITTLE_DISK = 2 * 1024**3
_NO_DISK = 200 * 1024**2
_MARKS = {"ok": "ok     ", "weak": "weak   ", "missing": "MISSING"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``hint`` is the next step."""

    name: str
    state: Literal["ok", "weak", "missing"]
    detail: str
    hint: str | None = None


async def examine() -> list[Finding]:
    """Look at everything a start needs; makes no database, starts one only if already made."""
    findings = [_python()]
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return [*findings, Finding("settings", "missing", error.detail, error.hint)]
    return [*findings, *_settings(settings), *_data_directory(settings), *await _database(settings)]


def is_well(findings: list[Finding]) -> bool:
    """Whether nothing is missing; what is weak does not keep the server from running."""
    return all(finding.state != "missing" for finding in findings)


def as_json(findings: list[Finding]) -> str:
    shown = {"ok": is_well(findings), "findings": [asdict(finding) for finding in findings]}
    return json.dumps(shown, indent=2)


def as_text(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.state]}  {finding.name}: {finding.detail}")
        if finding.hint:
            lines.append(f"         {finding.hint}")
    return "\n".join(lines)


def _python() -> Finding:
    return Finding("python", "ok", ".".join(str(part) for part in sys.version_info[:3]))


def _settings(settings: Settings) -> Iterator[Finding]:
    yield _environment(settings)
    yield _secret(settings)
    yield _public_url(settings)
    if "*" in settings.cors_origins:
        yield Finding("cors", "weak", "every origin is allowed", "List origins in CORS_ORIGINS.")
    if settings.smtp_host is None:
        yield Finding("mail", "weak", "no mail can be sent", "Set SMTP_HOST and SMTP_FROM.")


def _environment(settings: Settings) -> Finding:
    if settings.env == "production":
        return Finding("environment", "ok", "production")
    return Finding("environment", "weak", "development: weak secrets are accepted")


def _secret(settings: Settings) -> Finding:
    if is_weak_secret(settings.jwt_secret):
        return Finding("jwt secret", "weak", "it can be guessed", "Unset it to have one made.")
    made = (settings.data_dir / "secrets").exists()
    kept = f"kept in {settings.data_dir / 'secrets'}" if made else "given"
    return Finding("jwt secret", "ok", f"{settings.jwt_algorithm}, {kept}")


def _public_url(settings: Settings) -> Finding:
    if settings.public_url is None:
        hint = "Set PUBLIC_URL to the address people use; links in mails start with it."
        return Finding("public url", "weak", f"not set: links start with {settings.base_url}", hint)
    if settings.public_url.startswith("http://") and settings.env == "production":
        return Finding("public url", "weak", f"{settings.public_url} is not encrypted")
    return Finding("public url", "ok", settings.public_url)


def _data_directory(settings: Settings) -> Iterator[Finding]:
    place = settings.data_dir
    existing = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        hint = "Choose another with BACKENDIFY_DATA_DIR."
        yield Finding("data directory", "missing", f"{place} cannot be written", hint)
        return
    yield Finding("data directory", "ok", str(place))
    yield _disk(existing)
    secrets = place / "secrets"
    if secrets.exists() and stat.S_IMODE(secrets.stat().st_mode) & 0o077:
        yield Finding("secrets", "weak", f"others can read {secrets}", f"chmod -R go= {secrets}")


def _disk(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    told = f"{free / 1024**3:.1f} GB free"
    if free < _NO_DISK:
        return Finding("disk", "missing", told, "Postgres stops when the disk is full.")
    return Finding("disk", "weak" if free < _LITTLE_DISK else "ok", told)


async def _database(settings: Settings) -> list[Finding]:
    try:
        if settings.database_url is not None:
            return _told_of(await report_on(settings.database_url, settings))
        return await _embedded(settings)
    except BackendifyError as error:
        return [Finding("postgres", "missing", error.detail, error.hint)]


async def _embedded(settings: Settings) -> list[Finding]:
    binaries = find_binaries(settings.data_dir, settings.postgres_bin)
    found = Finding("postgres", "ok", f"embedded, {binaries.version} in {binaries.directory}")
    if existing_major(settings.data_dir) is None:
        return [found, Finding("database", "ok", "not made yet; the first start makes it")]
    with running_server(settings.data_dir, chosen=settings.postgres_bin) as server:
        report = await report_on(server.dsn(OWNER, user=OWNER), settings)
    return [found, *_told_of(report)]


def _told_of(report: DatabaseReport) -> list[Finding]:
    return [
        _version(report),
        _migrations(report),
        _roles(report),
        _pooler(report),
        _extensions(report),
    ]


def _version(report: DatabaseReport) -> Finding:
    if report.major >= 15:
        return Finding("server", "ok", f"Postgres {report.version}")
    return Finding("server", "missing", f"Postgres {report.version}", "15 or newer is needed.")


def _migrations(report: DatabaseReport) -> Finding:
    if report.revision == report.newest_revision:
        return Finding("migrations", "ok", f"at {report.revision}")
    told = f"at {report.revision or 'nothing'}, this release needs {report.newest_revision}"
    return Finding("migrations", "weak", told, "The next start, or: backendify migrate")


def _roles(report: DatabaseReport) -> Finding:
    if not report.missing:
        return Finding("roles", "ok", "data requests run with rights of their own")
    hint = (
        "Let the owner create roles, or as a superuser: CREATE ROLE backendify_data;"
        " CREATE ROLE backendify_export; GRANT backendify_data, backendify_export TO <owner>;"
    )
    return Finding("roles", "weak", " ".join(report.missing), hint)


def _pooler(report: DatabaseReport) -> Finding:
    if not report.pooled:
        return Finding("pooler", "ok", "none: connected to the server itself")
    if report.keeps_prepared:
        return Finding("pooler", "ok", "one is in between, and keeps prepared statements")
    hint = "pgbouncer 1.21 or newer with max_prepared_statements, or its session mode."
    return Finding("pooler", "missing", "it loses prepared statements", hint)


def _extensions(report: DatabaseReport) -> Finding:
    if not report.extensions_missing:
        return Finding("extensions", "ok", "all optional ones can be had")
    lacking = ", ".join(report.extensions_missing)
    return Finding("extensions", "weak", f"not to be had: {lacking} (fast search needs them)")
