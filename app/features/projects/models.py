"""Projects and where their data lives."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Keyed, Timestamped


class Project(Keyed, Timestamped, Base):
    """A project: its data is the Postgres schema ``p_<id>``.

    ``schema_version`` is the version of the catalog that is in force, ``policy_version`` moves with
    every change of the policies.
    """

    __tablename__ = "projects"
    __table_args__ = (CheckConstraint("state IN ('active', 'archived')", name="state"),)

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    settings: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default=text("'{}'"), deferred=True
    )
    schema_version: Mapped[int] = mapped_column(default=0, server_default="0")
    policy_version: Mapped[int] = mapped_column(default=0, server_default="0")


class Placement(Base):
    """Where a project's data is: ``dsn`` null is this installation's own database."""

    __tablename__ = "placements"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey(Project.id, ondelete="CASCADE"), primary_key=True
    )
    dsn: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="active", server_default="active")
