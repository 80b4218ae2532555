"""The secrets of projects as a table."""

from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Timestamped
from app.engine.identity.admins import Admin


class ProjectSecret(Timestamped, Base):
    """A secret, encrypted. ``hosts``: where alone it may be sent; null: anywhere."""

    __tablename__ = "project_secrets"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[str]
    hosts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Admin.id, ondelete="SET NULL"))
