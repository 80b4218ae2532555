"""A committed change as every reader of the change log sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a project's change log, after the relay numbered it.

    ``id`` is ``evt_<project>_<n>``; ``seq`` is the gap-free position in the project's log;
    ``action`` is ``created``, ``updated`` or ``deleted``; images are keyed by column names of
    ``schema_version``.
    """

    id: str
    seq: int
    project_id: UUID
    at: datetime
    schema_version: int
    request_id: str | None
    actor: str | None
    collection: str
    record_id: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
