"""What is likely wrong with a project's policies."""

from collections.abc import Iterable, Iterator
from typing import Literal

from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import Bound, BoundAll, BoundAny, BoundNot, Exists, Test, Unless
from app.engine.conditions.tree import Reference
from app.engine.policy.authorize import Rules
from app.engine.policy.bound import BoundPolicy
from app.engine.policy.model import Action
from app.engine.policy.policy import ROLE
from app.engine.query.plan_write import bound_rules
from app.features.policies.schemas import Finding

Severity = Literal["error", "warning", "info"]
_READS = {"list", "read"}
_WRITES = {"create", "update", "delete"}
_SEARCHED = {"eq", "in", "gt", "gte", "lt", "lte", "between", "startswith"}
ORDER = {"error": 0, "warning": 1, "info": 2}


def lint(rules: Rules, catalog: Catalog, roles: Iterable[str]) -> list[Finding]:
    """Every finding, the worst first."""
    known = set(roles)
    found = [
        finding
        for bound in rules.bound
        for finding in (
            *_broken(bound),
            *_open(bound),
            *_unchecked(bound),
            *_revealing(bound, rules),
            *_unindexed(bound),
            *_unreachable(bound, rules),
            *_unknown_roles(bound, known),
        )
    ]
    found.extend(_unprotected(rules, catalog))
    found.extend(_telling(rules, catalog))
    return sorted(found, key=lambda finding: ORDER[finding.severity])


def _finding(
    bound: BoundPolicy, severity: Severity, code: str, message: str, hint: str | None = None
) -> Finding:
    return Finding(
        severity=severity,
        code=code,
        policy_id=bound.policy.id,
        policy=bound.policy.name,
        collection=bound.collection.name,
        message=message,
        hint=hint,
    )


def _broken(bound: BoundPolicy) -> Iterator[Finding]:
    if bound.broken is not None:
        effect = "allows nothing" if bound.policy.effect == "allow" else "denies everything"
        message = f"It has no effect as written and {effect}: {bound.broken}"
        yield _finding(bound, "error", "broken", message, "Mend or delete it.")


def _open(bound: BoundPolicy) -> Iterator[Finding]:
    policy = bound.policy
    if policy.effect != "allow" or "anonymous" not in policy.principals:
        return
    writes = sorted(policy.actions & _WRITES)
    if writes:
        message = f"Anyone may {', '.join(writes)} records without signing in."
        severity: Severity = "error" if {"update", "delete"} & set(writes) else "warning"
        yield _finding(bound, severity, "open_to_anonymous", message)
    elif bound.where is None and bound.fields is None:
        message = "Anyone may read every field of every record."
        hint = "Name the fields that may be read, so that one added later is not shown by itself."
        yield _finding(bound, "info", "open_to_anonymous", message, hint)


def _unchecked(bound: BoundPolicy) -> Iterator[Finding]:
    policy = bound.policy
    writes = policy.actions & {"create", "update"}
    if policy.effect != "allow" or not writes or bound.broken is not None:
        return
    if bound.where is None and bound.check is None and not bound.presets:
        message = f"{' and '.join(sorted(writes))} of any record with any value is allowed."
        yield _finding(bound, "warning", "write_without_check", message, "Add where or check.")
    elif bound.where is not None and isinstance(bound.check, BoundAll) and not bound.check.items:
        message = "The empty check lets a record be moved out of what where allows."
        yield _finding(bound, "warning", "write_without_check", message, "Leave check out.")


def _revealing(bound: BoundPolicy, rules: Rules) -> Iterator[Finding]:
    """Rows chosen by a related field that their reader may not read tell its value."""
    if bound.policy.effect != "allow" or not bound.policy.actions & _READS or bound.where is None:
        return
    for principal in bound.policy.principals:
        for collection, field in _related_fields(bound.where):
            if not _shows(rules, principal, collection, field):
                message = (
                    f"Which records are seen tells of {collection.name}.{field.name}, which "
                    f"{principal} may not read."
                )
                yield _finding(bound, "info", "hidden_field_through_relation", message)
                return


def _shows(rules: Rules, principal: str, collection: Collection, field: Field) -> bool:
    if field.id == "id":
        return True
    return _allows(rules, principal, collection, field, ("read", "list"))


def _allows(
    rules: Rules, principal: str, collection: Collection, field: Field, actions: tuple[Action, ...]
) -> bool:
    names = (principal, "app_user") if principal.startswith(ROLE) else (principal,)
    policies = [each for action in actions for each in rules.of(collection, action, names)]
    return any(
        p.policy.effect == "allow" and (p.fields is None or field.id in p.fields) for p in policies
    )


def _related_fields(
    bound: Bound, at: Collection | None = None
) -> Iterator[tuple[Collection, Field]]:
    """The fields of other collections that a condition compares."""
    if isinstance(bound, BoundAll | BoundAny):
        for item in bound.items:
            yield from _related_fields(item, at)
    elif isinstance(bound, BoundNot | Unless):
        yield from _related_fields(bound.item, at)
    elif isinstance(bound, Exists):
        if bound.item is not None:
            yield from _related_fields(bound.item, bound.collection)
    elif at is not None:
        yield at, bound.field


