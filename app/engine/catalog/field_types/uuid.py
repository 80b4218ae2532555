"""``uuid``."""

from typing import Any
from uuid import UUID

from app.core.ids import parse_uuid
from app.engine.catalog.field_types.type import FieldType, json_kind
from app.engine.catalog.model import Field


class UuidType(FieldType):
    name = "uuid"
    sql = "uuid"
    aggregates = frozenset({"count"})

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise ValueError(f"Expected a UUID, got {json_kind(value)}.")
        return parse_uuid(value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else str(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else UUID(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


TYPE = UuidType()
