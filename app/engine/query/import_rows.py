"""The rows of an import, parsed: cells or JSON members to the columns of one bulk write. Pure.

A reader is made once for a header, so that a row costs only its values' parsing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import BadRequestError, InvalidError, Violation
from app.core.ids import uuid7
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field, Generated
from app.engine.catalog.rules import broken_rules
from app.engine.policy.model import Grant
from app.engine.query.values import (
    Author,
    broken_bounds,
    escape_pointer,
    generated,
    nearest,
    parse_new,
)

Row = dict[str, Any]
"""A row of the bulk document: JSON values by column, link lists by ``_m_<field id>``."""

TIMES = frozenset({"created_at", "updated_at"})


class ImportHeaderError(BadRequestError):
    code = "import_invalid_header"


@dataclass(frozen=True, slots=True)
class Target:
    """What rows are imported into, and by whom."""

    collection: Collection
    catalog: Catalog
    grant: Grant
    author: Author


Reader = Callable[[Any], Row]
"""From a row's cells (or its JSON object) to the bulk row. Raises InvalidError."""


def cell_reader(target: Target, header: Sequence[str], nulls: frozenset[str]) -> Reader:
    """A reader of CSV rows. A cell in ``nulls`` is null; link lists are ids split by commas.

    Raises ImportHeaderError when a column names no field that may be written.
    """
    fields = [_named(target, name) for name in header]
    _refuse_twins(fields)
    cells = [_cell(field, nulls) for field in fields]
    given = {field.id for field in fields}
    defaults = _defaults(target, given)

    def read(row: Sequence[str]) -> Row:
        if len(row) != len(cells):
            raise InvalidError(
                "",
                errors=[Violation("", "columns", f"{len(cells)} cells wanted, {len(row)} found.")],
            )
        values: Row = {}
        errors: list[Violation] = []
        for (key, parse), text in zip(cells, row, strict=True):
            try:
                values[key] = parse(text)
            except CellError as fault:
                errors.extend(fault.violations)
        if errors:
            raise InvalidError("", errors=errors)
        for key, make in defaults:
            values[key] = make()
        return values

    return read


def object_reader(target: Target) -> Reader:
    """A reader of JSON objects: the same checks as a create."""
    collection = target.collection
    convert = {f.column: field_type(f).to_json for f in collection.stored_fields}

    def read(body: Any) -> Row:
        record = parse_new(body, collection, target.catalog, target.grant, target.author)
        row: Row = {column: convert[column](value) for column, value in record.columns.items()}
        for field_id, ids in record.links.items():
            kind = field_type(collection.by_id[field_id])
            row[f"_m_{field_id}"] = [kind.to_json(each) for each in ids]
        row["_given"] = given_columns(target, list(body))
        return row

    return read


class CellError(Exception):
    """What is wrong with one cell."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__()
        self.violations = tuple(violations)


def _named(target: Target, name: str) -> Field:
    field = target.collection.find_field(name.strip())
    allowed = field is not None and (
        field.id == "id"
        or (field.id in TIMES and target.grant.restores_times)
        or (not field.read_only and target.grant.may_touch(field.id))
    )
    is_list = field is not None and field.relation is not None and field.relation.kind == "has_many"
    if field is None or not allowed or is_list:
        known = [f.name for f in target.collection.fields.values()]
        raise ImportHeaderError(
            f"The column {name[:60]!r} names no field that can be imported.",
            hint=nearest(name, known) or f"Fields are: {', '.join(known)}.",
        )
    return field


def _refuse_twins(fields: Sequence[Field]) -> None:
    ids = [field.id for field in fields]
    twins = [field.name for field in fields if ids.count(field.id) > 1]
    if twins:
        raise ImportHeaderError(f"The field {twins[0]!r} has two columns.")


def _cell(field: Field, nulls: frozenset[str]) -> tuple[str, Callable[[str], Any]]:
    if not field.is_stored:
        return f"_m_{field.id}", _links_cell(field, nulls)
    return field.column, _value_cell(field, nulls)


def _value_cell(field: Field, nulls: frozenset[str]) -> Callable[[str], Any]:
    kind, plain = field_type(field), not field.validations
    parse_text, to_json, required = kind.parse_text, kind.to_json, field.required
    pointer = f"/{escape_pointer(field.column)}"

    def parse(text: str) -> Any:
        if text in nulls:
            if required and field.id != "id":
                raise CellError([Violation(pointer, "required", "A value is required.")])
            return None
        try:
            value = parse_text(field, text)
        except ValueError as error:
            raise CellError([Violation(pointer, "type", str(error))]) from None
        except BadRequestError as error:
            raise CellError([Violation(pointer, "type", error.detail)]) from None
        broken = broken_bounds(field, value)
        if broken or not plain:
            _raise_broken(field, value, pointer, broken)
        return to_json(value)

    return parse


def _raise_broken(
    field: Field, value: Any, pointer: str, broken: Sequence[tuple[str, str]]
) -> None:
    found = [Violation(pointer, code, message) for code, message in broken]
    for rule in broken_rules(field, value):
        found.append(Violation(pointer, rule.rule, rule.message or f"Rule {rule.rule} is broken."))
    if found:
        raise CellError(found)


def _links_cell(field: Field, nulls: frozenset[str]) -> Callable[[str], Any]:
    kind = field_type(field)

    def parse(text: str) -> Any:
        if text in nulls:
            return []
        try:
            ids = [kind.parse_text(field, part.strip()) for part in text.split(",")]
        except ValueError as error:
            raise CellError([Violation(f"/{field.name}", "type", str(error))]) from None
        return [kind.to_json(each) for each in dict.fromkeys(ids)]

    return parse


def _defaults(target: Target, given: set[str]) -> list[tuple[str, Callable[[], Any]]]:
    """What every row gets for the columns that the file does not have."""
    found: list[tuple[str, Callable[[], Any]]] = []
    for field in target.collection.stored_fields:
        if field.id not in given and field.id not in TIMES:
            found.append((field.column, _default(target, field)))
    return found


def _default(target: Target, field: Field) -> Callable[[], Any]:
    kind = field_type(field)
    if field.id == "id":
        return (lambda: str(uuid7())) if target.collection.id_type == "uuid" else (lambda: None)
    if field.id == "created_by":
        author = None if target.author.user_id is None else str(target.author.user_id)
        return lambda: author
    if isinstance(field.default, Generated):
        generator = field.default.generator
        return lambda: kind.to_json(generated(field, generator, target.author))
    if field.required and field.default is None:
        raise ImportHeaderError(f"The required field {field.name!r} has no column.")
    constant = None if field.default is None else kind.to_json(kind.parse(field, field.default))
    return lambda: constant


def given_columns(target: Target, names: Sequence[str]) -> tuple[str, ...]:
    """The stored columns that a header or an object names."""
    fields = (target.collection.find_field(name.strip()) for name in names)
    return tuple(f.column for f in fields if f is not None and f.column)


def link_fields(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The many_to_many field ids that any row sets."""
    names = {name for row in rows for name in row if name.startswith("_m_")}
    return tuple(sorted(name.removeprefix("_m_") for name in names))
