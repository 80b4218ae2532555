"""Admins, their sessions, projects, placements, members, invitations, the control log.

Revision ID: 0001
Revises:
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
ROLES = "role IN ('owner', 'admin', 'editor', 'viewer')"
TABLES = (
    "control_log",
    "invitations",
    "members",
    "placements",
    "projects",
    "admin_sessions",
    "admins",
)


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS backendify")
    _create_admins()
    _create_projects()
    _create_team()
    _create_control_log()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _create_admins() -> None:
    op.create_table(
        "admins",
        _key(),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("is_owner", sa.Boolean, nullable=False),
        _moment("last_login_at", required=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_admins"),
        sa.UniqueConstraint("email", name="uq_admins_email"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_admins_owner",
        "admins",
        ["is_owner"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("is_owner"),
    )
    op.create_table(
        "admin_sessions",
        _key(),
        sa.Column("admin_id", sa.Uuid, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        _moment("rotated_at", required=False),
        _moment("expires_at"),
        _moment("revoked_at", required=False),
        sa.Column("address", sa.Text),
        sa.Column("user_agent", sa.Text),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_admin_sessions"),
        _reference("admin_sessions", "admin_id", "admins", "CASCADE"),
        schema=SCHEMA,
    )
    _index("admin_sessions", "admin_id")
    _index("admin_sessions", "expires_at")


def _create_projects() -> None:
    op.create_table(
        "projects",
        _key(),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="active"),
        sa.Column("settings", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("schema_version", sa.BigInteger, nullable=False, server_default="0"),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("slug", name="uq_projects_slug"),
        sa.CheckConstraint("state IN ('active', 'archived')", name="ck_projects_state"),
        schema=SCHEMA,
    )
    op.create_table(
        "placements",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("dsn", sa.Text),
        sa.Column("state", sa.Text, nullable=False, server_default="active"),
        sa.PrimaryKeyConstraint("project_id", name="pk_placements"),
        _reference("placements", "project_id", "projects", "CASCADE"),
        schema=SCHEMA,
    )


def _create_team() -> None:
    op.create_table(
        "members",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("admin_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("project_id", "admin_id", name="pk_members"),
        _reference("members", "project_id", "projects", "CASCADE"),
        _reference("members", "admin_id", "admins", "CASCADE"),
        sa.CheckConstraint(ROLES, name="ck_members_role"),
        schema=SCHEMA,
    )
    _index("members", "admin_id")
    op.create_table(
        "invitations",
        _key(),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("invited_by", sa.Uuid),
        _moment("expires_at"),
        _moment("accepted_at", required=False),
        _moment("revoked_at", required=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
        _reference("invitations", "project_id", "projects", "CASCADE"),
        _reference("invitations", "invited_by", "admins", "SET NULL"),
        sa.CheckConstraint(ROLES, name="ck_invitations_role"),
        schema=SCHEMA,
    )
    _index("invitations", "project_id")


def _create_control_log() -> None:
    op.create_table(
        "control_log",
        _key(),
        _now("at"),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("project_id", sa.Uuid),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("detail", postgresql.JSONB, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_control_log"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_control_log_project_id_id", "control_log", ["project_id", "id"], schema=SCHEMA
    )


def _key() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid, nullable=False)


def _moment(name: str, *, required: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    )


def _reference(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{target}.id"], name=f"fk_{table}_{column}", ondelete=on_delete
    )


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column], schema=SCHEMA)
