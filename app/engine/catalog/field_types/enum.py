"""``enum``: one of the field's ``values``; text with a CHECK, so values are added freely."""

import difflib
from collections.abc import Mapping
from typing import Any

from app.engine.catalog.field_types.type import EQUALITY, ORDER, TEXTUAL, FieldType, text_value
from app.engine.catalog.model import Field


class EnumType(FieldType):
    name = "enum"
    sql = "text"
    operators = EQUALITY | ORDER | TEXTUAL
    options = frozenset({"values"})

    def parse(self, field: Field, value: Any) -> Any:
        text = text_value(value, what="one of the values")
        if text in field.values:
            return text
        near = difflib.get_close_matches(text[:100], field.values, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"Expected one of: {', '.join(field.values)}.{hint}")

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        literals = ", ".join(self.render_literal(field, value) for value in field.values)
        return {"enum": f"{column} = ANY (ARRAY[{literals}])"}

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "enum": list(field.values)}


TYPE = EnumType()
