"""The shapes of the audit routes."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

Source = Literal["data", "control"]
Format = Literal["ndjson", "csv"]


class AuditEntry(BaseModel):
    """What was done: ``collection`` is null for what admins did; then ``record_id`` is what it was
    done to, and ``detail`` says more. ``cursor`` leads on behind the entry."""

    cursor: str
    seq: int | None = None
    at: datetime
    action: str
    collection: str | None = None
    record_id: str | None = None
    actor: str | None = None
    request_id: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    detail: dict[str, Any] | None = None


class AuditPage(BaseModel):
    limit: int
    has_more: bool
    next_cursor: str | None = None


class AuditList(BaseModel):
    data: list[AuditEntry]
    page: AuditPage
