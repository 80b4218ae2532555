"""The audit as a file: a line of JSON for each entry, or CSV for a spreadsheet.

CSV cells that a spreadsheet would take for a formula get a leading apostrophe; images and details
are JSON in a cell.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from app.core.formulas import escape_formula
from app.core.json_text import dump_json
from app.features.audit.schemas import Format
from app.features.audit.service import Entry

MEDIA_TYPES: Final[dict[Format, str]] = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
}
COLUMNS: Final = (
    *("seq", "at", "action", "collection", "record_id", "actor", "request_id"),
    *("before", "after", "detail"),
)
_AT_ONCE: Final = 200


async def as_file(entries: AsyncIterator[Entry], kind: Format) -> AsyncIterator[bytes]:
    """The entries in a format, in their order, some hundred at a time."""
    if kind == "csv":
        yield _lines([COLUMNS])
    batch: list[Entry] = []
    async for entry in entries:
        batch.append(entry)
        if len(batch) == _AT_ONCE:
            yield _FORMATS[kind](batch)
            batch = []
    yield _FORMATS[kind](batch)


def _as_ndjson(entries: Iterable[Entry]) -> bytes:
    return b"".join(dump_json(entry).encode() + b"\n" for entry in entries)


def _as_csv(entries: Iterable[Entry]) -> bytes:
    return _lines([_cell(entry.get(name)) for name in COLUMNS] for entry in entries)


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """Null is an empty cell."""
    if isinstance(value, str):
        return escape_formula(value)
    return dump_json(value) if isinstance(value, dict | list) else value


_FORMATS: Final = {"ndjson": _as_ndjson, "csv": _as_csv}
