"""Secrets within a step: put in at the last moment, and taken out of all that is kept. Pure."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from app.core.json_text import dump_json
from app.features.secrets.service import Secret
from app.features.workflows.templates import find_paths

Told = TypeVar("Told", bound=Any)
_SHORTEST = 4


def named_secrets(params: Any) -> frozenset[str]:
    """The secrets that the templates name."""
    paths = (path for _, path in find_paths(params))
    return frozenset(str(path[1]) for path in paths if path[0] == "secrets" and len(path) > 1)


@dataclass(frozen=True)
class Secrecy:
    """The secrets of one step, by name."""

    found: Mapping[str, Secret]

    def __bool__(self) -> bool:
        return bool(self.found)

    @property
    def values(self) -> dict[str, str]:
        """What is sent."""
        return {name: secret.value for name, secret in self.found.items()}

    @property
    def covers(self) -> dict[str, str]:
        """What is kept in their place."""
        return {name: _cover(name) for name in self.found}

    @property
    def hosts(self) -> frozenset[str] | None:
        """Where all of them may go; None: anywhere."""
        limits = [secret.hosts for secret in self.found.values() if secret.hosts is not None]
        return frozenset.intersection(*limits) if limits else None

    def hide(self, value: Any) -> Any:
        """The value with every secret in its texts covered, however it is escaped."""
        if not self.found:
            return value
        if isinstance(value, str):
            return self._hide_text(value)
        if isinstance(value, list):
            return [self.hide(each) for each in value]
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            text = str(value)
            hidden = self._hide_text(text)
            return value if hidden == text else hidden
        if isinstance(value, dict):
            return {self._hide_text(key): self.hide(each) for key, each in value.items()}
        return value

    def hide_fault(self, fault: Told) -> Told:
        """A dataclass with ``message`` and ``output``, the secrets covered."""
        hidden: Told = replace(
            fault, message=self._hide_text(fault.message), output=self.hide(fault.output)
        )
        return hidden

    def _hide_text(self, text: str) -> str:
        for spelling, cover in self._spellings:
            text = text.replace(spelling, cover)
        return text

    @cached_property
    def _spellings(self) -> list[tuple[str, str]]:
        """Longest first, so that one within another leaves nothing behind."""
        found = {
            spelling: _cover(name)
            for name, secret in self.found.items()
            for spelling in _spelled(secret.value)
            if len(spelling) >= _SHORTEST
        }
        return sorted(found.items(), key=lambda pair: -len(pair[0]))


def _spelled(value: str) -> set[str]:
    """As others may write it: escaped for JSON, URLs, HTML; in base64; in other case."""
    quoted = {quote(value), quote(value, safe=""), quote_plus(value)}
    in_json = dump_json(value)[1:-1]
    raw = value.encode()
    encoded = {b64encode(raw).decode(), urlsafe_b64encode(raw).decode()}
    spelled = {value, in_json, in_json.replace("/", "\\/"), escape(value), *quoted}
    spelled |= {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), each) for each in quoted}
    spelled |= {each.rstrip("=") for each in encoded} | encoded
    return spelled | {value.lower(), value.upper()}


def _cover(name: str) -> str:
    return f"[secret {name}]"
