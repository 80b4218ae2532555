"""What a caller may see and do, as values that the planner merges into a statement."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Any, Literal

from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import EMPTY, Collection, Field
from app.engine.conditions.bind import NOTHING_SEEN, Bound, BoundAny, View, Views

Action = Literal["list", "read", "create", "update", "delete"]
ACTIONS: tuple[Action, ...] = ("list", "read", "create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Preset:
    """A value that the client does not choose: a driver value, or what ``variable`` stands for."""

    field: Field
    value: Any = None
    variable: str | None = None


def preset_value(preset: Preset, variables: Mapping[str, Any]) -> Any:
    """What a preset sets for a caller; null where its variable stands for nothing that fits."""
    if preset.variable is None:
        return preset.value
    held = variables.get(preset.variable)
    try:
        return None if held is None else field_type(preset.field).parse(preset.field, held)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class WriteRule:
    """One way in which a write is allowed.

    ``rows`` must hold of the record before, ``check`` of the record after (None: always).
    ``fields`` are the ids that may be given (None: all), ``presets`` what is set besides, by id.
    """

    rows: Bound | None = None
    check: Bound | None = None
    fields: frozenset[str] | None = None
    presets: Mapping[str, Preset] = member(default_factory=lambda: EMPTY)

    def takes(self, field_ids: Iterable[str]) -> bool:
        """Whether all of these fields may be given."""
        return all(
            (self.fields is None or each in self.fields) and each not in self.presets
            for each in field_ids
        )


@dataclass(frozen=True, slots=True)
class Denial:
    """One way in which a write is forbidden: by the record ``before``, or by the one ``after``.

    With ``fields`` it speaks only of writes that give one of them.
    """

    before: Bound | None
    after: Bound | None
    fields: frozenset[str] | None = None

    def concerns(self, field_ids: frozenset[str]) -> bool:
        return self.fields is None or not self.fields.isdisjoint(field_ids)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an action may touch in one collection.

    ``rows`` are the records that a read shows; ``fields`` are the ids of the fields that may be
    read or given (None: all), ``masks`` the records on which some of them are shown. A write is
    decided by its ``rules`` and ``denials``. ``shown`` are the fields that the caller may read,
    for what an error may name. ``restores_times``: an import may give created_at and updated_at.
    ``way`` is this grant's number among the ``ways`` of another.
    """

    rows: Bound | None = None
    fields: frozenset[str] | None = None
    masks: Mapping[str, Bound] = member(default_factory=lambda: EMPTY)
    rules: tuple[WriteRule, ...] = (WriteRule(),)
    denials: tuple[Denial, ...] = ()
    shown: frozenset[str] | None = None
    restores_times: bool = False
    way: int = 0

    def may_touch(self, field_id: str) -> bool:
        return self.fields is None or field_id in self.fields

    def may_show(self, field_id: str) -> bool:
        """Whether an error may name the field."""
        return self.shown is None or field_id in self.shown

    @property
    def view(self) -> View:
        """What a condition may look at under this grant."""
        return View(self.fields, self.rows, self.masks)

    @property
    def is_partial(self) -> bool:
        """Whether a read shows less than the whole record."""
        return self.fields is not None or bool(self.masks)

    @property
    def depends_on_fields(self) -> bool:
        """Whether a write's guards differ by the fields it gives."""
        return len(self.rules) > 1 or any(d.fields is not None for d in self.denials)

    @property
    def takes_anything(self) -> bool:
        """Whether any field may be given, and nothing is set besides."""
        rule = self.rules[0]
        return not self.depends_on_fields and rule.fields is None and not rule.presets

    def ways(self, given: frozenset[str]) -> tuple["Grant", ...]:
        """How a write that gives these fields (ids) may be tried, in the policies' order.

        What a rule sets is only set where that rule allows the write: each way has the rules that
        set the same. One way at least; it holds all the rules where none takes the fields.
        """
        groups: list[list[WriteRule]] = []
        for rule in self.rules:
            group = next((each for each in groups if each[0].presets == rule.presets), None)
            if group is None:
                groups.append([rule])
            else:
                group.append(rule)
        return self._ways(groups, given) if len(groups) > 1 else (self,)

    def _ways(
        self, groups: Iterable[list[WriteRule]], given: frozenset[str]
    ) -> tuple["Grant", ...]:
        found = []
        for number, rules in enumerate(groups):
            usable = [rule for rule in rules if rule.takes(given)]
            if usable:
                found.append(replace(self, rules=tuple(rules), way=number))
            if not self.denials and any(not rule.rows and not rule.check for rule in usable):
                break  # it allows whatever a later one would
        return tuple(found) or (self,)

    def guard(self, given: Iterable[str] = ()) -> "WriteGuard":
        """What guards a write that gives these fields (ids): rules that set the same."""
        names = frozenset(given)
        usable = [rule for rule in self.rules if rule.takes(names)]
        rules = tuple(rule for rule in usable if rule.presets == usable[0].presets)
        return WriteGuard(rules, tuple(d for d in self.denials if d.concerns(names)))


@dataclass(frozen=True, slots=True)
class WriteGuard:
    """The rules that a certain write may use, and the denials that concern it."""

    rules: tuple[WriteRule, ...]
    denials: tuple[Denial, ...]

    @property
    def rows(self) -> Bound | None:
        """What some rule asks of the record before; None: nothing."""
        return either(rule.rows for rule in self.rules)

    @property
    def presets(self) -> Mapping[str, Preset]:
        """By field id: all rules of a way set the same."""
        return self.rules[0].presets if self.rules else EMPTY


def either(conditions: Iterable[Bound | None]) -> Bound | None:
    """Any of the conditions; None (always) where one of them is."""
    distinct: list[Bound] = []
    for item in conditions:
        if item is None:
            return None
        if item not in distinct:
            distinct.append(item)
    return distinct[0] if len(distinct) == 1 else BoundAny(tuple(distinct))


EVERYTHING = Grant(restores_times=True)


@dataclass(frozen=True, slots=True)
class Access:
    """All that one caller may do in one project, at one catalog version.

    Two callers with the same ``key`` get the same statements (only bound values differ).
    ``find`` answers None where nothing allows the action.
    """

    key: str
    find: Callable[[Collection, Action], Grant | None]
    variables: Mapping[str, Any] = member(default_factory=lambda: EMPTY)

    def views(self, action: Action) -> Views:
        """What a caller's condition may look at, in a request that does ``action``.

        A relation to one record leads to what may be read by id, one to many to what may be listed.
        """

        def view(collection: Collection, relation: Field | None) -> View:
            if relation is not None:
                return self.view(collection, "read" if relation.is_belongs_to else "list")
            return self.view(collection, action)

        return view

    def view(self, collection: Collection, action: Action) -> View:
        grant = self.find(collection, action)
        return NOTHING_SEEN if grant is None else grant.view
