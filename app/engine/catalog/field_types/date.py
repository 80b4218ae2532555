"""``date``: a plain calendar date, ``2026-11-20``."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.engine.catalog.field_types.type import FieldType, json_kind, range_clauses
from app.engine.catalog.model import Field

_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DateType(FieldType):
    name = "date"
    sql = "date"
    options = frozenset({"min", "max"})

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if not isinstance(value, str):
            raise ValueError(f"Expected a date such as 2026-11-20, got {json_kind(value)}.")
        if not _TEXT.fullmatch(value):
            raise ValueError("Expected a date such as 2026-11-20.")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("There is no such date.") from None

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_json(self, value: Any) -> Any:
        return None if value is None else date.fromisoformat(value)

    def render_literal(self, field: Field, value: Any) -> str:
        return f"'{self.parse(field, value).isoformat()}'::date"

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        return range_clauses(field, column, lambda bound: self.render_literal(field, bound))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


TYPE = DateType()