def _unindexed(bound: BoundPolicy) -> Iterator[Finding]:
    if bound.where is None:
        return
    tests = [test for test in _own_tests(bound.where) if test.operator in _SEARCHED]
    slow = [test.field for test in tests if not _has_index(test.field, bound.collection)]
    if slow and len(slow) == len(tests):
        names = ", ".join(sorted({field.name for field in slow}))
        yield _finding(
            bound, "info", "predicate_without_index",
            f"No index serves its condition on {names}: large lists read every record.",
            f"Set index: true on {names}.",
        )  # fmt: skip


def _own_tests(bound: Bound) -> Iterator[Test]:
    if isinstance(bound, BoundAll):
        for item in bound.items:
            yield from _own_tests(item)
    elif isinstance(bound, Test) and not bound.json_path and bound.field.type != "boolean":
        yield bound


def _has_index(field: Field, collection: Collection) -> bool:
    if field.index or field.unique or field.relation is not None or field.id == "id":
        return True
    return any(index.fields[0].removeprefix("-") == field.id for index in collection.indexes)


def _unreachable(bound: BoundPolicy, rules: Rules) -> Iterator[Finding]:
    """An allow that a deny without conditions takes back whole, or that another says already."""
    policy = bound.policy
    if policy.effect != "allow" or bound.broken is not None:
        return
    for other in rules.bound:
        if other is bound or other.collection.id != bound.collection.id:
            continue
        covers = set(policy.principals) <= set(other.policy.principals)
        covers = covers and policy.actions <= other.policy.actions
        is_absolute = other.where is None and other.fields is None and other.policy.check is None
        if covers and is_absolute and other.policy.effect == "deny":
            message = f"{other.policy.name!r} denies all of it."
            yield _finding(bound, "warning", "unreachable", message)
            return
        if covers and is_absolute and _asks_nothing(other):
            message = f"{other.policy.name!r} allows all of it already."
            yield _finding(bound, "info", "unreachable", message)
            return


def _asks_nothing(other: BoundPolicy) -> bool:
    policy = other.policy
    return policy.effect == "allow" and not policy.require_verified_email and not other.presets


def _unknown_roles(bound: BoundPolicy, known: set[str]) -> Iterator[Finding]:
    for principal in bound.policy.principals:
        name = principal.removeprefix(ROLE)
        if principal.startswith(ROLE) and name not in known:
            message = f"There is no role {name!r}: it speaks of nobody."
            yield _finding(bound, "warning", "unreachable", message, "Create the role.")


def _unprotected(rules: Rules, catalog: Catalog) -> Iterator[Finding]:
    """A collection that is written by users and read by nobody but members."""
    for collection in catalog.collections.values():
        own = [b for b in rules.bound if b.collection.id == collection.id]
        allowed = {a for b in own if b.policy.effect == "allow" for a in b.policy.actions}
        if "create" in allowed and not allowed & _READS:
            yield Finding(
                severity="info",
                code="write_only",
                collection=collection.name,
                message="Records may be created by those who may not read them.",
            )


def _telling(rules: Rules, catalog: Catalog) -> Iterator[Finding]:
    """Who may set one field of a ``condition`` rule learns another that they may not read, by
    what is refused. Members read everything."""
    for collection in catalog.collections.values():
        own = [b for b in rules.bound if b.collection.id == collection.id]
        writers = sorted({p for b in own for p in b.policy.principals} - {"admin_user"})
        for rule in bound_rules(collection, catalog):
            named = list(_named(rule.condition, collection, collection))
            for principal in writers:
                told = _told(rules, principal, collection, named)
                if told is not None:
                    yield _rule_tells(collection, rule.position, principal, *told)
                    break


def _told(
    rules: Rules, principal: str, collection: Collection, named: list[tuple[Collection, Field]]
) -> tuple[Collection, Field] | None:
    for at, hidden in named:
        if _shows(rules, principal, at, hidden):
            continue
        for of, field in named:
            is_other = of is collection and field is not hidden
            if is_other and _allows(rules, principal, of, field, ("create", "update")):
                return at, hidden
    return None


def _rule_tells(
    collection: Collection, position: int, principal: str, at: Collection, hidden: Field
) -> Finding:
    return Finding(
        severity="warning",
        code="hidden_field_through_rule",
        collection=collection.name,
        message=(
            f"validations[{position}] refuses by {at.name}.{hidden.name}, which {principal} may "
            "not read: by trying values of its other fields they learn it."
        ),
        hint="Let them read it, or let them set none of the rule's fields.",
    )


def _named(bound: Bound, at: Collection, root: Collection) -> Iterator[tuple[Collection, Field]]:
    """Every field that a rule of ``root`` looks at, there and in related records."""
    if isinstance(bound, BoundAll | BoundAny):
        for item in bound.items:
            yield from _named(item, at, root)
    elif isinstance(bound, BoundNot | Unless):
        yield from _named(bound.item, at, root)
    else:
        yield at, bound.field
        if isinstance(bound, Exists) and bound.item is not None:
            yield from _named(bound.item, bound.collection, root)
        if isinstance(bound, Test) and isinstance(bound.operand, Reference):
            yield root, root.by_column[bound.operand.field]
