"""Workflows, their versions, the runs and each run's steps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base, Created, ExactJson, Keyed, Timestamped
from app.engine.identity.admins import Admin

_RUN = "status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'stopped')"
_STEP = "status IN ('running', 'waiting', 'succeeded', 'failed', 'cancelled')"
_OPEN = "status IN ('queued', 'running', 'waiting')"


class Workflow(Keyed, Timestamped, Base):
    """A workflow as it is now.

    ``definition`` is its latest version: trigger, steps and whose rights they have; collections
    and the trigger's condition are held by ids. ``trigger_type`` and ``collection`` repeat what
    the trigger says, for those who look for it. ``next_fire_at`` is a schedule's next time;
    ``hook_hash`` the hash of the secret in the URL of an incoming webhook. ``claimed_at`` is when
    runs of it were last taken up.
    """

    __tablename__ = "workflows"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        UniqueConstraint("hook_hash"),
        Index("ix_workflows_next_fire_at", "next_fire_at",
              postgresql_where=text("next_fire_at IS NOT NULL AND enabled")),
    )  # fmt: skip

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE")
    )
    name: Mapped[str]
    description: Mapped[str | None]
    enabled: Mapped[bool]
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    trigger_type: Mapped[str]
    collection: Mapped[str | None]
    max_concurrent: Mapped[int]
    next_fire_at: Mapped[datetime | None]
    hook_hash: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Admin.id, ondelete="SET NULL"))


class WorkflowVersion(Created, Base):
    """What a run under way goes by, whatever has become of the workflow."""

    __tablename__ = "workflow_versions"

    workflow_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.workflows.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, Any]]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Admin.id, ondelete="SET NULL"))


class WorkflowRun(Keyed, Created, Base):
    """One run.

    ``trigger`` is what started it, as its templates see it; ``trigger_key`` tells it from other
    starts of the workflow, so that none happens twice. ``acts_as`` is whose rights it has.
    ``depth`` counts the runs that led to it. ``key_id`` is the run whose idempotency keys it goes
    on with. ``takeovers`` counts processes that died at it. ``next_at``: not before.
    """

    __tablename__ = "workflow_runs"
    __table_args__ = (
        CheckConstraint(_RUN, name="status"),
        UniqueConstraint("workflow_id", "trigger_key"),
        Index("ix_workflow_runs_due", "workflow_id", "next_at", "id",
              postgresql_where=text(_OPEN)),
        Index("ix_workflow_runs_leased", "project_id",
              postgresql_where=text("leased_until IS NOT NULL")),
        Index("ix_workflow_runs_workflow_id_id", "workflow_id", "id"),
        Index("ix_workflow_runs_project_id_created_at", "project_id", "created_at"),
        Index("ix_workflow_runs_finished_at", "finished_at"),
    )  # fmt: skip

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.projects.id", ondelete="CASCADE")
    )
    workflow_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.workflows.id", ondelete="CASCADE")
    )
    version: Mapped[int]
    status: Mapped[str] = mapped_column(server_default="queued")
    reason: Mapped[str | None]
    error: Mapped[dict[str, Any] | None]
    trigger: Mapped[dict[str, Any]] = mapped_column(ExactJson)
    trigger_key: Mapped[str | None]
    actor: Mapped[str | None]
    acts_as: Mapped[str]
    depth: Mapped[int] = mapped_column(server_default="0")
    key_id: Mapped[UUID]
    retry_of: Mapped[UUID | None]
    takeovers: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime]
    leased_by: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class WorkflowStep(Base):
    """A step of a run; ``path`` is its id, or ``each[3].mail`` within a ``for_each``.

    ``input`` is its parameters with the templates filled in, secrets left out; ``number`` is the
    order in which the steps began; ``next_at``: it waits until then.
    """

    __tablename__ = "workflow_steps"
    __table_args__ = (CheckConstraint(_STEP, name="status"),)

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("backendify.workflow_runs.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    action: Mapped[str]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    input: Mapped[dict[str, Any] | None] = mapped_column(ExactJson)
    output: Mapped[dict[str, Any] | None] = mapped_column(ExactJson)
    error: Mapped[dict[str, Any] | None]
    next_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
