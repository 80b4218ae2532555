"""Webhook endpoints, what is to be sent to them, and what came of each attempt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Created, Keyed, Timestamped
from app.engine.identity.admins import Admin

_STATUSES = "status IN ('pending', 'succeeded', 'failed', 'dead', 'skipped')"
_OPEN = "status IN ('pending', 'failed')"


class WebhookEndpoint(Keyed, Timestamped, Base):
    """Where events go.

    ``collections`` are ids (null: all), ``conditions`` the condition by collection id, its fields
    by their ids. ``former_sealed`` is the secret before the last rotation, good until
    ``former_until``. ``failures`` are those in a row, ``pauses`` how often in a row the queue was
    stopped for them. Whoever holds the lease is the one process that sends to it.
    """

    __tablename__ = "webhook_endpoints"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE"), index=True
    )
    url: Mapped[str]
    description: Mapped[str | None]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    collections: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    conditions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    enabled: Mapped[bool]
    disabled_reason: Mapped[str | None]
    run_as: Mapped[str]
    sealed: Mapped[str]
    former_sealed: Mapped[str | None]
    former_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    pauses: Mapped[int] = mapped_column(server_default="0")
    paused_until: Mapped[datetime | None]
    leased_by: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Admin.id, ondelete="SET NULL"))


class WebhookDelivery(Keyed, Created, Base):
    """One event on its way to one endpoint; ``event_n`` null: a test.

    ``payload`` is made when it is first sent, and the same in every attempt. ``attempts`` counts
    all of them, ``tries`` those since it was last asked for. ``finished_at`` is when it came to an
    end, for now.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(_STATUSES, name="status"),
        UniqueConstraint("endpoint_id", "event_n"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "next_attempt_at", "seq",
              postgresql_where=text(_OPEN)),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_project_id", "project_id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
    )  # fmt: skip

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE")
    )
    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.webhook_endpoints.id", ondelete="CASCADE")
    )
    event_n: Mapped[int | None]
    seq: Mapped[int] = mapped_column(server_default="0")
    message_id: Mapped[str]
    type: Mapped[str]
    collection: Mapped[str | None]
    record_id: Mapped[str | None]
    payload: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    tries: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime]
    response_status: Mapped[int | None]
    error: Mapped[str | None]
    finished_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One attempt; ``response`` is the beginning of the answer's body."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.webhook_deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    response_status: Mapped[int | None]
    response: Mapped[str | None]
    error: Mapped[str | None]
