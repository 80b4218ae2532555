"""What a caller may see and do, as values that the planner merges into a statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from types import MappingProxyType
from typing import Any, Literal

from app.engine.catalog.model import Collection
from app.engine.conditions.bind import Bound

Action = Literal["list", "read", "create", "update", "delete"]
ACTIONS: tuple[Action, ...] = ("list", "read", "create", "update", "delete")
NO_PRESETS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grant:
    """What an action may touch in one collection.

    ``rows`` chooses rows before the action, ``check`` must hold for the row after a write; None
    means every row. ``fields`` are the ids of the fields that may be read or written, None all.
    ``presets`` are values by field id that the client does not choose. ``restores_times`` allows
    an import to give created_at and updated_at.
    """

    rows: Bound | None = None
    check: Bound | None = None
    fields: frozenset[str] | None = None
    presets: Mapping[str, Any] = member(default_factory=lambda: NO_PRESETS)
    restores_times: bool = False

    def may_touch(self, field_id: str) -> bool:
        return self.fields is None or field_id in self.fields


EVERYTHING = Grant(restores_times=True)


@dataclass(frozen=True, slots=True)
class Access:
    """All that one caller may do in one project, at one catalog version.

    Two callers with the same ``key`` get the same statements (only bound values differ).
    ``find`` answers None where nothing allows the action.
    """

    key: str
    find: Callable[[Collection, Action], Grant | None]
    variables: Mapping[str, Any] = member(default_factory=lambda: NO_PRESETS)
