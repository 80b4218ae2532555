"""``uuid``."""

import re
from typing import Any
from uuid import UUID

from app.engine.catalog.field_types.type import FieldType, json_kind
from app.engine.catalog.model import Field

_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class UuidType(FieldType):
    name = "uuid"
    sql = "uuid"
    ts = "string"
    aggregates = frozenset({"count"})

    def parse(self, field: Field, value: Any) -> Any:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise ValueError(f"Expected a UUID, got {json_kind(value)}.")
        if not _TEXT.fullmatch(value):
            raise ValueError("Expected a UUID.")
        return UUID(value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else str(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else UUID(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


TYPE = UuidType()
