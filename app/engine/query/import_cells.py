"""The cells of an imported CSV: each column's parser, from a text to a member of the row's JSON.

A column parses a text once: the cells of real files repeat themselves.
"""

from collections.abc import Callable
from typing import Any

from app.core.errors import BadRequestError, Violation
from app.core.ids import uuid7
from app.core.json_text import dump_json, parse_json
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Collection, Field
from app.engine.catalog.rules import broken_message, broken_rules
from app.engine.query.values import MOST_LINKS, broken_bounds, escape_pointer

ParseCell = Callable[[str], str]
"""From a cell to ``"column":value``. Raises CellError."""

MOST_HELD, LONGEST_HELD = 5_000, 40
_Value = Callable[[str], Any]


def cell_parser(collection: Collection, field: Field, nulls: frozenset[str]) -> ParseCell:
    """The parser of a field's column. A cell in ``nulls`` is null."""
    if not field.is_stored:
        return _member(f"_m_{field.id}", _links_cell(field, nulls))
    if field.id == "id":
        return _member(field.column, _id_cell(collection, field, nulls))
    return _Held(_member(field.column, _value_cell(field, nulls))).__getitem__


def id_maker(collection: Collection) -> Callable[[], Any]:
    """Makes ids; None stands for the next number of the collection's sequence."""
    return (lambda: str(uuid7())) if collection.id_type == "uuid" else (lambda: None)


class CellError(Exception):
    """What is wrong with one cell."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__()
        self.violations = violations


class _Held(dict[str, str]):
    """A column's members by their cells, each parsed once; long and late ones are not kept."""

    def __init__(self, parse: ParseCell) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> str:
        member = self._parse(text)
        if len(text) <= LONGEST_HELD and len(self) < MOST_HELD:
            self[text] = member
        return member


def _member(key: str, value_of: _Value) -> ParseCell:
    name = dump_json(key)
    return lambda text: f"{name}:{dump_json(value_of(text))}"


def _value_cell(field: Field, nulls: frozenset[str]) -> _Value:
    parse_text, to_json = field_type(field).parse_text, field_type(field).to_json
    required, at = field.required, _pointer(field)

    def parse(text: str) -> Any:
        if text in nulls:
            if required:
                raise CellError(Violation(at, "required", "A value is required."))
            return None
        try:
            value = parse_text(field, text)
        except ValueError as error:
            raise CellError(Violation(at, "type", str(error))) from None
        except BadRequestError as error:
            raise CellError(Violation(at, "type", error.detail)) from None
        _check(field, value, at)
        return to_json(value)

    return parse


def _check(field: Field, value: Any, at: str) -> None:
    found = [Violation(at, code, message) for code, message in broken_bounds(field, value)]
    if field.validations:
        for rule in broken_rules(field, value):
            message = broken_message(rule)
            found.append(Violation(at, rule.rule, message))
    if found:
        raise CellError(*found)


def _id_cell(collection: Collection, field: Field, nulls: frozenset[str]) -> _Value:
    """An id; where the cell is null, a new one, unless only the file could know it."""
    given = _value_cell(field, frozenset())
    if collection.id_type == "text":
        return _value_cell(field, nulls)
    make = id_maker(collection)
    return lambda text: make() if text in nulls else given(text)


def _links_cell(field: Field, nulls: frozenset[str]) -> _Value:
    """Ids split by commas, or a JSON list of them, as an export writes."""
    kind, at = field_type(field), _pointer(field)

    def parse(text: str) -> Any:
        try:
            if text in nulls:
                return []
            if text.startswith("["):
                ids = [kind.parse(field, each) for each in parse_json(text)]
            else:
                ids = [kind.parse_text(field, part.strip()) for part in text.split(",")]
        except ValueError as error:
            raise CellError(Violation(at, "type", str(error))) from None
        except BadRequestError as error:
            raise CellError(Violation(at, "type", error.detail)) from None
        if len(ids) > MOST_LINKS:
            raise CellError(Violation(at, "type", f"A list holds at most {MOST_LINKS} ids."))
        return [kind.to_json(each) for each in dict.fromkeys(ids)]

    return parse


def _pointer(field: Field) -> str:
    return f"/{escape_pointer(field.column or field.name)}"
