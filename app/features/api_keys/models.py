"""API keys as a table."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Keyed, Timestamped
from app.engine.identity.admins import Admin


class ApiKey(Keyed, Timestamped, Base):
    """A key; only hashes of its secrets are kept.

    ``scopes`` are ``<collection's id or *>:<action>``. ``former_hash`` is that of the secret
    before the last rotation, good until ``former_until``.
    """

    __tablename__ = "api_keys"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    networks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_hash: Mapped[str]
    former_hash: Mapped[str | None]
    former_until: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Admin.id, ondelete="SET NULL"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
