"""``array(<scalar>)``: a list of values of one scalar type, at most 10,000 long."""

from dataclasses import replace
from typing import Any

from app.core.json_text import parse_json
from app.engine.catalog.field_types import scalar_type
from app.engine.catalog.field_types.type import FieldType, json_kind
from app.engine.catalog.model import Field

MOST_ITEMS = 10_000


class ArrayType(FieldType):
    name = "array"
    sql = "text[]"
    operators = frozenset({"eq", "neq", "isnull", "contains", "any", "all"})
    aggregates = frozenset({"count"})
    sortable = False
    options = frozenset({"items"})

    def item_type(self, field: Field) -> FieldType:
        return scalar_type(field.items or "string")

    def ddl_type(self, field: Field) -> str:
        return self.item_type(field).bind_type(field) + "[]"

    def bind_type(self, field: Field) -> str:
        return self.ddl_type(field)

    def parse(self, field: Field, value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"Expected an array, got {json_kind(value)}.")
        if len(value) > MOST_ITEMS:
            raise ValueError(f"An array holds at most {MOST_ITEMS} values.")
        item, plain = self.item_type(field), replace(field, validations=())
        return [item.parse(plain, each) for each in value]

    def parse_text(self, field: Field, text: str) -> Any:
        if text.startswith("["):
            return self.parse(field, parse_json(text))
        item = self.item_type(field)
        return [item.parse_text(field, each) for each in text.split(",")] if text else []

    def to_json(self, value: Any) -> Any:
        return None if value is None else [_item_to_json(each) for each in value]

    def render_literal(self, field: Field, value: Any) -> str:
        item = self.item_type(field)
        parts = ", ".join(item.render_literal(field, each) for each in value)
        return f"ARRAY[{parts}]::{self.ddl_type(field)}"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": self.item_type(field).json_schema(field)}


def _item_to_json(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


TYPE = ArrayType()
