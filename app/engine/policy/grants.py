"""From a project's policies and a class of callers to grants. Pure. Deny by default.

Allows add up, denies win. Where allows show different fields on different records, a field is
masked: shown only on the records for which some allow shows it.
"""

from collections.abc import Iterable, Iterator, Sequence

from app.engine.catalog.model import Collection
from app.engine.conditions.bind import Bound, BoundAll, Unless
from app.engine.policy.bound import ID, BoundPolicy
from app.engine.policy.model import Action, Denial, Grant, WriteRule, either


def make_grant(
    action: Action,
    collection: Collection,
    allows: Sequence[BoundPolicy],
    denies: Sequence[BoundPolicy],
    *,
    shown: frozenset[str] | None = None,
) -> Grant | None:
    """What some policies grant for an action; None: nothing.

    ``shown`` are the fields that the caller may read.
    """
    usable = [policy for policy in allows if policy.broken is None]
    if not usable or any(policy.broken is not None for policy in denies):
        return None
    if action in {"list", "read"}:
        return _read_grant(collection, usable, denies)
    if action == "delete":
        denies = [policy for policy in denies if policy.fields is None]
    return _write_grant(action, collection, usable, denies, shown)


def _read_grant(
    collection: Collection, allows: Sequence[BoundPolicy], denies: Sequence[BoundPolicy]
) -> Grant | None:
    of_rows = [policy for policy in denies if policy.fields is None]
    if any(policy.where is None for policy in of_rows):
        return None
    rows = _both(either(p.where for p in allows), [Unless(p.where) for p in of_rows if p.where])
    fields = _union(allows)
    gone = {each for p in denies if p.fields and p.where is None for each in p.fields} - {ID}
    if gone:
        fields = (frozenset(collection.by_id) if fields is None else fields) - gone
    masks = dict(_masks(collection, fields, allows, denies))
    return Grant(rows=rows, fields=fields, masks=masks, shown=fields)


def _masks(
    collection: Collection,
    fields: frozenset[str] | None,
    allows: Sequence[BoundPolicy],
    denies: Sequence[BoundPolicy],
) -> Iterator[tuple[str, Bound]]:
    """The fields that are not shown on every record that is shown, each with where it is."""
    if len(allows) == 1 and not any(policy.fields for policy in denies):
        return
    for field_id in collection.by_id:
        if field_id == ID or (fields is not None and field_id not in fields):
            continue
        showing = [p for p in allows if p.fields is None or field_id in p.fields]
        seen = None if len(showing) == len(allows) else either(p.where for p in showing)
        hiding = [p.where for p in denies if p.fields and field_id in p.fields]
        mask = _both(seen, [Unless(where) for where in hiding if where is not None])
        if mask is not None:
            yield field_id, mask


def _write_grant(
    action: Action,
    collection: Collection,
    allows: Sequence[BoundPolicy],
    denies: Sequence[BoundPolicy],
    shown: frozenset[str] | None,
) -> Grant | None:
    always = [policy for policy in denies if _is_unconditional(action, policy)]
    if any(policy.fields is None for policy in always):
        return None
    gone = {each for policy in always for each in policy.fields or ()}
    rules = tuple(_rule(action, policy, collection, gone) for policy in allows)
    denials = tuple(_denial(action, policy) for policy in denies if policy not in always)
    given = [rule.fields for rule in rules]
    fields = None if None in given else frozenset[str]().union(*(f for f in given if f))
    return Grant(
        rows=None if action == "create" else either(rule.rows for rule in rules),
        fields=fields,
        rules=rules,
        denials=denials,
        shown=shown,
    )


def _is_unconditional(action: Action, policy: BoundPolicy) -> bool:
    return policy.where is None and (policy.check is None or action == "delete")


def _rule(action: Action, policy: BoundPolicy, collection: Collection, gone: set[str]) -> WriteRule:
    """``check`` defaults to ``where``: what one may change may not be moved out of one's reach."""
    if action == "delete":
        return WriteRule(rows=policy.where)
    check = policy.where if policy.check is None else policy.check
    rows = None if action == "create" else policy.where
    fields = policy.fields
    if fields is not None and ID not in (policy.policy.fields or ()):
        fields -= {ID}  # shown with every record, but only given where it is listed
    if gone:
        fields = (frozenset(collection.by_id) if fields is None else fields) - gone
    return WriteRule(rows=rows, check=check, fields=fields, presets=policy.presets)


def _denial(action: Action, policy: BoundPolicy) -> Denial:
    after = policy.where if policy.check is None else policy.check
    return Denial(
        before=None if action == "create" else policy.where,
        after=None if action == "delete" else after,
        fields=None if action == "delete" else policy.fields,
    )


def _union(policies: Iterable[BoundPolicy]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for policy in policies:
        if policy.fields is None:
            return None
        found |= policy.fields
    return found


def _both(condition: Bound | None, others: Sequence[Bound]) -> Bound | None:
    items = ([] if condition is None else [condition]) + list(others)
    if not items:
        return None
    return items[0] if len(items) == 1 else BoundAll(tuple(items))
