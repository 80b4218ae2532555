"""The pseudo-collection ``_channels``: what policies say of realtime's channels. Pure.

It has no table; its one record is the topic that somebody asks for. ``read`` is to join and to
listen, ``create`` to broadcast, ``update`` to be present.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import Bound, Unless
from app.engine.conditions.evaluate import Facts, matches
from app.engine.conditions.tree import Context
from app.engine.policy.model import Access, Action

NAME: Final = "_channels"
FORBIDDEN: Final = "realtime_channel_forbidden"
"""The code of the error that tells who may not."""
CHANNEL_ACTIONS: Final[tuple[Action, ...]] = ("read", "create", "update")
Row = Mapping[str, str | None]


def _channels() -> Collection:
    """A topic whole, and its parts before and behind the first colon."""
    fields = {each: Field(each, each, "string", each) for each in ("topic", "kind", "key")}
    known = MappingProxyType(fields)
    return Collection(
        id=NAME,
        name=NAME,
        table=NAME,
        fields=known,
        system=True,
        by_id=known,
        by_column=known,
        stored_fields=tuple(fields.values()),
    )


CHANNELS: Final = _channels()


def find_guarded(catalog: Catalog, name: str) -> Collection | None:
    """What policies may speak of: a collection by its name, or the channels."""
    return CHANNELS if name == NAME else catalog.find_collection(name)


def guarded_by_id(catalog: Catalog, collection_id: str) -> Collection | None:
    """The same by id."""
    return CHANNELS if collection_id == NAME else catalog.by_id.get(collection_id)


def row_of(topic: str) -> Row:
    """The record that conditions look at; ``key`` is null where there is no colon."""
    kind, colon, key = topic.partition(":")
    return {"topic": topic, "kind": kind, "key": key if colon else None}


def may_use(access: Access, action: Action, topic: str) -> bool:
    """Whether the action on the topic is allowed."""
    grant = access.find(CHANNELS, action)
    if grant is None:
        return False
    row = row_of(topic)
    facts = Facts(context=Context(access.variables), rows={"old": row})

    def holds(condition: Bound | None) -> bool:
        return condition is None or matches(condition, row, facts)

    if action == "read":
        return holds(grant.rows)
    denied = (each for denial in grant.denials for each in (denial.before, denial.after) if each)
    return any(holds(rule.rows) and holds(rule.check) for rule in grant.rules) and all(
        holds(Unless(each)) for each in denied
    )
