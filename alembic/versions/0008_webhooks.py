"""Webhook endpoints, deliveries and attempts.

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
STATUSES = "status IN ('pending', 'succeeded', 'failed', 'dead', 'skipped')"
OPEN = "status IN ('pending', 'failed')"


def upgrade() -> None:
    _create_endpoints()
    _create_deliveries()
    _create_attempts()


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_endpoints"):
        op.drop_table(table, schema=SCHEMA)


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("events", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("collections", postgresql.ARRAY(sa.Text)),
        sa.Column("conditions", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("run_as", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("former_sealed", sa.Text),
        sa.Column("former_until", sa.DateTime(timezone=True)),
        _count("failures"),
        _count("pauses"),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("leased_by", sa.Uuid),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("created_by", sa.Uuid),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        _reference("webhook_endpoints", "project_id", "projects"),
        _reference("webhook_endpoints", "created_by", "admins", "SET NULL"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_webhook_endpoints_project_id", "webhook_endpoints", ["project_id"], schema=SCHEMA
    )


def _create_deliveries() -> None:
    table = "webhook_deliveries"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_n", sa.BigInteger),
        _count("seq"),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("collection", sa.Text),
        sa.Column("record_id", sa.Text),
        sa.Column("payload", sa.Text),
        sa.Column("status", sa.Text, nullable=False, server_default="pending"),
        _count("attempts"),
        _count("tries"),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_status", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("endpoint_id", "event_n", name="uq_webhook_deliveries_endpoint_id"),
        sa.CheckConstraint(STATUSES, name="ck_webhook_deliveries_status"),
        _reference(table, "project_id", "projects"),
        _reference(table, "endpoint_id", "webhook_endpoints"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        table,
        ["endpoint_id", "next_attempt_at", "seq"],
        schema=SCHEMA,
        postgresql_where=sa.text(OPEN),
    )
    for name, columns in (
        ("endpoint_id_id", ["endpoint_id", "id"]),
        ("project_id", ["project_id"]),
        ("created_at", ["created_at"]),
    ):
        op.create_index(f"ix_webhook_deliveries_{name}", table, columns, schema=SCHEMA)


def _create_attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("response_status", sa.BigInteger),
        sa.Column("response", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_webhook_attempts"),
        _reference("webhook_attempts", "delivery_id", "webhook_deliveries"),
        schema=SCHEMA,
    )


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _reference(
    table: str, column: str, target: str, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete
    )
