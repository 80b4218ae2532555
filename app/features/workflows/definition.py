"""A workflow's definition as it is stored, and as the runner goes by it. Pure.

The stored form is what a client gave, with the trigger's collection and the fields of its
condition by their ids, so that a trigger follows what is renamed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.errors import Violation
from app.engine.catalog.model import Catalog
from app.engine.policy.event_conditions import (
    NotApplicableError,
    event_condition_to_ids,
    event_condition_to_names,
)
from app.engine.query.values import nearest
from app.features.workflows.schedule import check_schedule

END: Final = "end"
STOP: Final = "stop"
CONTINUE: Final = "continue"
RECORD: Final = "record."
GONE: Final = "The trigger's collection is gone."


@dataclass(frozen=True, slots=True)
class Retry:
    """Attempts and the pauses between them, in seconds."""

    max_attempts: int
    delay_seconds: float = 5.0
    factor: float = 2.0
    max_delay_seconds: float = 3_600.0

    def pause(self, attempts: int) -> float:
        """Seconds after so many attempts."""
        return min(self.delay_seconds * self.factor ** (attempts - 1), self.max_delay_seconds)


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``otherwise`` is its ``else``, ``seconds`` its timeout."""

    id: str
    action: str
    params: Mapping[str, Any] = field(default_factory=dict)
    retry: Retry | None = None
    seconds: float | None = None
    on_error: str = STOP
    then: str | None = None
    otherwise: str | None = None
    cases: Mapping[str, str] = field(default_factory=dict)
    steps: "tuple[Step, ...]" = ()


def read_steps(stored: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of a stored definition."""
    return tuple(_read_step(each) for each in stored)


def _read_step(stored: Mapping[str, Any]) -> Step:
    retry, seconds = stored.get("retry"), stored.get("timeout_seconds")
    return Step(
        id=stored["id"],
        action=stored["action"],
        params=stored.get("with") or {},
        retry=None if retry is None else _read_retry(retry),
        seconds=None if seconds is None else float(seconds),
        on_error=stored.get("on_error", STOP),
        then=stored.get("then"),
        otherwise=stored.get("else"),
        cases=stored.get("cases") or {},
        steps=read_steps(stored.get("steps") or ()),
    )


def _read_retry(stored: Mapping[str, Any]) -> Retry:
    pauses = {name: float(value) for name, value in stored.items() if name != "max_attempts"}
    return Retry(int(stored["max_attempts"]), **pauses)


def shown_trigger(stored: Mapping[str, Any], catalog: Catalog) -> tuple[dict[str, Any], str | None]:
    """The trigger in today's names, and what is wrong with it."""
    if not stored["type"].startswith(RECORD):
        return dict(stored), None
    collection = catalog.by_id.get(stored["collection"])
    if collection is None:
        return {**stored, "collection": None, "where": None}, GONE
    shown = {**stored, "collection": collection.name}
    if stored.get("where") is None:
        return shown, None
    shown["where"], broken = event_condition_to_names(stored["where"], collection, catalog)
    return shown, broken


def stored_trigger(
    trigger: Mapping[str, Any], catalog: Catalog
) -> tuple[dict[str, Any], list[Violation]]:
    """The trigger as it is stored, and what is wrong with it. Raises the 422 errors of its
    condition and of its schedule."""
    if trigger["type"] == "schedule":
        whole = {"timezone": "UTC", "missed": "once", **trigger}
        check_schedule(whole["cron"], whole["timezone"])
        return whole, []
    if not trigger["type"].startswith(RECORD):
        return dict(trigger), []
    name = trigger["collection"] or ""
    collection = catalog.find_collection(name)
    if collection is None:
        hint = nearest(name, list(catalog.collections))
        message = f"There is no collection {name!r}." if name else GONE
        return {}, [Violation("/trigger/collection", "unknown_collection", message, hint)]
    stored = {"type": trigger["type"], "collection": collection.id}
    if trigger.get("where") is None:
        return stored, []
    try:
        where = event_condition_to_ids(trigger["where"], collection, catalog, "/trigger/where")
    except NotApplicableError as error:
        return stored, [Violation("/trigger/where", "not_applicable", str(error))]
    return stored | {"where": where}, []
