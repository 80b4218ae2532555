"""What every control table shares: the declarative base, the key, the times, the constraint names.

Projects' own tables are not here: they have no ORM.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    MetaData,
    Text,
    TypeDecorator,
    cast,
    func,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.ids import uuid7
from app.core.json_text import read_json

CONTROL_SCHEMA = "backendify"


class ExactJson(TypeDecorator[Any]):
    """A JSON column read with every digit of its numbers: clients' values, which floats would
    change. Written by statements of its own."""

    impl = JSONB
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(cast(column, Text), self)

    def process_result_value(self, value: Any, _dialect: Any) -> Any:
        return None if value is None else read_json(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        schema=CONTROL_SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration of this attribute
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


class Keyed:
    """A UUIDv7 made by the API."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-10)


class Created:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)


class Timestamped(Created):
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=91
    )
