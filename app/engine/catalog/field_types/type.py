"""What a field type is: its column, its values, its operators.

A driver value is what asyncpg binds to ``$n::<bind type>``. Every ``parse`` raises ``ValueError``
with a sentence for the client when a value cannot be one of the type's.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from app.engine.catalog.model import Field

EQUALITY = frozenset({"eq", "neq", "in", "notin", "isnull"})
ORDER = frozenset({"gt", "gte", "lt", "lte", "between"})
TEXTUAL = frozenset(
    {"contains", "startswith", "endswith", "icontains", "istartswith", "iexact", "search"}
)


class FieldType:
    """The behaviour that all types share; a type overrides what differs."""

    name: ClassVar[str]
    sql: ClassVar[str]
    operators: ClassVar[frozenset[str]] = EQUALITY | ORDER
    aggregates: ClassVar[frozenset[str]] = frozenset({"count", "min", "max"})
    sortable: ClassVar[bool] = True
    options: ClassVar[frozenset[str]] = frozenset()

    def ddl_type(self, field: Field) -> str:
        """The column's type with its modifiers: ``numeric(10,2)``."""
        return self.sql

    def bind_type(self, field: Field) -> str:
        """The type that a bound value is cast to: no modifiers, so that nothing is rounded."""
        return self.sql

    def parse(self, field: Field, value: Any) -> Any:
        """A JSON value (numbers with a fraction arrive as Decimal) as a driver value."""
        raise NotImplementedError

    def parse_text(self, field: Field, text: str) -> Any:
        """A value from a query string or a CSV cell as a driver value."""
        return self.parse(field, text)

    def to_json(self, value: Any) -> Any:
        """A driver value as JSON knows it, for row documents and for comparisons in Python."""
        return value

    def from_json(self, value: Any) -> Any:
        """The stored row's JSON form as a driver value (never refused: it was stored)."""
        return value

    def render_literal(self, field: Field, value: Any) -> str:
        """A default as an SQL literal of the column's type; the value was parsed before."""
        quoted = str(value).replace("'", "''")
        prefix = "E" if "\\" in quoted else ""
        return f"{prefix}'{quoted.replace(chr(92), chr(92) * 2)}'::{self.bind_type(field)}"

    def check_clauses(self, field: Field, column: str) -> Mapping[str, str]:
        """The cheap rules as CHECK expressions over the quoted ``column``, by short suffix."""
        return {}

    def json_schema(self, field: Field) -> dict[str, Any]:
        """The value's JSON Schema."""
        raise NotImplementedError

    def default_from_json(self, field: Field, value: Any) -> Any:
        """A default of the schema document, checked like any value."""
        return self.parse(field, value)


def text_value(value: Any, *, what: str = "text") -> str:
    """A string without NUL, which Postgres cannot store, and without lone surrogates."""
    if not isinstance(value, str):
        raise ValueError(f"Expected {what}, got {json_kind(value)}.")
    if "\x00" in value:
        raise ValueError("The NUL character cannot be stored.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("The text holds a lone surrogate, which is no character.") from None
    return value


def json_kind(value: Any) -> str:
    """The JSON name of a Python value's kind, for messages."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return kinds.get(type(value), "a number")


def range_clauses(field: Field, column: str, render: Any) -> dict[str, str]:
    """CHECK clauses for ``min`` and ``max``."""
    clauses = {}
    if field.min is not None:
        clauses["min"] = f"{column} >= {render(field.min)}"
    if field.max is not None:
        clauses["max"] = f"{column} <= {render(field.max)}"
    return clauses


def number_schema(field: Field, kind: str, as_kind: type[int] | type[float]) -> dict[str, Any]:
    """The JSON Schema of a number with its bounds."""
    schema: dict[str, Any] = {"type": kind}
    if field.min is not None:
        schema["minimum"] = as_kind(field.min)
    if field.max is not None:
        schema["maximum"] = as_kind(field.max)
    return schema
