"""Columns of a foreign table as fields."""

import re
from collections.abc import Collection as Names
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Collection, Field, Generated, Relation
from app.engine.schema import compile_adopt, ddl
from app.engine.schema.desired.names import field_name_fault
from app.engine.schema.introspect import ColumnShape
from app.engine.schema.physical import KEY_TYPES, column_type, default_sql

_TYPES = {
    "uuid": "uuid",
    "text": "text",
    "citext": "text",
    "character varying": "string",
    "character": "string",
    "bigint": "int",
    "integer": "int",
    "smallint": "int",
    "double precision": "float",
    "real": "float",
    "numeric": "decimal",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "datetime",
    "timestamp without time zone": "datetime",
    "jsonb": "json",
    "json": "json",
}
_TYPE = re.compile(r"(?P<base>[a-z ]+?)(\((?P<size>[0-9,]+)\))?(?P<array>\[\])?( COLLATE .*)?")
_TEXT = re.compile(r"'((?:[^']|'')*)'::[a-z ]+(\([0-9]+\))?")
_NUMBER = re.compile(r"'?(-?[0-9]+(\.[0-9]+)?)'?(::[a-z ]+)?")
_GENERATED = {
    "now()": ("datetime", "now"),
    "CURRENT_TIMESTAMP": ("datetime", "now"),
    "CURRENT_DATE": ("date", "today"),
    "gen_random_uuid()": ("uuid", "uuid"),
}


@dataclass(frozen=True, slots=True)
class Adopted:
    """A field, the column that it is made of, and whether a computed default is lost."""

    field: Field
    column: str
    type: str
    not_null: bool
    had_default: bool
    lost_default: bool

    def statements(self, schema: str, table: str) -> Iterator[str]:
        """What turns the column into the field's."""
        column = self.field.column
        if self.column != column:
            yield compile_adopt.rename_column(schema, table, self.column, column)
        if self.had_default:
            yield ddl.drop_default(schema, table, column)
        wanted = column_type(self.field)
        if self.type != wanted:
            yield ddl.set_type(schema, table, column, wanted, self._using(wanted))
        default = default_sql(self.field)
        if default is not None:
            yield ddl.set_default(schema, table, column, default)

    def _using(self, wanted: str) -> str:
        quoted = ddl.name(self.field.column)
        if self.type == "timestamp without time zone":
            return f"{quoted} AT TIME ZONE 'UTC'"
        return f"{quoted}::{wanted}"


def adopt_column(
    column: ColumnShape, field_id: str, taken: Names[str], target: Collection | None
) -> Adopted | None:
    """The column as a field; None when no field type stands for its type."""
    field = _typed(column, field_id)
    if target is not None:
        field = _related(field, target) or field
    if field is None:
        return None
    named = _named(replace(field, required=column.not_null), column.name, taken)
    defaulted = _with_default(named, column.default)
    lost = column.default is not None and not defaulted.has_default
    return Adopted(
        defaulted, column.name, column.type, column.not_null, column.default is not None, lost
    )


def _typed(column: ColumnShape, field_id: str) -> Field | None:
    found = _TYPE.fullmatch(column.type)
    kind = _TYPES.get(found["base"]) if found else None
    if found is None or kind is None:
        return None
    field = Field(field_id, column.name, kind, column.name)
    if found["array"]:
        items = {"text": "text", "string": "text"}.get(kind, kind)
        return None if kind == "json" else replace(field, type="array", items=items)
    size = [int(part) for part in (found["size"] or "").split(",") if part]
    if kind == "decimal" and size:
        return replace(field, precision=size[0], scale=size[1] if len(size) > 1 else 0)
    if kind == "string":
        return replace(field, max_length=size[0]) if size else replace(field, type="text")
    return field


def _related(field: Field | None, target: Collection) -> Field | None:
    """A reference to a collection whose ids are of the column's type."""
    if field is None or field_type(field).ddl_type(field) != KEY_TYPES[target.id_type]:
        return None
    relation = Relation("belongs_to", target.id)
    return replace(field, type="relation", items=target.id_type, relation=relation, max_length=None)


def _named(field: Field, column: str, taken: Names[str]) -> Field:
    base = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")[:40] or "field"
    if field.relation is not None:
        base = base.removesuffix("_id") or "target"
    base = base if base[0].isalpha() else f"f_{base}"
    name, number = base, 1
    while name in taken or field_name_fault(name) is not None:
        number += 1
        name = f"{base}_{number}"
    return replace(field, name=name, column=f"{name}_id" if field.relation else name)


def _with_default(field: Field, default: str | None) -> Field:
    if default is None or field.relation is not None:
        return field
    generated = _GENERATED.get(default)
    if generated is not None and generated[0] == field.type:
        return replace(field, default=Generated(generated[1]), has_default=True)  # type: ignore[arg-type]  # one of them
    value = _constant(field, default)
    try:
        if value is not None:
            field_type(field).default_from_json(field, value)
            return replace(field, default=value, has_default=True)
    except (ValueError, ArithmeticError):
        pass
    return field


def _constant(field: Field, default: str) -> Any:
    if field.type == "boolean":
        return {"true": True, "false": False}.get(default)
    number = _NUMBER.fullmatch(default)
    if number and field.type in ("int", "float", "decimal"):
        return int(number[1]) if "." not in number[1] else float(number[1])
    text = _TEXT.fullmatch(default)
    if text and field.type in ("string", "text"):
        return text[1].replace("''", "'")
    return None
