"""``json``: any JSON value, stored as jsonb. The driver value is JSON text."""

from typing import Any

from app.core.json_text import dump_json, parse_json
from app.engine.catalog.field_types.type import FieldType
from app.engine.catalog.model import Field


class JsonType(FieldType):
    name = "json"
    sql = "jsonb"
    operators = frozenset({"eq", "neq", "in", "notin", "isnull", "has_key", "contains"})
    aggregates = frozenset({"count"})
    sortable = False

    def parse(self, field: Field, value: Any) -> Any:
        return dump_json(value)

    def parse_text(self, field: Field, text: str) -> Any:
        return dump_json(parse_json(text))

    def to_json(self, value: Any) -> Any:
        return None if value is None else parse_json(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else dump_json(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {}


TYPE = JsonType()
