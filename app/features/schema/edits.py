"""Faults of one edited part, told from its own point of view."""

from dataclasses import replace

from app.engine.catalog.model import Catalog
from app.engine.schema.desired.parse import parse_desired
from app.engine.schema.errors import SchemaInvalidError
from app.features.schema.documents import Edit


def parse_edit(edit: Edit, current: Catalog) -> Catalog:
    """Parse an edited document; pointers into the part are relative to it.

    Raises SchemaInvalidError.
    """
    try:
        return parse_desired(edit.document, current)
    except SchemaInvalidError as error:
        start = _pointer(edit)
        raise SchemaInvalidError(
            [replace(fault, pointer=fault.pointer.removeprefix(start)) for fault in error.errors]
        ) from None


def _pointer(edit: Edit) -> str:
    """Where the part stands."""
    for position, collection in enumerate(edit.document["collections"]):
        if collection is edit.part:
            return f"/collections/{position}"
        for place, field in enumerate(collection.get("fields") or ()):
            if field is edit.part:
                return f"/collections/{position}/fields/{place}"
    return "#"
