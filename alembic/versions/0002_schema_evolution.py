"""Schema versions, drafts, online jobs, tombstones, uses of former names.

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
TABLES = ("alias_uses", "schema_tombstones", "schema_jobs", "schema_drafts", "schema_versions")

# Substring search wants trigram indexes; where the extension cannot be had, only they are refused.
TRIGRAMS = """
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_trgm is not available: %', SQLERRM;
END $$
"""


def upgrade() -> None:
    op.execute(TRIGRAMS)
    _create_versions()
    _create_drafts()
    _create_jobs()
    _create_tombstones()
    _create_alias_uses()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _create_versions() -> None:
    op.create_table(
        "schema_versions",
        _project(),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        _json("snapshot"),
        _json("plan"),
        sa.Column("actor", sa.Text),
        sa.Column("summary", sa.Text, nullable=False),
        _now("applied_at"),
        sa.PrimaryKeyConstraint("project_id", "version", name="pk_schema_versions"),
        _of_project("schema_versions"),
        schema=SCHEMA,
    )


def _create_drafts() -> None:
    op.create_table(
        "schema_drafts",
        _project(),
        sa.Column("base", sa.Text, nullable=False),
        _json("schema"),
        _now("updated_at"),
        sa.Column("updated_by", sa.Text),
        sa.PrimaryKeyConstraint("project_id", name="pk_schema_drafts"),
        _of_project("schema_drafts"),
        schema=SCHEMA,
    )


def _create_jobs() -> None:
    op.create_table(
        "schema_jobs",
        sa.Column("id", sa.Uuid, nullable=False),
        _project(),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="pending"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("collection_id", sa.Text, nullable=False),
        sa.Column("field_id", sa.Text),
        _json("change"),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("cursor", sa.Text),
        sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("error", postgresql.JSONB),
        sa.Column("actor", sa.Text),
        _now("created_at"),
        _now("updated_at"),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_schema_jobs"),
        _of_project("schema_jobs"),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')",
            name="ck_schema_jobs_state",
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_schema_jobs_project_id", "schema_jobs", ["project_id", "position"], schema=SCHEMA
    )
    op.create_index(
        "ix_schema_jobs_open",
        "schema_jobs",
        ["position"],
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )


def _create_tombstones() -> None:
    op.create_table(
        "schema_tombstones",
        _project(),
        sa.Column("collection_id", sa.Text, nullable=False),
        sa.Column("field_id", sa.Text, nullable=False, server_default=""),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        _json("definition"),
        sa.Column("dropped_version", sa.BigInteger, nullable=False),
        sa.Column("dropped_by", sa.Text),
        _now("dropped_at"),
        sa.PrimaryKeyConstraint(
            "project_id", "collection_id", "field_id", name="pk_schema_tombstones"
        ),
        _of_project("schema_tombstones"),
        sa.CheckConstraint("kind IN ('table', 'column', 'link')", name="ck_schema_tombstones_kind"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_schema_tombstones_dropped_at", "schema_tombstones", ["dropped_at"], schema=SCHEMA
    )


def _create_alias_uses() -> None:
    op.create_table(
        "alias_uses",
        _project(),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False, server_default="0"),
        _now("last_used_at"),
        sa.PrimaryKeyConstraint("project_id", "object_id", "name", name="pk_alias_uses"),
        _of_project("alias_uses"),
        schema=SCHEMA,
    )


def _project() -> sa.Column[object]:
    return sa.Column("project_id", sa.Uuid, nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB, nullable=False)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id"],
        [f"{SCHEMA}.projects.id"],
        name=f"fk_{table}_project_id",
        ondelete="CASCADE",
    )
