"""Which events a class of subscribers sees, and what of them: worked out once for all of it.

Records are judged by the evaluator where policies and condition stay on the record itself; those
that look at other records, and images of an older schema, are judged where history is: in SQL.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.api.services import Services
from app.core.event import Event
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import (
    Bound,
    BoundAll,
    BoundAny,
    BoundNot,
    Exists,
    Test,
    Unless,
    has_relations,
)
from app.engine.conditions.evaluate import Facts, matches
from app.engine.conditions.tree import Context, Variable
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import Rules
from app.engine.policy.model import Access, Grant
from app.features.data.service import list_seen, narrow, show_narrowed
from app.features.realtime.frames import Frame, make_frame
from app.features.realtime.spec import Spec

Image = dict[str, Any]


class Moment:
    """An event whose images are of the current schema, in the forms that judging needs."""

    def __init__(self, event: Event, collection: Collection) -> None:
        self.event = event
        self.collection = collection

    @cached_property
    def images(self) -> tuple[Image | None, Image | None]:
        """Before and after, by field id."""
        return self._image(self.event.before), self._image(self.event.after)

    @cached_property
    def rows(self) -> tuple[Image | None, Image | None]:
        """Before and after as driver values by column."""
        return self._row(self.event.before), self._row(self.event.after)

    def _image(self, stored: Image | None) -> Image | None:
        if stored is None:
            return None
        by_column, by_name = self.collection.by_column, self.collection.fields
        image: Image = {}
        for key, value in stored.items():
            field = by_column.get(key) or by_name.get(key)
            if field is not None:
                is_list = field.relation is not None and isinstance(value, list)
                image[field.id] = sorted(value, key=str) if is_list else value
        return image

    def _row(self, stored: Image | None) -> Image | None:
        if stored is None:
            return None
        return {f.column: _value(f, stored.get(f.column)) for f in self.collection.stored_fields}


def _value(field: Field, stored: Any) -> Any:
    """The driver value: what a condition's operands are compared with."""
    return None if stored is None else field_type(field).parse(field, stored)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one class of subscribers may see; equal ``key``: the same frames.

    ``grants`` are by collection id, narrowed to what is subscribed to. ``is_plain``: the
    evaluator can judge all of it.
    """

    key: Hashable
    rules: Rules
    access: Access
    caller: Caller
    grants: Mapping[str, Grant]
    only: Mapping[str, Bound]
    values: tuple[Any, ...]
    is_plain: bool

    async def see(self, services: Services, events: Sequence[Event]) -> list[Frame]:
        """The frames of these events, in their order."""
        catalog = self.rules.catalog
        mine = [event for event in events if event.collection in self.grants]
        if not self.is_plain or any(e.schema_version != catalog.version for e in mine):
            return await self._ask(services, mine)
        try:
            seen = [self.look(Moment(e, catalog.by_id[e.collection])) for e in mine]
        except ValueError:  # a stored value that its type would not take today
            return await self._ask(services, mine)
        return [frame for frame in seen if frame is not None]

    def look(self, moment: Moment) -> Frame | None:
        """The evaluator's answer."""
        grant = self.grants[moment.collection.id]
        facts = Facts((None, *self.values), Context(self.access.variables))
        before, after = (self._shown(moment, side, grant, facts) for side in (0, 1))
        if before == after:
            return None
        return make_frame(moment.event, moment.collection.name, before, after)

    def _shown(self, moment: Moment, side: int, grant: Grant, facts: Facts) -> Image | None:
        image, collection = moment.images[side], moment.collection
        if image is None:
            return None
        row: Image = {}
        if grant.rows is not None or grant.masks:
            row = moment.rows[side] or {}
        if grant.rows is not None and not matches(grant.rows, row, facts):
            return None
        hidden = {f for f, mask in grant.masks.items() if not matches(mask, row, facts)}
        fields = ((collection.by_id[key], value) for key, value in image.items())
        return {
            f.column or f.name: value
            for f, value in fields
            if grant.may_touch(f.id) and not f.hidden and f.id not in hidden
        }

    async def _ask(self, services: Services, events: Sequence[Event]) -> list[Frame]:
        if not events:
            return []
        catalog = self.rules.catalog
        told = await show_narrowed(
            services, self.caller, (catalog, self.access), events, self.only, self.values
        )
        return [
            make_frame(event, each["collection"], each["before"], each["after"])
            for event, each in zip(events, told, strict=True)
            if each is not None
        ]


def make_sight(rules: Rules, caller: Caller, spec: Spec) -> Sight:
    """What the caller may see of what was asked for. Raises the errors of a list's request."""
    catalog = rules.catalog
    access = rules.access(caller, caller.address)
    ids = [
        each for name in spec.names or (None,) for each in list_seen(caller, catalog, access, name)
    ]
    only = spec.bind(ids, catalog, access)
    grants = {each: _grant(access, catalog.by_id[each], only.get(each)) for each in ids}
    is_plain = all(_is_plain(catalog, access, key, grant) for key, grant in grants.items())
    key = (access.key, spec.key, _standing(access, caller, grants, is_plain=is_plain))
    return Sight(key, rules, access, caller, grants, only, spec.values, is_plain)


def _grant(access: Access, collection: Collection, only: Bound | None) -> Grant:
    grant = access.find(collection, "list")
    assert grant is not None  # noqa: S101 - list_seen has asked
    return narrow(grant, only)


def _is_plain(catalog: Catalog, access: Access, collection_id: str, grant: Grant) -> bool:
    """Whether no other record has a say in what is seen of a record."""
    conditions = [*grant.masks.values(), *([] if grant.rows is None else [grant.rows])]
    if any(has_relations(each) for each in conditions):
        return False
    views = access.views("list")
    return not any(
        views(catalog.target(field), field).rows is not None
        for field in catalog.by_id[collection_id].fields.values()
        if field.relation and field.relation.link_table and grant.may_touch(field.id)
    )


def _standing(
    access: Access, caller: Caller, grants: Mapping[str, Grant], *, is_plain: bool
) -> Hashable:
    """What tells apart callers of one class: the variables that their grants name, or, where
    other records have a say, all that any condition could ask."""
    principal = caller.principal
    if not is_plain:
        profile = repr(sorted(principal.profile.items()))
        return (principal.actor, str(principal.id), caller.address, profile)
    names = {
        name
        for grant in grants.values()
        for bound in (grant.rows, *grant.masks.values())
        if bound is not None
        for name in _variables(bound)
    }
    variables = access.variables
    return tuple((n, repr(variables[n])) for n in sorted(names - {"now", "today"}))


def _variables(bound: Bound) -> Iterator[str]:
    """The variables of a condition, those of its masks too."""
    if isinstance(bound, BoundAll | BoundAny):
        for item in bound.items:
            yield from _variables(item)
    elif isinstance(bound, BoundNot | Unless):
        yield from _variables(bound.item)
    elif isinstance(bound, Test):
        if isinstance(bound.operand, Variable):
            yield bound.operand.name
        if bound.mask is not None:
            yield from _variables(bound.mask)
    else:
        assert not isinstance(bound, Exists)  # noqa: S101 - then it would not be plain
