"""Who is present in realtime's channels.

Revision ID: 0010
Revises: 0009
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"


def upgrade() -> None:
    op.create_table(
        "channel_nodes",
        sa.Column("node", sa.Uuid, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_channel_nodes"),
        schema=SCHEMA,
    )
    op.create_table(
        "channel_members",
        sa.Column("ref", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("node", sa.Uuid, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_channel_members"),
        schema=SCHEMA,
    )
    for name, columns in (
        ("ix_channel_members_project_id_topic", ["project_id", "topic"]),
        ("ix_channel_members_node", ["node"]),
    ):
        op.create_index(name, "channel_members", columns, schema=SCHEMA)


def downgrade() -> None:
    for table in ("channel_members", "channel_nodes"):
        op.drop_table(table, schema=SCHEMA)
