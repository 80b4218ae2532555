"""``text``: text of any length."""

from app.engine.catalog.field_types.string import StringType


class TextType(StringType):
    name = "text"
    limit = None


TYPE = TextType()
