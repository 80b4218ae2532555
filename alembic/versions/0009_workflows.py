"""Workflows, their runs and steps, and the secrets of projects.

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
RUN = "status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'stopped')"
STEP = "status IN ('running', 'waiting', 'succeeded', 'failed', 'cancelled')"
OPEN = "status IN ('queued', 'running', 'waiting')"


def upgrade() -> None:
    _create_secrets()
    _create_workflows()
    _create_versions()
    _create_runs()
    _create_steps()


def downgrade() -> None:
    for table in (
        "workflow_steps",
        "workflow_runs",
        "workflow_versions",
        "workflows",
        "project_secrets",
    ):
        op.drop_table(table, schema=SCHEMA)


def _create_secrets() -> None:
    table = "project_secrets"
    op.create_table(
        table,
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("hosts", postgresql.ARRAY(sa.Text)),
        sa.Column("created_by", sa.Uuid),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("project_id", "name", name=f"pk_{table}"),
        _reference(table, "project_id", "projects"),
        _reference(table, "created_by", "admins", "SET NULL"),
        schema=SCHEMA,
    )


def _create_workflows() -> None:
    table = "workflows"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("definition", postgresql.JSONB, nullable=False),
        sa.Column("trigger_type", sa.Text, nullable=False),
        sa.Column("collection", sa.Text),
        sa.Column("max_concurrent", sa.BigInteger, nullable=False),
        _moment("next_fire_at"),
        sa.Column("hook_hash", sa.Text),
        _moment("claimed_at"),
        sa.Column("created_by", sa.Uuid),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("project_id", "name", name="uq_workflows_project_id"),
        sa.UniqueConstraint("hook_hash", name="uq_workflows_hook_hash"),
        _reference(table, "project_id", "projects"),
        _reference(table, "created_by", "admins", "SET NULL"),
        schema=SCHEMA,
    )
    _index(table, "next_fire_at", ["next_fire_at"], "next_fire_at IS NOT NULL AND enabled")


def _create_versions() -> None:
    table = "workflow_versions"
    op.create_table(
        table,
        sa.Column("workflow_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("definition", postgresql.JSONB, nullable=False),
        sa.Column("created_by", sa.Uuid),
        _now("created_at"),
        sa.PrimaryKeyConstraint("workflow_id", "version", name=f"pk_{table}"),
        _reference(table, "workflow_id", "workflows"),
        _reference(table, "created_by", "admins", "SET NULL"),
        schema=SCHEMA,
    )


def _create_runs() -> None:
    table = "workflow_runs"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("workflow_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="queued"),
        sa.Column("reason", sa.Text),
        sa.Column("error", postgresql.JSONB),
        sa.Column("trigger", postgresql.JSONB, nullable=False),
        sa.Column("trigger_key", sa.Text),
        sa.Column("actor", sa.Text),
        sa.Column("acts_as", sa.Text, nullable=False),
        _count("depth"),
        sa.Column("key_id", sa.Uuid, nullable=False),
        sa.Column("retry_of", sa.Uuid),
        _count("takeovers"),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_by", sa.Uuid),
        _moment("leased_until"),
        _moment("started_at"),
        _moment("finished_at"),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("workflow_id", "trigger_key", name="uq_workflow_runs_workflow_id"),
        sa.CheckConstraint(RUN, name="ck_workflow_runs_status"),
        _reference(table, "project_id", "projects"),
        _reference(table, "workflow_id", "workflows"),
        schema=SCHEMA,
    )
    _index(table, "due", ["workflow_id", "next_at", "id"], OPEN)
    _index(table, "leased", ["project_id"], "leased_until IS NOT NULL")
    _index(table, "workflow_id_id", ["workflow_id", "id"])
    _index(table, "project_id_created_at", ["project_id", "created_at"])
    _index(table, "finished_at", ["finished_at"])


def _create_steps() -> None:
    table = "workflow_steps"
    op.create_table(
        table,
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        _count("attempts"),
        sa.Column("input", postgresql.JSONB),
        sa.Column("output", postgresql.JSONB),
        sa.Column("error", postgresql.JSONB),
        _moment("next_at"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        _moment("finished_at"),
        sa.PrimaryKeyConstraint("run_id", "path", name=f"pk_{table}"),
        sa.CheckConstraint(STEP, name="ck_workflow_steps_status"),
        _reference(table, "run_id", "workflow_runs"),
        schema=SCHEMA,
    )


def _index(table: str, name: str, columns: list[str], where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(f"ix_{table}_{name}", table, columns, schema=SCHEMA, postgresql_where=only)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _reference(
    table: str, column: str, target: str, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete
    )
