"""``string``: short text, 255 characters unless ``max_length`` says otherwise."""

from collections.abc import Mapping
from typing import Any

from app.engine.catalog.field_types.type import EQUALITY, ORDER, TEXTUAL, FieldType, text_value
from app.engine.catalog.model import Field

DEFAULT_MAX_LENGTH = 255


class StringType(FieldType):
    name = "string"
    sql = "text"
    operators = EQUALITY | ORDER | TEXTUAL
    options = frozenset({"max_length", "min_length", "collation", "searchable"})
    limit: int | None = DEFAULT_MAX_LENGTH

    def parse(self, field: Field, value: Any) -> Any:
        return text_value(value, what="a string")

    def max_length(self, field: Field) -> int | None:
        return field.max_length if field.max_length is not None else self.limit

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        clauses = {}
        longest = self.max_length(field)
        if longest is not None:
            clauses["len"] = f"char_length({column}) <= {int(longest)}"
        if field.min_length is not None:
            clauses["minlen"] = f"char_length({column}) >= {int(field.min_length)}"
        return clauses

    def json_schema(self, field: Field) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        longest = self.max_length(field)
        if longest is not None:
            schema["maxLength"] = longest
        if field.min_length is not None:
            schema["minLength"] = field.min_length
        return schema


TYPE = StringType()
