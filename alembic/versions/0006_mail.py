"""Mails to be sent, and templates.

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
STATES = "state IN ('queued', 'sent', 'delivered_to_mailbox', 'skipped', 'failed')"


def upgrade() -> None:
    _create_mails()
    _create_templates()


def downgrade() -> None:
    for table in ("mail_templates", "mails"):
        op.drop_table(table, schema=SCHEMA)


def _create_mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("locale", sa.Text),
        sa.Column("data", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        sa.Column("attempts", sa.BigInteger, nullable=False, server_default="0"),
        _now("next_attempt_at"),
        sa.Column("error", sa.Text),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("message", postgresql.JSONB),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        _of_project("mails"),
        sa.CheckConstraint(STATES, name="ck_mails_state"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_mails_due",
        "mails",
        ["next_attempt_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_mails_project_id", "mails", ["project_id", "id"], schema=SCHEMA)
    op.create_index("ix_mails_created_at", "mails", ["created_at"], schema=SCHEMA)


def _create_templates() -> None:
    op.create_table(
        "mail_templates",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("project_id", "kind", "locale", name="pk_mail_templates"),
        _of_project("mail_templates"),
        schema=SCHEMA,
    )


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id"],
        [f"{SCHEMA}.projects.id"],
        name=f"fk_{table}_project_id",
        ondelete="CASCADE",
    )
