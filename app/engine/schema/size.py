"""How big a table is, as a value."""

from dataclasses import dataclass

EXACT_UP_TO = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """Rows (exact up to ``EXACT_UP_TO``, else an estimate) and bytes."""

    rows: int = 0
    bytes: int = 0


EMPTY = Size()
