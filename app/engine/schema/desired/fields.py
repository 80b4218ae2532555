"""One field of the document, without what its relation leads to."""

import re
from dataclasses import replace
from typing import Any

from app.engine.catalog.casts import find_cast
from app.engine.catalog.field_types import NAMES, SCALARS, named_type
from app.engine.catalog.model import Field
from app.engine.schema import edits
from app.engine.schema.desired.faults import (
    LONGEST_DESCRIPTION,
    LONGEST_LABEL,
    Reader,
    nearest,
)
from app.engine.schema.desired.rules import read_rules
from app.engine.schema.desired.values import read_bounds, read_default

MOST_VALUES = 500
LONGEST_VALUE = 255
LONGEST_TEXT = 10_000_000
_COMMON = frozenset(
    {
        *("id", "name", "renamed_from", "type", "label", "description", "required", "unique"),
        *("index", "default", "hidden", "searchable", "validations", "read_only"),
    }
)
_RELATION = frozenset({"to", "kind", "on_delete", "via"})
_ARRAY = re.compile(r"array\(([a-z]+)\)")
_COLLATION = re.compile(r"[A-Za-z0-9_.@-]{1,63}")
_OTHER_WORDS = {
    "integer": "int",
    "bigint": "int",
    "number": "decimal",
    "numeric": "decimal",
    "double": "float",
    "bool": "boolean",
    "varchar": "string",
    "str": "string",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "jsonb": "json",
    "object": "json",
    "array": "array(string)",
    "belongs_to": "relation",
}
_LOOSE = ("label", "description", "index", "searchable")
_UNCASTABLE = "Add a field of the new type, copy the values, and drop the old one."


def read_field(reader: Reader, field_id: str, name: str, current: Field | None) -> Field | None:
    """The field; None when its type cannot be told."""
    type_name, items = _read_type(reader)
    if type_name is None:
        return None
    if current is not None and (current.type == "relation") != (type_name == "relation"):
        hint = "Drop the field and add another under a new id."
        reader.fault("type", "change_unsupported", "A relation stays a relation.", hint)
        return None
    column = f"{name}_id" if type_name == "relation" else name
    field = Field(
        field_id,
        name,
        type_name,
        column,
        items=items,
        label=reader.text("label", LONGEST_LABEL),
        description=reader.text("description", LONGEST_DESCRIPTION),
        shadow=current.shadow if current else None,
        read_only=current.read_only if current else False,
    )
    known = named_type(type_name).options | _COMMON
    reader.refuse_unknown(
        known | _RELATION if type_name == "relation" else known - {"items"},
        f"A field of type {type_name}",
    )
    return _with_options(reader, field)


def check_change(reader: Reader, current: Field, wanted: Field) -> None:
    """Note what an existing field cannot become."""
    if current.relation is None and find_cast(current, wanted, "x") is None:
        message = f"There is no way from {_shown_type(current)} to {_shown_type(wanted)}."
        reader.fault("type", "cast_unsupported", message, _UNCASTABLE)


def check_system_field(reader: Reader, current: Field, wanted: Field) -> None:
    """Note any change of a system field beyond its label, description and index."""
    if edits.move(current, wanted, _LOOSE) != wanted:
        message = f"{current.name!r} belongs to the product: only its label and index can change."
        reader.fault(None, "field_protected", message)


def _shown_type(field: Field) -> str:
    return f"array({field.items})" if field.type == "array" else field.type


def _read_type(reader: Reader) -> tuple[str | None, str | None]:
    value = reader.get("type")
    if isinstance(value, str):
        array = _ARRAY.fullmatch(value)
        if array and array[1] in SCALARS and array[1] != "enum":
            return "array", array[1]
        if value in NAMES and value != "array":
            return value, None
    shown = str(value)[:60]
    hint = (
        f"Did you mean {_OTHER_WORDS[shown]!r}?"
        if shown in _OTHER_WORDS
        else nearest(shown, NAMES) or f"There are: {', '.join(NAMES)}."
    )
    reader.fault("type", "type_unknown", f"There is no field type {shown!r}.", hint)
    return None, None


def _with_options(reader: Reader, field: Field) -> Field:
    flagged = replace(
        field,
        required=reader.flag("required"),
        unique=reader.flag("unique"),
        hidden=reader.flag("hidden"),
        searchable=reader.flag("searchable"),
        index=_read_index(reader, field),
        validations=read_rules(reader),
    )
    sized = replace(
        flagged,
        max_length=reader.whole("max_length", 1, LONGEST_TEXT),
        min_length=reader.whole("min_length", 0, LONGEST_TEXT),
        precision=reader.whole("precision", 1, 1_000),
        scale=reader.whole("scale", 0, 1_000),
        collation=_read_collation(reader),
        values=_read_values(reader, field),
    )
    _check_sizes(reader, sized)
    return sized if field.type == "relation" else read_default(reader, read_bounds(reader, sized))


def _read_index(reader: Reader, field: Field) -> Any:
    value = reader.get("index")
    if value in (None, False):
        return False
    if value == "trigram" and field.type in ("string", "text", "email", "url", "enum"):
        return "trigram"
    if value is not True:
        reader.fault("index", "option_invalid", "'index' is true, false, or 'trigram' for text.")
    return True


def _read_collation(reader: Reader) -> str | None:
    value = reader.get("collation")
    if value is None:
        return None
    if isinstance(value, str) and _COLLATION.fullmatch(value):
        return value
    reader.fault("collation", "option_invalid", "There is no such collation.")
    return None


def _read_values(reader: Reader, field: Field) -> tuple[str, ...]:
    if field.type != "enum":
        return ()
    values = reader.items("values", MOST_VALUES)
    fits = all(
        isinstance(v, str) and 0 < len(v) <= LONGEST_VALUE and "\x00" not in v for v in values
    )
    if not values or not fits or len(set(map(str, values))) < len(values):
        message = f"'values' lists the different texts allowed, each at most {LONGEST_VALUE} long."
        reader.fault("values", "option_invalid", message)
        return ()
    return tuple(values)


def _check_sizes(reader: Reader, field: Field) -> None:
    if field.scale is not None and (field.precision is None or field.scale > field.precision):
        reader.fault("scale", "option_invalid", "'scale' is at most 'precision'.")
    if (
        field.max_length is not None
        and field.min_length is not None
        and field.min_length > field.max_length
    ):
        reader.fault("min_length", "option_invalid", "'min_length' is greater than 'max_length'.")
