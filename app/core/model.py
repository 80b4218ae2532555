"""What every control table shares: the declarative base, the key, the times, the constraint names.

Projects' own tables are not here: they have no ORM.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.ids import uuid7

CONTROL_SCHEMA = "backendify"


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
