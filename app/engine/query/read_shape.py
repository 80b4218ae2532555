"""What a client asked to read: a shape that statements are cached by, and the values beside it."""

from dataclasses import dataclass, fields
from dataclasses import field as member
from typing import Any, Literal

from app.engine.conditions.tree import NOTHING, Condition, Slot

Count = Literal["none", "capped", "estimated", "exact"]
COUNTS: tuple[Count, ...] = ("none", "capped", "estimated", "exact")
DEFAULT_LIMIT, MOST_ROWS, MOST_OFFSET = 50, 1_000, 2**62


@dataclass(frozen=True, slots=True)
class SortKey:
    """A path to a field, its direction, and where nulls go (None: as Postgres does)."""

    path: tuple[str, ...]
    descending: bool = False
    nulls: Literal["first", "last"] | None = None


@dataclass(frozen=True, slots=True)
class Expand:
    """A relation to embed. ``limit`` is an index into the values, or None for the default."""

    name: str
    fields: tuple[tuple[str, ...], ...] = ()
    condition: Condition = NOTHING
    sort: tuple[SortKey, ...] = ()
    limit: int | None = None
    children: tuple["Expand", ...] = ()


@dataclass(frozen=True, slots=True)
class ReadShape:
    """Everything about a read but its values; hashable, the key of the statement cache.

    ``cursor`` says for each sort key whether the cursor's value is null; None: no cursor.
    ``search`` is the slot of the searched words, ``as_of`` that of the past time that is asked for.
    """

    condition: Condition = NOTHING
    sort: tuple[SortKey, ...] = ()
    fields: tuple[tuple[str, ...], ...] = ()
    expand: tuple[Expand, ...] = ()
    search: Slot | None = None
    count: Count = "none"
    cursor: tuple[bool, ...] | None = None
    single: bool = False
    text_numbers: bool = False
    as_of: int | None = None
    hashed: int = member(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Hash once: a shape is looked up on every request, and walks deep."""
        parts = (getattr(self, name) for name in _HASHED)
        object.__setattr__(self, "hashed", hash(tuple(parts)))

    def __hash__(self) -> int:
        return self.hashed


_HASHED = tuple(each.name for each in fields(ReadShape) if each.compare)


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A shape with its values. A list's first two values are limit + 1 and offset."""

    shape: ReadShape
    values: list[Any]
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str | None = None
