"""Slugs: the name of a project in URLs. A slug never reads as an id."""

import re
import unicodedata
from typing import Final
from uuid import UUID

MAX_LENGTH: Final = 63
RESERVED: Final = frozenset({"new"})

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_slug(slug: str) -> str:
    """The slug itself. Raises ValueError with the rule it breaks."""
    if not _SLUG.fullmatch(slug):
        raise ValueError(
            "A slug is 1 to 63 lower-case letters, digits and hyphens, with no hyphen at its ends"
        )
    if slug in RESERVED or _is_id(slug):
        raise ValueError("This slug is reserved")
    return slug


def slug_from_name(name: str) -> str:
    """The slug that a name suggests: ``Größe & Co.`` becomes ``groe-co``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "project"
    return f"{slug}-project" if slug in RESERVED or _is_id(slug) else slug


def _is_id(slug: str) -> bool:
    try:
        UUID(slug)
    except ValueError:
        return False
    return True
