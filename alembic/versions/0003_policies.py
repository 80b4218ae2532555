"""Policies, their stored tests, and the version that says when they have changed.

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"


def upgrade() -> None:
    op.add_column(
        "projects",
        sa.Column("policy_version", sa.BigInteger, nullable=False, server_default="0"),
        schema=SCHEMA,
    )
    _create_policies()
    _create_tests()


def downgrade() -> None:
    op.drop_table("policy_tests", schema=SCHEMA)
    op.drop_table("policies", schema=SCHEMA)
    op.drop_column("projects", "policy_version", schema=SCHEMA)


def _create_policies() -> None:
    op.create_table(
        "policies",
        *_own(),
        sa.Column("collection_id", sa.Text, nullable=False),
        sa.Column("actions", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("principals", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("condition", postgresql.JSONB),
        sa.Column("check_condition", postgresql.JSONB),
        sa.Column("fields", postgresql.ARRAY(sa.Text)),
        sa.Column("presets", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("require_verified_email", sa.Boolean, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("description", sa.Text),
        *_times(),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.CheckConstraint("effect IN ('allow', 'deny')", name="ck_policies_effect"),
        _project("policies"),
        schema=SCHEMA,
    )
    op.create_index("ix_policies_project_id", "policies", ["project_id"], schema=SCHEMA)


def _create_tests() -> None:
    op.create_table(
        "policy_tests",
        *_own(),
        sa.Column("definition", postgresql.JSONB, nullable=False),
        *_times(),
        sa.PrimaryKeyConstraint("id", name="pk_policy_tests"),
        _project("policy_tests"),
        schema=SCHEMA,
    )
    op.create_index("ix_policy_tests_project_id", "policy_tests", ["project_id"], schema=SCHEMA)


def _own() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )


def _times() -> tuple[sa.Column[object], ...]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
        for name in ("created_at", "updated_at")
    )


def _project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id"],
        [f"{SCHEMA}.projects.id"],
        name=f"fk_{table}_project_id_projects",
        ondelete="CASCADE",
    )
