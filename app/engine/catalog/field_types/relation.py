"""``relation``: the key of another record. Its column has the type of the target's id.

``items`` of a relation field carries the target's ``id_type``, filled in when a catalog is built,
so that the type can be known without the catalog at hand.
"""

from typing import Any

from app.engine.catalog.field_types.int import IntType
from app.engine.catalog.field_types.string import StringType
from app.engine.catalog.field_types.type import EQUALITY, ORDER, FieldType
from app.engine.catalog.field_types.uuid import UuidType
from app.engine.catalog.model import Field

ID_TYPES: dict[str, FieldType] = {"uuid": UuidType(), "int": IntType(), "text": StringType()}


class RelationType(FieldType):
    name = "relation"
    sql = "uuid"
    operators = EQUALITY | ORDER
    aggregates = frozenset({"count"})

    def key_type(self, field: Field) -> FieldType:
        return ID_TYPES[field.items or "uuid"]

    def ddl_type(self, field: Field) -> str:
        return self.key_type(field).sql

    def bind_type(self, field: Field) -> str:
        return self.key_type(field).sql

    def parse(self, field: Field, value: Any) -> Any:
        return self.key_type(field).parse(field, value)

    def parse_text(self, field: Field, text: str) -> Any:
        return self.key_type(field).parse_text(field, text)

    def to_json(self, value: Any) -> Any:
        return self.key_type_of(value).to_json(value)

    def from_json(self, value: Any) -> Any:
        return value

    def key_type_of(self, value: Any) -> FieldType:
        kind = "int" if isinstance(value, int) else "text" if isinstance(value, str) else "uuid"
        return ID_TYPES[kind]

    def json_schema(self, field: Field) -> dict[str, Any]:
        return self.key_type(field).json_schema(field)


TYPE = RelationType()
