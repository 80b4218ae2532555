"""``boolean``."""

from typing import Any

from app.engine.catalog.field_types.type import EQUALITY, FieldType, json_kind
from app.engine.catalog.model import Field

_WORDS = {"true": True, "false": False, "t": True, "f": False, "1": True, "0": False}


class BooleanType(FieldType):
    name = "boolean"
    sql = "boolean"
    operators = EQUALITY
    aggregates = frozenset({"count"})

    def parse(self, field: Field, value: Any) -> Any:
        if not isinstance(value, bool):
            raise ValueError(f"Expected true or false, got {json_kind(value)}.")
        return value

    def parse_text(self, field: Field, text: str) -> Any:
        word = _WORDS.get(text.lower())
        if word is None:
            raise ValueError("Expected true or false.")
        return word

    def render_literal(self, field: Field, value: Any) -> str:
        return "true" if value else "false"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}


TYPE = BooleanType()
