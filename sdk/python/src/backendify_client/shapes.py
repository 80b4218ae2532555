"""The values that go in and come out of a collection's operations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, Literal, TypedDict, TypeVar

R = TypeVar("R", bound=Mapping[str, Any])
C = TypeVar("C", bound=Mapping[str, Any])
U = TypeVar("U", bound=Mapping[str, Any])
F = TypeVar("F", bound=Mapping[str, Any])

Names = str | Sequence[str]
"""``"title,author.name"`` or ``["title", "author.name"]``."""
Match = str | Mapping[str, Any]
"""An ETag, or the record that was answered with it."""
Count = Literal["none", "capped", "estimated", "exact"]


Increment = TypedDict("Increment", {"$inc": "float | Decimal"})
"""What an update adds to a number."""
Append = TypedDict("Append", {"$append": Any})
"""What an update puts behind a list."""


@dataclass(frozen=True)
class CollectionName(Generic[R, C, U, F]):
    """A collection's name that knows the types of its records, of what creates and updates them,
    and of its filters: ``backendify types --lang py`` writes them."""

    name: str


class Record(dict[str, Any]):
    """A record as it was answered, with the ETag that ``if_match`` takes."""

    __slots__ = ("etag",)

    def __init__(self, values: Mapping[str, Any], etag: str | None) -> None:
        super().__init__(values)
        self.etag = etag


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A part of a list. ``total`` is there where ``count`` asked for it."""

    data: list[R]
    has_more: bool
    next_cursor: str | None
    total: int | None = None
    total_capped: bool = False

    def __iter__(self) -> Iterator[R]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def etag_of(record: Mapping[str, Any]) -> str | None:
    """The ETag a record was answered with: by ``get``, ``create``, ``update`` or ``upsert``."""
    return getattr(record, "etag", None)


def object_of(answer: Any) -> dict[str, Any]:
    """Raises TypeError where it is none."""
    if not isinstance(answer, dict):
        raise TypeError("This is no object.")
    return answer


def rows_of(answer: Any) -> list[Any]:
    """Those of a list. Raises TypeError and its like where it has none."""
    if not isinstance(answer["data"], list):
        raise TypeError("These are no rows.")
    return answer["data"]


def matched(if_match: Match | None) -> str | None:
    """An ETag, of a record too. Raises ValueError for a record without: those of lists."""
    if if_match is None or isinstance(if_match, str):
        return if_match
    etag = etag_of(if_match)
    if etag is None:
        raise ValueError("This record has no ETag: read it with get().")
    return etag


def joined(names: Names) -> str:
    return names if isinstance(names, str) else ",".join(names)
