"""Values that a request gives to rows which have none, where a plan needs one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.errors import Violation
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Field
from app.engine.schema.changes.alter import AlterField
from app.engine.schema.changes.alter_steps import Fill
from app.engine.schema.changes.change import Change
from app.engine.schema.desired.values import plain_json
from app.engine.schema.errors import SchemaInvalidError
from app.engine.schema.plan import Adjust

Fills = Mapping[str, Any]
"""By ``collection.field``, in the names of the wanted schema; null clears lost references."""


def with_fills(fills: Fills, wanted: Catalog) -> Adjust:
    """An adjustment of a plan's changes. Raises SchemaInvalidError at a fill that does not fit."""
    found = {_find(wanted, place): (place, plain_json(value)) for place, value in fills.items()}

    def adjust(changes: tuple[Change, ...]) -> tuple[Change, ...]:
        return tuple(_filled(change, found) for change in changes)

    return adjust


def _find(wanted: Catalog, place: str) -> tuple[str, str]:
    """The ids of a place; checks that the value would be taken."""
    name, _, field_name = place.partition(".")
    collection = wanted.collections.get(name)
    field = collection.find_field(field_name) if collection else None
    if collection is None or field is None or not field.is_stored:
        message = f"There is no stored field {place[:100]!r} in the wanted schema."
        raise SchemaInvalidError([Violation(_pointer(place), "fill_unknown", message)])
    return collection.id, field.id


def _filled(change: Change, fills: Mapping[tuple[str, str], tuple[str, Any]]) -> Change:
    if not isinstance(change, AlterField) or change.aspect not in ("required", "relation"):
        return change
    key = (change.collection_id, change.after.id)
    if key not in fills:
        return change
    place, value = fills[key]
    if change.aspect == "relation":
        return replace(change, fill=Fill()) if value is None else change
    return replace(change, fill=Fill(_checked(place, change.after, value)))


def _checked(place: str, field: Field, value: Any) -> Any:
    try:
        field_type(field).parse(field, value)
    except (ValueError, ArithmeticError) as error:
        message = f"The value for {field.name!r} does not fit: {error}"
        violation = Violation(_pointer(place), "fill_invalid", message)
        raise SchemaInvalidError([violation]) from None
    return value


def _pointer(place: str) -> str:
    return f"/fill/{place.replace('~', '~0').replace('/', '~1')}"
