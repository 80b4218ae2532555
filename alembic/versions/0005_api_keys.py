"""API keys and counters of limits.

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("networks", ARRAY(sa.Text), nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("former_hash", sa.Text),
        _moment("former_until"),
        sa.Column("created_by", sa.Uuid),
        _moment("expires_at"),
        _moment("last_used_at"),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        _reference("project_id", "projects", "CASCADE"),
        _reference("created_by", "admins", "SET NULL"),
        schema=SCHEMA,
    )
    op.create_index("ix_api_keys_project_id", "api_keys", ["project_id"], schema=SCHEMA)
    # Counters may be lost with a crash: unlogged, they cost no flush of the log.
    op.create_table(
        "limit_counters",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_limit_counters"),
        schema=SCHEMA,
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_limit_counters_ends_at", "limit_counters", ["ends_at"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("limit_counters", schema=SCHEMA)
    op.drop_table("api_keys", schema=SCHEMA)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    )


def _reference(column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{target}.id"], name=f"fk_api_keys_{column}", ondelete=on_delete
    )
