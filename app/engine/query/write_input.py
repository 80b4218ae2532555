"""The values of one write, and how a compiled write finds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from app.engine.conditions.args import Source
from app.engine.policy.model import Preset, preset_value


@dataclass(slots=True)
class WriteInput:
    """The values of one execution; subscripting gives those of the condition.

    ``rows`` is the JSON document of a bulk write; ``version`` the initial ``_version`` of created
    records; ``if_match`` the version that the record must have, ``if_body`` the MD5 of what its
    writer must have been shown of it; ``highest_id`` the largest whole number that the client chose
    as an id.
    """

    columns: Mapping[str, Any] = member(default_factory=dict)
    changes: Mapping[str, tuple[str, Any]] = member(default_factory=dict)
    links: Mapping[str, Sequence[Any]] = member(default_factory=dict)
    values: Sequence[Any] = ()
    record_id: Any = None
    if_match: int | None = None
    if_body: str | None = None
    rows: bytes | None = None
    highest_id: int = 0
    limit: int = 0
    version: int = 1
    request_id: str | None = None
    actor: str | None = None

    def __getitem__(self, index: int) -> Any:
        return self.values[index]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class CompiledWrite:
    """A text that answers ``(verdict, record version, JSON)`` rows, and its arguments' sources."""

    text: str
    sources: tuple[Source, ...]


def attribute(name: str) -> Source:
    """The source that reads one member of the WriteInput."""
    return lambda given, _context: getattr(given, name)


def column_value(column: str) -> Source:
    return lambda given, _context: given.columns[column]  # type: ignore[attr-defined]  # WriteInput


def change_value(column: str) -> Source:
    return lambda given, _context: given.changes[column][1]  # type: ignore[attr-defined]  # WriteInput


def link_ids(field_id: str) -> Source:
    return lambda given, _context: given.links[field_id]  # type: ignore[attr-defined]  # WriteInput


def preset_source(preset: Preset) -> Source:
    """The source of what a policy sets."""
    return lambda _given, context: preset_value(preset, context.variables)
