"""The rows of an uploaded file, in flat memory: CSV, a JSON array, or a JSON object a line."""

import csv
import io
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from app.core.errors import BadRequestError, InvalidError, TooLargeError, Violation
from app.core.formulas import unescape_formula
from app.core.json_stream import array_items
from app.core.json_text import JsonSyntaxError, parse_json
from app.engine.query.import_rows import Reader, Target, cell_reader, object_reader
from app.engine.query.importer import Numbered, Refused

LONGEST_ROW = 10 << 20
BOM = b"\xef\xbb\xbf"
Names = Mapping[str, str | None]
Rows = Generator[Numbered, None, None]


class ImportFileError(BadRequestError):
    """The file cannot be read as what it says it is."""

    code = "import_unreadable"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a file's names and words mean.

    ``names`` leads from the file's names to field names, None leaving one out; a name that is not
    among them means itself. ``nulls`` are the cells of a CSV that stand for null.
    """

    names: Names
    nulls: frozenset[str] = frozenset({""})


def read_rows(kind: str, file: IO[bytes], target: Target, meaning: Meaning) -> Rows:
    """The rows of a file of a kind, parsed, or with what is wrong with them; to be closed.

    Rows count from 1. Raises ImportFileError, ImportHeaderError or TooLargeError where nothing
    more can be read.
    """
    return _READERS[kind](file, target, meaning)


def parse_names(text: str | None) -> Names:
    """The parameter ``columns``."""
    names = parse_json(text) if text else {}
    if not isinstance(names, dict):
        raise ImportFileError("columns takes a JSON object of file names to field names.")
    for name, field in names.items():
        if field is not None and not isinstance(field, str):
            raise ImportFileError(f"columns: {name[:60]!r} must lead to a field name or null.")
    return names


def _csv_rows(file: IO[bytes], target: Target, meaning: Meaning) -> Rows:
    csv.field_size_limit(LONGEST_ROW)  # the library's default would refuse long texts
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        lines = csv.reader(text, strict=True)
        header = next(lines, None)
        if not header:
            raise ImportFileError("The file has no header row.")
        read = cell_reader(target, _field_names(header, meaning), meaning.nulls)
        for number, cells in enumerate(lines, start=1):
            if cells:
                yield number, _parsed(read, [unescape_formula(cell) for cell in cells])
    except UnicodeDecodeError:
        raise ImportFileError("The file is not valid UTF-8.") from None
    except csv.Error as error:
        raise ImportFileError(f"The CSV cannot be read: {error}.") from None
    finally:
        text.detach()


def _field_names(header: list[str], meaning: Meaning) -> list[str | None]:
    """What the columns mean; ``columns`` may speak only of those that there are."""
    header = [name.strip() for name in header]
    unknown = [name for name in meaning.names if name not in header]
    if unknown:
        raise ImportFileError(
            f"columns: the file has no column {unknown[0][:60]!r}.",
            hint=f"It has: {', '.join(header)[:300]}.",
        )
    return [meaning.names.get(name, name) for name in header]


def _json_rows(file: IO[bytes], target: Target, meaning: Meaning) -> Rows:
    read = object_reader(target)
    text = io.TextIOWrapper(file, encoding="utf-8-sig")
    number = 0
    try:
        for number, body in enumerate(array_items(text, LONGEST_ROW), start=1):
            yield number, _parsed(read, _renamed(body, meaning.names))
    except UnicodeDecodeError:
        raise ImportFileError("The file is not valid UTF-8.") from None
    except JsonSyntaxError as error:
        place = f"Behind row {number}: " if number else ""
        raise ImportFileError(
            f"{place}{error.detail}", hint="A JSON import is one array of objects."
        ) from None
    finally:
        text.detach()


def _ndjson_rows(file: IO[bytes], target: Target, meaning: Meaning) -> Rows:
    read = object_reader(target)
    if file.read(len(BOM)) != BOM:
        file.seek(0)
    number = 0
    while line := file.readline(LONGEST_ROW + 1):
        if len(line) > LONGEST_ROW:
            raise TooLargeError(f"A line is longer than {LONGEST_ROW} bytes.")
        if line.strip():
            number += 1
            yield number, _line(read, line, meaning.names)


def _line(read: Reader, line: bytes, names: Names) -> Any:
    try:
        body = parse_json(line)
    except JsonSyntaxError as error:
        return Refused([Violation("", error.code, error.detail)])
    return _parsed(read, _renamed(body, names))


def _renamed(body: Any, names: Names) -> Any:
    if not names or not isinstance(body, dict):
        return body
    renamed = ((names.get(name, name), value) for name, value in body.items())
    return {name: value for name, value in renamed if name is not None}


def _parsed(read: Reader, row: Any) -> Any:
    try:
        return read(row)
    except InvalidError as error:
        return Refused(error.errors or [Violation("", error.code, error.detail)])


_READERS = {"csv": _csv_rows, "json": _json_rows, "ndjson": _ndjson_rows}
