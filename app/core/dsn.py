"""Connection strings: whatever an operator writes, as asyncpg reads it."""

import re
from urllib.parse import parse_qs, urlsplit


def plain_dsn(url: str) -> str:
    """``postgresql://…`` from any spelling: ``postgres://``, ``postgresql+asyncpg://``, …"""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url.strip())


def needs_no_password(dsn: str) -> bool:
    """Whether it names a Unix socket and no password, so that any role may be tried there."""
    parts = urlsplit(dsn)
    hosts = parse_qs(parts.query).get("host", [parts.hostname or ""])
    return parts.password is None and hosts[0].startswith("/")
