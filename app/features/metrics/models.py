"""Requests of projects by the minute, added up over all processes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base


class RequestMinute(Base):
    """``seconds`` is the sum of all times, ``slowest`` the longest of them."""

    __tablename__ = "request_minutes"
    __table_args__ = (Index("ix_request_minutes_minute", "minute"),)

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), primary_key=True
    )
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    client_errors: Mapped[int] = mapped_column(BigInteger)
    server_errors: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]
    slowest: Mapped[float]
