"""``url``: an absolute http or https address, at most 2,048 characters."""

from typing import Any
from urllib.parse import urlsplit

from app.engine.catalog.field_types.string import StringType
from app.engine.catalog.field_types.type import text_value
from app.engine.catalog.model import Field


class UrlType(StringType):
    name = "url"
    limit = 2048

    def parse(self, field: Field, value: Any) -> Any:
        text = text_value(value, what="a URL")
        if not is_web_url(text):
            raise ValueError("Expected a URL such as https://example.com/page.")
        return text

    def json_schema(self, field: Field) -> dict[str, Any]:
        return super().json_schema(field) | {"format": "uri"}


def is_web_url(text: str) -> bool:
    """Whether a text is an absolute http(s) URL without blanks or control characters."""
    if len(text) > 2048 or any(c <= " " or c == "\x7f" for c in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


TYPE = UrlType()
