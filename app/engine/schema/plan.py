"""The plan: ordered changes with what each costs, what runs at once and what becomes a job.

Pure: sizes and offenders are handed in.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.engine.catalog.model import Catalog
from app.engine.schema.changes.alter_steps import NoCastError
from app.engine.schema.changes.change import NO_LOCK, RISKS, Change, Risk, Step
from app.engine.schema.changes.fields import AddField, SettleField
from app.engine.schema.diff import diff
from app.engine.schema.digest import catalog_hash
from app.engine.schema.size import EMPTY, EXACT_UP_TO, Size
from app.engine.schema.tombstones import NOTHING, Tombstones

ONLINE_ABOVE_ROWS = EXACT_UP_TO
CONFIRMED: frozenset[Risk] = frozenset({"lossy", "destructive"})
Sizes = Mapping[str, Size]
Adjust = Callable[[tuple[Change, ...]], tuple[Change, ...]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A change with its statements and its cost. ``before`` is the catalog it starts from."""

    change: Change
    before: Catalog
    steps: tuple[Step, ...]
    reverse: tuple[Step, ...]
    size: Size
    risk: Risk
    online: bool
    description: str


@dataclass(frozen=True, slots=True)
class Plan:
    """``before`` → ``reached`` in one transaction → ``after`` once its jobs are done."""

    before: Catalog
    after: Catalog
    reached: Catalog
    at_once: tuple[Planned, ...]
    jobs: tuple[Planned, ...]

    @property
    def changes(self) -> tuple[Planned, ...]:
        return (*self.at_once, *self.jobs)

    @property
    def risk(self) -> Risk:
        return max((p.risk for p in self.changes), key=RISKS.index, default="safe")

    @property
    def needs_confirmation(self) -> bool:
        return any(p.risk in CONFIRMED for p in self.changes)

    @property
    def summary(self) -> str:
        return "; ".join(p.description for p in self.changes) or "No change"

    @property
    def plan_hash(self) -> str:
        """What a confirmation confirms: from where, to where, at what price."""
        prices = [(p.risk, p.description) for p in self.changes if p.risk in CONFIRMED]
        text = json.dumps([self.before.hash, self.after.hash, prices])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def make_plan(
    before: Catalog,
    wanted: Catalog,
    sizes: Sizes,
    tombstones: Tombstones = NOTHING,
    adjust: Adjust = lambda changes: changes,
) -> Plan:
    """The plan from one catalog to another; ``sizes`` by collection id of tables that exist.

    ``adjust`` may give the changes what is not in a schema, such as values for rows without one.
    """
    changes = adjust(diff(before, wanted, tombstones))
    after = replace(wanted, hash=catalog_hash(wanted))
    direct = [c for c in changes if not _is_job(c, sizes)]
    jobs = [*_settling(changes, sizes), *(c for c in changes if _is_job(c, sizes))]
    at_once, reached = _planned(direct, before, sizes, online=False)
    later, _ = _planned(jobs, reached, sizes, online=True)
    reached = replace(reached, hash=catalog_hash(reached))
    return Plan(before, after, reached, at_once, later)


def plan_to_json(plan: Plan, offenders: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The plan as the API shows and the history keeps it."""
    listed = list(offenders)
    return {
        "base": plan.before.hash,
        "plan_hash": plan.plan_hash,
        "summary": plan.summary,
        "risk": plan.risk,
        "needs_confirmation": plan.needs_confirmation,
        "blocked": any(o["blocks"] for o in listed),
        "steps": [_planned_to_json(p, listed) for p in plan.changes],
        "offenders": listed,
    }


def _is_job(change: Change, sizes: Sizes) -> bool:
    return _is_large(change, sizes) and change.runs_online()


def _is_large(change: Change, sizes: Sizes) -> bool:
    return sizes.get(change.collection_id, EMPTY).rows > ONLINE_ABOVE_ROWS


def _settling(changes: Iterable[Change], sizes: Sizes) -> list[Change]:
    """What adding a column to a large table leaves for later."""
    found = (
        SettleField(c.collection_id, c.field)
        for c in changes
        if isinstance(c, AddField) and c.field.is_stored and _is_large(c, sizes)
    )
    return [change for change in found if change.leaves_work()]


def _planned(
    changes: Iterable[Change], catalog: Catalog, sizes: Sizes, *, online: bool
) -> tuple[tuple[Planned, ...], Catalog]:
    """The changes folded from a catalog, each with what it does to the state it meets."""
    planned = []
    for change in changes:
        following = change.applied(catalog)
        large = _is_large(change, sizes)
        size = sizes.get(change.collection_id, EMPTY)
        planned.append(
            Planned(
                change,
                catalog,
                change.steps(catalog, large=large),
                _reverse(change, following, large=large),
                size,
                _risk(change, size),
                online,
                change.describe(catalog),
            )
        )
        catalog = following
    return tuple(planned), catalog


def _reverse(change: Change, following: Catalog, *, large: bool) -> tuple[Step, ...]:
    """The way back; empty where there is none."""
    undo = change.reversed()
    try:
        return () if undo == change else undo.steps(following, large=large)
    except NoCastError:
        return ()


def _risk(change: Change, size: Size) -> Risk:
    """What a lossy change may lose needs rows to lose it from."""
    risk = change.risk()
    return "safe" if risk == "lossy" and size.rows == 0 else risk


def _planned_to_json(planned: Planned, offenders: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    change = planned.change
    subject = (change.collection_id, change.subject())
    return {
        "kind": change.kind,
        "collection": change.collection_id or None,
        "field": change.subject(),
        "description": planned.description,
        "risk": planned.risk,
        "mode": "online" if planned.online else "transaction",
        "sql": [step.sql for step in planned.steps],
        "reverse": [step.sql for step in planned.reverse],
        "locks": _locks(planned.steps),
        "rewrites": any(step.rewrites for step in planned.steps),
        "scans": any(step.scans for step in planned.steps),
        "rows": planned.size.rows,
        "table_bytes": planned.size.bytes,
        "offenders": [o for o in offenders if (o["collection_id"], o["field_id"]) == subject],
    }


def _locks(steps: Iterable[Step]) -> list[dict[str, str]]:
    found = dict.fromkeys(
        (table, step.lock)
        for step in steps
        for table in (step.table, step.target)
        if table is not None and step.lock != NO_LOCK
    )
    return [{"table": table, "lock": lock} for table, lock in found]
