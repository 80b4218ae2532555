"""Requests of projects by the minute.

Revision ID: 0011
Revises: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"


def upgrade() -> None:
    op.create_table(
        "request_minutes",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("client_errors", sa.BigInteger, nullable=False),
        sa.Column("server_errors", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("slowest", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            [f"{SCHEMA}.projects.id"],
            name="fk_request_minutes_project_id_projects",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "minute", name="pk_request_minutes"),
        schema=SCHEMA,
    )
    op.create_index("ix_request_minutes_minute", "request_minutes", ["minute"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("request_minutes", schema=SCHEMA)
