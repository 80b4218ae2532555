"""The rows of an import: from cells or JSON members to what one bulk write takes. Pure.

A reader is made once for a header, so that a row costs only its values' parsing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import BadRequestError, InvalidError, Violation
from app.core.json_text import dump_json
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field, Generated
from app.engine.policy.model import Grant, preset_value
from app.engine.query.defaults import Author, generated
from app.engine.query.import_cells import CellError, ParseCell, cell_parser, id_maker
from app.engine.query.values import nearest, parse_new


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the bulk document.

    ``text`` is a JSON object: values by column, link lists by ``_m_<field id>``. ``given`` are the
    columns that the file has, ``links`` the many_to_many field ids.
    """

    text: str
    given: tuple[str, ...]
    links: tuple[str, ...]


Reader = Callable[[Any], Row]
"""From a row's cells (or its JSON object) to the bulk row. Raises InvalidError."""

Values = dict[str, Any]
Make = Callable[[], str]

TIMES = frozenset({"created_at", "updated_at"})


class ImportHeaderError(BadRequestError):
    code = "import_invalid_header"


@dataclass(frozen=True, slots=True)
class Target:
    """What rows are imported into, and by whom. ``updates``: rows that are there are changed."""

    collection: Collection
    catalog: Catalog
    grant: Grant
    author: Author
    updates: bool = False


def cell_reader(target: Target, header: Sequence[str | None], nulls: frozenset[str]) -> Reader:
    """A reader of CSV rows. A cell in ``nulls`` is null; a column named None is left out.

    Raises ImportHeaderError when a column names no field that may be written.
    """
    taken = [place for place, name in enumerate(header) if name is not None]
    is_whole = len(taken) == len(header)
    fields = [_named(target, name) for name in header if name is not None]
    _refuse_twins(fields)
    columns = [cell_parser(target.collection, field, nulls) for field in fields]
    others, made = _others(target, {field.id for field in fields})
    given = tuple(field.column for field in fields if field.column)
    links = tuple(field.id for field in fields if not field.column)
    fixed = dump_json(others | _told(target, given))[1:-1]

    def read(row: Sequence[str]) -> Row:
        if len(row) != len(header):
            message = f"{len(header)} cells wanted, {len(row)} found."
            raise InvalidError("", errors=[Violation("", "columns", message)])
        cells = row if is_whole else [row[place] for place in taken]
        try:
            members = [parse(text) for parse, text in zip(columns, cells, strict=True)]
        except CellError:
            raise InvalidError("", errors=_faults(columns, cells)) from None
        members.extend(make() for make in made)
        return Row(f"{{{','.join(members)},{fixed}}}", given, links)

    return read


def object_reader(target: Target) -> Reader:
    """A reader of JSON objects: the same checks as a create."""
    collection = target.collection
    convert = {f.column: field_type(f).to_json for f in collection.stored_fields}

    def read(body: Any) -> Row:
        record = parse_new(
            body, collection, target.catalog, target.grant, target.author, restoring=True
        )
        values = {column: convert[column](value) for column, value in record.columns.items()}
        for field_id, ids in record.links.items():
            to_json = field_type(collection.by_id[field_id]).to_json
            values[f"_m_{field_id}"] = [to_json(each) for each in ids]
        named = (collection.find_field(name) for name in body)
        given = tuple(field.column for field in named if field and field.column)
        return Row(dump_json(values | _told(target, given)), given, tuple(record.links))

    return read


def _told(target: Target, given: Sequence[str]) -> Values:
    """What the statement must know of a row beside its values.

    An upsert: the columns it may change. The first version of a record: 1, or, under an id that
    the file chose and that may have been used before, one that it cannot have had.
    """
    first = time.time_ns() // 1_000 if "id" in given else 1
    return {"_first": first, "_given": given if target.updates else ()}


def _faults(columns: Sequence[ParseCell], row: Sequence[str]) -> list[Violation]:
    found: list[Violation] = []
    for parse, text in zip(columns, row, strict=True):
        try:
            parse(text)
        except CellError as fault:
            found.extend(fault.violations)
    return found


def _named(target: Target, name: str) -> Field:
    field = target.collection.find_field(name)
    if field is None or not _is_importable(target, field):
        known = [f.name for f in target.collection.fields.values() if _is_importable(target, f)]
        raise ImportHeaderError(
            f"The column {name[:60]!r} names no field that can be imported.",
            hint=nearest(name, known) or f"Fields are: {', '.join(known)}.",
        )
    return field


def _is_importable(target: Target, field: Field) -> bool:
    if field.relation is not None and field.relation.kind == "has_many":
        return False
    if field.id in TIMES:
        return target.grant.restores_times
    return not field.read_only and any(rule.takes((field.id,)) for rule in target.grant.rules)


def _refuse_twins(fields: Sequence[Field]) -> None:
    ids = [field.id for field in fields]
    twins = [field.name for field in fields if ids.count(field.id) > 1]
    if twins:
        raise ImportHeaderError(f"The field {twins[0]!r} has two columns.")


def _others(target: Target, given: set[str]) -> tuple[Values, list[Make]]:
    """What every row gets besides its cells: the same values, and members made for each."""
    fixed: Values = {}
    made: list[Make] = []
    presets = target.grant.guard(given).presets
    for field in target.collection.stored_fields:
        if field.id in given or field.id in TIMES or field.id in presets:
            continue
        make = _maker(target, field)
        if make is None:
            fixed[field.column] = _constant(target, field)
        else:
            made.append(_made(field.column, make))
    for preset in presets.values():
        value = preset_value(preset, target.author.variables)
        to_json = field_type(preset.field).to_json
        fixed[preset.field.column] = None if value is None else to_json(value)
    return fixed, made


def _made(key: str, make: Callable[[], Any]) -> Make:
    name = dump_json(key)
    return lambda: f"{name}:{dump_json(make())}"


def _maker(target: Target, field: Field) -> Callable[[], Any] | None:
    """What makes a value for each row; None for a field whose value is the same in all."""
    if field.id == "id":
        if target.collection.id_type == "text":
            raise _no_column(field, target.grant)
        return id_maker(target.collection)
    if isinstance(field.default, Generated):
        to_json, generator = field_type(field).to_json, field.default.generator
        return lambda: to_json(generated(field, generator, target.author))
    return None


def _constant(target: Target, field: Field) -> Any:
    kind = field_type(field)
    if field.id == "created_by":
        return None if target.author.user_id is None else str(target.author.user_id)
    if field.default is None:
        if field.required:
            raise _no_column(field, target.grant)
        return None
    return kind.to_json(kind.parse(field, field.default))


def _no_column(field: Field, grant: Grant) -> ImportHeaderError:
    if not (grant.may_touch(field.id) or grant.may_show(field.id)):
        return ImportHeaderError("The records need values that you may not set.")
    return ImportHeaderError(f"The required field {field.name!r} has no column.")
