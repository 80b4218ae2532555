"""Which events somebody asks for, by a condition on the record: webhooks, triggers of workflows.

Fields are held by their ids, so that a condition follows what is renamed and does not pass to a
new field of an old name.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.core.clock import utc_now
from app.core.db import Database
from app.core.errors import BadRequestError
from app.core.event import Event
from app.core.json_text import dump_json
from app.core.tasks import Breath
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.bind import Bound, has_relations
from app.engine.conditions.evaluate import Facts, matches, settled
from app.engine.conditions.tree import Context, StoredConditionError
from app.engine.policy.bound import bind_condition, tests_of, variables_of
from app.engine.policy.event_rows import Row, rows_of
from app.engine.policy.policy import BrokenPolicyError, condition_to_ids, condition_to_names

_VARIABLES: Final = frozenset({"now", "today"})
BROKEN: Final = "The condition names a field that is gone."
MOST_TESTS: Final = 50
"""Every event is asked every condition: what one may cost is bounded when it is saved."""

MOST_KEPT: Final = 2_048
LONGEST_KEPT: Final = 8_192


class NotApplicableError(Exception):
    """A well-formed condition that no event can be asked; the message says why."""


class BrokenConditionError(Exception):
    """The stored condition cannot be used any more."""


def event_condition_to_ids(
    where: Mapping[str, Any], collection: Collection, catalog: Catalog, pointer: str = "/where"
) -> Any:
    """The condition as it is stored. Raises NotApplicableError, and the 422 error of a condition
    that cannot stand."""
    _check(bind_condition(where, collection, catalog, pointer, rows=True))
    return condition_to_ids(where, collection, catalog)


def event_condition_to_names(
    document: Any, collection: Collection, catalog: Catalog
) -> tuple[Any, str | None]:
    """A stored condition in today's names, and what is wrong with it."""
    try:
        shown = condition_to_names(document, collection, catalog)
        bind_event_condition(document, collection, catalog)
    except (BrokenPolicyError, BrokenConditionError):
        return None, BROKEN
    return shown, None


def bind_event_condition(document: Any, collection: Collection, catalog: Catalog) -> Bound | None:
    """The stored condition, ready to be evaluated. Raises BrokenConditionError."""
    try:
        named = condition_to_names(document, collection, catalog)
        return bind_condition(named, collection, catalog, "/where", rows=True)
    except (BrokenPolicyError, StoredConditionError, BadRequestError) as error:
        raise BrokenConditionError from error


class EventConditions:
    """The stored conditions that many events are asked, in turn, at one catalog.

    A condition is bound once, an event's images are read once, and whatever else the process has
    to do goes on beside it.
    """

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._ready: dict[tuple[UUID, str], Bound | BrokenConditionError | None] = {}
        self._event: Event | None = None
        self._row: Row = {}
        self._facts = _facts(None)
        self._breath = Breath()

    async def meets(self, owner: UUID, document: Any, event: Event) -> bool:
        """Whether the record, as the event leaves it (or found it, where it is deleted), is one
        that the condition of ``owner`` asks for.

        Raises BrokenConditionError, and ValueError, TypeError or ArithmeticError where the images
        cannot be judged.
        """
        await self._breath()
        key = (owner, event.collection)
        if key not in self._ready:
            self._ready[key] = self._prepared(document, event.collection)
        bound = self._ready[key]
        if isinstance(bound, BrokenConditionError):
            raise bound
        if bound is None:
            return True
        if event is not self._event:
            await self._read(event)
        return matches(bound, self._row, self._facts)

    def _prepared(self, document: Any, collection: str) -> Bound | BrokenConditionError | None:
        try:
            return _bound_once(document, self._catalog.by_id[collection], self._catalog)
        except BrokenConditionError as error:
            return error

    async def _read(self, event: Event) -> None:
        self._event = None
        before, after = await rows_of(self._database, self._catalog, event)
        self._row = (after if after is not None else before) or {}
        self._facts = _facts(before)
        self._event = event


_bounds: OrderedDict[tuple[UUID, int, str, str], Bound | None] = OrderedDict()


def _bound_once(document: Any, collection: Collection, catalog: Catalog) -> Bound | None:
    """The condition, bound and settled; kept for the next time unless it is long."""
    text = dump_json(document)
    key = (catalog.project_id, catalog.version, collection.id, text)
    if key in _bounds:
        _bounds.move_to_end(key)
        return _bounds[key]
    bound = bind_event_condition(document, collection, catalog)
    bound = None if bound is None else settled(bound)
    if len(text) <= LONGEST_KEPT:
        _bounds[key] = bound
        if len(_bounds) > MOST_KEPT:
            _bounds.popitem(last=False)
    return bound


def _check(bound: Bound | None) -> None:
    if bound is None:
        return
    if has_relations(bound):
        raise NotApplicableError("It looks at the record alone, not at related ones.")
    if sum(1 for _ in tests_of(bound)) > MOST_TESTS:
        raise NotApplicableError(f"It holds at most {MOST_TESTS} comparisons: each event is asked.")
    for name in variables_of(bound):
        if name not in _VARIABLES:
            raise NotApplicableError(f"${name} stands for nothing here.")


def _facts(before: Mapping[str, Any] | None) -> Facts:
    now = utc_now()
    variables = {"now": now.isoformat(), "today": now.date().isoformat()}
    return Facts(context=Context(variables), rows={"old": before or {}})
