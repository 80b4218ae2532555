"""``datetime``: an instant. Text without an offset is read as UTC; answers are in UTC."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.engine.catalog.field_types.type import FieldType, json_kind, range_clauses
from app.engine.catalog.model import Field

_TEXT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)


class DatetimeType(FieldType):
    name = "datetime"
    sql = "timestamptz"
    options = frozenset({"min", "max"})

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if not isinstance(value, str):
            raise ValueError(
                f"Expected a time such as 2026-11-20T12:00:00Z, got {json_kind(value)}."
            )
        if not _TEXT.fullmatch(value):
            raise ValueError("Expected a time such as 2026-11-20T12:00:00Z.")
        try:
            moment = datetime.fromisoformat(value.upper())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError("There is no such time.") from None

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_json(self, value: Any) -> Any:
        return None if value is None else datetime.fromisoformat(value)

    def render_literal(self, field: Field, value: Any) -> str:
        return f"'{self.parse(field, value).isoformat()}'::timestamptz"

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        return range_clauses(field, column, lambda bound: self.render_literal(field, bound))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


TYPE = DatetimeType()
