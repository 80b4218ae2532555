"""What admins did: one row per changing request of the control plane.

The row is written in the change's own transaction. What happens to records is not here but in
each project's own change log.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Index, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import uuid7
from app.core.model import Base, Keyed

REQUEST_ID = "request_id"
"""Where a session's ``info`` keeps the id of the request it serves."""

_INSERT = """
INSERT INTO backendify.control_log (id, actor, project_id, action, target, detail, request_id)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7)
"""


class ControlLogEntry(Keyed, Base):
    """One row. ``project_id`` has no foreign key: the trail outlives the project."""

    __tablename__ = "control_log"
    __table_args__ = (Index("ix_control_log_project_id_id", "project_id", "id"),)

    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    project_id: Mapped[UUID | None]
    action: Mapped[str]
    target: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]


def append_control_entry(
    session: AsyncSession,
    actor: str,
    action: str,
    *,
    project_id: UUID | None = None,
    target: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add the row to the session's transaction.

    ``actor`` is ``Principal.actor``; ``action`` is ``<noun>.<past participle>``; ``detail`` holds
    no secret.
    """
    session.add(
        ControlLogEntry(
            actor=actor,
            project_id=project_id,
            action=action,
            target=target,
            detail=dict(detail or {}),
            request_id=session.info.get(REQUEST_ID),
        )
    )


async def insert_control_entry(
    connection: Connection | PoolConnectionProxy,
    actor: str,
    action: str,
    *,
    project_id: UUID | None = None,
    target: str | None = None,
    detail: Mapping[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """The same row, in the transaction of a bare connection of the owner."""
    stated = json.dumps(dict(detail or {}))
    await connection.execute(
        _INSERT, uuid7(), actor, project_id, action, target, stated, request_id
    )
