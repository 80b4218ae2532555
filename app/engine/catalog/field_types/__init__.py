"""The field types, one file each; adding one is adding a file and naming it here."""

from functools import cache
from importlib import import_module

from app.engine.catalog.field_types.type import FieldType
from app.engine.catalog.model import Field

SCALARS = (
    "string", "text", "int", "float", "decimal", "boolean", "date", "datetime", "uuid", "enum",
    "email", "url",
)  # fmt: skip
NAMES = (*SCALARS, "json", "array", "file", "relation")


@cache
def named_type(name: str) -> FieldType:
    """The type of a name in ``NAMES``."""
    found: FieldType = import_module(f"{__name__}.{name}").TYPE
    return found


def scalar_type(name: str) -> FieldType:
    """The type of an array's items."""
    if name not in SCALARS:
        raise KeyError(name)
    return named_type(name)


def field_type(field: Field) -> FieldType:
    """The type of a field."""
    return named_type(field.type)
