"""``int``: a whole number of 64 bits."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.engine.catalog.field_types.type import FieldType, json_kind, number_schema, range_clauses
from app.engine.catalog.model import Field

SMALLEST, LARGEST = -(2**63), 2**63 - 1
SAFE = 2**53 - 1
_TEXT = re.compile(r"-?[0-9]{1,19}")


class IntType(FieldType):
    name = "int"
    sql = "bigint"
    aggregates = frozenset({"count", "min", "max", "sum", "avg"})
    options = frozenset({"min", "max"})

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, str):
            return self.parse_text(field, value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            raise ValueError(f"Expected a whole number, got {json_kind(value)}.")
        if isinstance(value, Decimal | float) and value != value.__trunc__():
            raise ValueError("Expected a whole number, got one with a fraction.")
        return _in_range(int(value))

    def parse_text(self, field: Field, text: str) -> Any:
        if not _TEXT.fullmatch(text):
            raise ValueError("Expected a whole number.")
        return _in_range(int(text))

    def to_json(self, value: Any) -> Any:
        return value

    def from_json(self, value: Any) -> Any:
        return None if value is None else int(value)

    def render_literal(self, field: Field, value: Any) -> str:
        return f"'{int(value)}'::bigint"

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        return range_clauses(field, column, lambda bound: self.render_literal(field, bound))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return number_schema(field, "integer", int)


def _in_range(value: int) -> int:
    if not SMALLEST <= value <= LARGEST:
        raise ValueError("The number does not fit in 64 bits.")
    return value


TYPE = IntType()
