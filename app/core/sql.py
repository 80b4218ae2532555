"""SQL text: the only place where a name becomes part of a statement."""

import re
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A text with ``$n`` placeholders and the values bound to them."""

    text: str
    args: tuple[Any, ...] = ()


def quote_ident(name: str) -> str:
    """Quote an identifier; refuses whatever could not be a name of ours.

    Names are letters, digits and underscores, so that no quoting rule is ever relied upon.
    """
    if not _PLAIN.fullmatch(name):
        raise ValueError(f"not an identifier: {name!r}")
    return f'"{name}"'


def qualified(schema: str, name: str) -> str:
    """``"schema"."name"``."""
    return f"{quote_ident(schema)}.{quote_ident(name)}"
