"""``float``: a finite double."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.engine.catalog.field_types.type import FieldType, json_kind, number_schema, range_clauses
from app.engine.catalog.model import Field

_TEXT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


class FloatType(FieldType):
    name = "float"
    sql = "double precision"
    aggregates = frozenset({"count", "min", "max", "sum", "avg"})
    options = frozenset({"min", "max"})

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, str):
            return self.parse_text(field, value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            raise ValueError(f"Expected a number, got {json_kind(value)}.")
        return _finite(value)

    def parse_text(self, field: Field, text: str) -> Any:
        if len(text) > 400 or not _TEXT.fullmatch(text):
            raise ValueError("Expected a number.")
        return _finite(text)

    def from_json(self, value: Any) -> Any:
        return None if value is None else float(value)

    def render_literal(self, field: Field, value: Any) -> str:
        return f"'{float(value)!r}'::double precision"

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        return range_clauses(field, column, lambda bound: self.render_literal(field, bound))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return number_schema(field, "number", float)


def _finite(value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("The number is not finite or too large for a double.")
    return number


TYPE = FloatType()
