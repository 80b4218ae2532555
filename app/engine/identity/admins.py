"""The console's accounts, as a table.

Their passwords and sessions are in tables of the shape that projects have too (``realms.py``).
Signing in and up is the feature ``auth``; who a token speaks for is decided in ``callers.py``.
"""

from datetime import datetime

from sqlalchemy import Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Keyed, Timestamped


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
    is_owner: Mapped[bool] = mapped_column(default=False)
    last_login_at: Mapped[datetime | None]


async def find_admin_by_email(session: AsyncSession, email: str) -> Admin | None:
    """By an address in its canonical form."""
    return await session.scalar(select(Admin).where(Admin.email == email))
