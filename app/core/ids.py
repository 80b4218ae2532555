"""Identifiers made by the API (never by the database, so that statements stay deterministic)."""

import os
import re
import secrets
import time
from uuid import UUID

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def uuid7() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then random bits (RFC 9562)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def parse_uuid(text: str) -> UUID:
    """The id that a text is, in the one spelling with hyphens. Raises ValueError.

    ``UUID`` alone reads braces, ``urn:`` and more as well, so that one id would have many names.
    """
    if not _UUID.fullmatch(text):
        raise ValueError("Expected a UUID.")
    return UUID(text)


def short_id(prefix: str) -> str:
    """An immutable id of a schema object such as ``f_k3x…``: 60 random bits."""
    return prefix + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


def project_schema(project_id: UUID) -> str:
    """The Postgres schema that holds everything of a project."""
    return f"p_{project_id.hex}"
