"""``decimal``: an exact number, ``precision`` digits of which ``scale`` behind the point."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.engine.catalog.field_types.type import FieldType, json_kind, number_schema, range_clauses
from app.engine.catalog.model import Field

MOST_DIGITS = 1000
_TEXT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


class DecimalType(FieldType):
    name = "decimal"
    sql = "numeric"
    aggregates = frozenset({"count", "min", "max", "sum", "avg"})
    options = frozenset({"precision", "scale", "min", "max"})

    def ddl_type(self, field: Field) -> str:
        if field.precision is None:
            return "numeric"
        return f"numeric({int(field.precision)},{int(field.scale or 0)})"

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, str):
            return self.parse_text(field, value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            raise ValueError(f"Expected a number, got {json_kind(value)}.")
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        return _fitting(field, exact)

    def parse_text(self, field: Field, text: str) -> Any:
        if len(text) > MOST_DIGITS + 10 or not _TEXT.fullmatch(text):
            raise ValueError("Expected a number.")
        try:
            return _fitting(field, Decimal(text))
        except InvalidOperation:
            raise ValueError("Expected a number.") from None

    def to_json(self, value: Any) -> Any:
        return None if value is None else str(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else Decimal(str(value))

    def render_literal(self, field: Field, value: Any) -> str:
        return f"'{Decimal(str(value)):f}'::numeric"

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        return range_clauses(field, column, lambda bound: self.render_literal(field, bound))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return number_schema(field, "number", float)


def _fitting(field: Field, value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("The number is not finite.")
    if abs(value.adjusted()) > MOST_DIGITS or len(value.as_tuple().digits) > MOST_DIGITS:
        raise ValueError(f"The number has more than {MOST_DIGITS} digits.")
    if field.precision is None:
        return value
    scale = field.scale or 0
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > scale:
        raise ValueError(f"The number has more than {scale} digits behind the point.")
    if value and value.adjusted() + 1 > field.precision - scale:
        raise ValueError(f"The number has more than {field.precision - scale} digits before it.")
    return value


TYPE = DecimalType()
