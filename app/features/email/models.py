"""Mails on their way, what became of them, and projects' own templates."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Created, Keyed, Timestamped

_STATES = "state IN ('queued', 'sent', 'delivered_to_mailbox', 'skipped', 'failed')"


class Mail(Keyed, Created, Base):
    """A mail somebody asked for. ``project_id`` null: one of the console.

    ``next_attempt_at`` is also the lease of whoever is sending it. ``sealed`` is the message as it
    was last handed to the SMTP server, encrypted, while it is not known whether that took it;
    ``message`` is what the development mailbox shows.
    """

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint(_STATES, name="state"),
        Index("ix_mails_due", "next_attempt_at", postgresql_where=text("state = 'queued'")),
        Index("ix_mails_project_id", "project_id", "id"),
        Index("ix_mails_created_at", "created_at"),
    )

    project_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE")
    )
    kind: Mapped[str]
    recipient: Mapped[str]
    locale: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
    sealed: Mapped[bytes | None]
    message: Mapped[dict[str, Any] | None]
    sent_at: Mapped[datetime | None]


class ProjectMailTemplate(Timestamped, Base):
    """What a project says in place of the default."""

    __tablename__ = "mail_templates"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
