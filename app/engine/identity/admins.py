"""The console's accounts and their sessions, as tables.

Signing in and up is the feature ``auth``; who a token speaks for is decided in ``callers.py``.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Created, Keyed, Timestamped


class Admin(Keyed, Timestamped, Base):
    """A person who uses the console. ``email`` is in its canonical form.

    At most one row owns the installation: the index says so, whoever registers at once.
    """

    __tablename__ = "admins"
    __table_args__ = (
        Index("uq_admins_owner", "is_owner", unique=True, postgresql_where=text("is_owner")),
    )

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    password_hash: Mapped[str]
    is_owner: Mapped[bool] = mapped_column(default=False)
    last_login_at: Mapped[datetime | None]


class AdminSession(Keyed, Created, Base):
    """A family of refresh tokens: one login, until logout.

    ``generation`` counts rotations; only its newest token is good, and for a moment after
    ``rotated_at`` the one before.
    """

    __tablename__ = "admin_sessions"

    admin_id: Mapped[UUID] = mapped_column(ForeignKey(Admin.id, ondelete="CASCADE"), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


async def find_admin_by_email(session: AsyncSession, email: str) -> Admin | None:
    """By an address in its canonical form."""
    return await session.scalar(select(Admin).where(Admin.email == email))
