"""What a store of counters offers: windows that begin with their first count and then end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Addition:
    """``amount`` more under ``key``, in a window of ``seconds`` if none is open."""

    key: str
    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Count:
    """What a key's open window holds, and for how long it stays open."""

    value: int
    seconds_left: float


EMPTY = Count(0, 0.0)


class Counters(Protocol):
    """A store. Each call is atomic for each key."""

    async def add(self, additions: Sequence[Addition]) -> list[Count]:
        """Count, and answer the new counts in the order given; keys differ from one another."""
        ...

    async def forget(self, key: str) -> int:
        """Close a key's window; what it held."""
        ...

    async def clear(self) -> None:
        """Let go of windows that are over, where they do not end by themselves."""
        ...

    async def close(self) -> None: ...
