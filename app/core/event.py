"""A committed change as every reader of the change log sees it, and what a reader is."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a project's change log, after the relay numbered it.

    ``n`` is its identity (``id`` spells it for the outside), ``seq`` its gap-free position in the
    project's log; ``collection`` is the collection's immutable id, ``action`` is ``created``,
    ``updated`` or ``deleted``; images are keyed by the column names of ``schema_version``.
    """

    project_id: UUID
    n: int
    seq: int
    at: datetime
    schema_version: int
    request_id: str | None
    actor: str | None
    collection: str
    record_id: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def id(self) -> str:
        """The same wherever the event is told: ``evt_<project>_<n>``."""
        return f"evt_{self.project_id.hex}_{self.n}"


Take = Callable[[Any, Any, UUID, Sequence[Event]], Awaitable[None]]
Needs = Callable[[Any, UUID], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class LogReader:
    """A feature that follows the change log of the projects it was told to follow.

    ``take`` gets the application's ``Services``, a connection of the control plane, a project's id
    and its next events in log order, each batch once: what it writes on that connection commits
    together with the reader's position. ``needs`` is for one that looks at events again later: it
    gets a connection of the control plane and a project's id, and answers the first position that
    the log must still keep for it.
    """

    name: str
    take: Take
    needs: Needs | None = None
