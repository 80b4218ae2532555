"""Who works on a project, and who is asked to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Created, Keyed, Timestamped
from app.engine.identity.admins import Admin

_ROLES = "role IN ('owner', 'admin', 'editor', 'viewer')"


class Member(Timestamped, Base):
    __tablename__ = "members"
    __table_args__ = (CheckConstraint(_ROLES, name="role"),)

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), primary_key=True
    )
    admin_id: Mapped[UUID] = mapped_column(
        ForeignKey(Admin.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]


class Invitation(Keyed, Created, Base):
    """An offer of a role to an e-mail address. Only a hash of its token is kept."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint(_ROLES, name="role"),)

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey(Admin.id, ondelete="SET NULL"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
