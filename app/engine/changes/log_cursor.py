"""How far each reader of a project's change log has come."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base


class LogCursor(Base):
    """One row for each reader that follows a project: ``seq`` is the last position it took."""

    __tablename__ = "log_cursors"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    reader: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
