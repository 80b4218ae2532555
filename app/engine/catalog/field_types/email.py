"""``email``: an address as HTML knows it, at most 254 characters, stored in lower case."""

import re
from typing import Any

from app.engine.catalog.field_types.string import StringType
from app.engine.catalog.field_types.type import text_value
from app.engine.catalog.model import Field

_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(\.{_LABEL})+")


class EmailType(StringType):
    name = "email"
    limit = 254

    def parse(self, field: Field, value: Any) -> Any:
        text = text_value(value, what="an e-mail address")
        if len(text) > 254 or not EMAIL.fullmatch(text):
            raise ValueError("Expected an e-mail address.")
        return text.lower()

    def json_schema(self, field: Field) -> dict[str, Any]:
        return super().json_schema(field) | {"format": "email"}


TYPE = EmailType()
