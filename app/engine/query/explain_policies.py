"""Each policy's part in a decision: which of its conditions hold for which row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.json_text import dump_json, parse_json
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.args import resolve
from app.engine.conditions.bind import (
    Bound,
    BoundAll,
    BoundAny,
    BoundNot,
    Exists,
    Test,
    Unless,
)
from app.engine.conditions.tree import Context, Literal, Reference, Variable
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import Rules
from app.engine.policy.bound import BoundPolicy
from app.engine.policy.model import Access, Action
from app.engine.query.compile_explain import compile_leaves

ROWS_AFTER = frozenset({"create", "update"})


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks for what: the ground of one explanation."""

    caller: Caller
    access: Access
    rules: Rules
    catalog: Catalog
    collection: Collection
    action: Action


async def judged_policies(
    connection: Any,
    subject: Subject,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> Any:
    """Each policy that speaks of the caller's kind, the action and the collection."""
    names = subject.rules.principals_of(subject.caller.principal)
    for bound in subject.rules.of(subject.collection, subject.action, names):
        conditions = []
        for part, condition, row in _parts(subject.action, bound, before, after):
            for each in await _judged(connection, subject, condition, row, before):
                conditions.append({"part": part} | each)
        yield _told(bound, conditions, subject.caller)


def _parts(
    action: Action,
    bound: BoundPolicy,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> Iterator[tuple[str, Bound, Mapping[str, Any] | None]]:
    check = bound.where if bound.check is None else bound.check
    if action != "create" and bound.where is not None:
        yield "where", bound.where, before
    if action in ROWS_AFTER and check is not None:
        yield "check", check, after


def _told(bound: BoundPolicy, conditions: list[dict[str, Any]], caller: Caller) -> dict[str, Any]:
    policy = bound.policy
    unproved = policy.require_verified_email and caller.principal.kind == "app_user"
    told: dict[str, Any] = {
        "id": str(policy.id),
        "name": policy.name,
        "effect": policy.effect,
        "conditions": conditions,
    }
    if bound.broken is not None:
        return told | {"allowed": False, "broken": bound.broken}
    if unproved and not caller.principal.verified:
        return told | {"allowed": False, "reason": "The e-mail address is not verified."}
    held = [each["holds"] for each in conditions]
    meets = None if None in held and False not in held else all(held)
    allowed = meets if policy.effect == "allow" else (None if meets is None else not meets)
    return told | {"allowed": allowed}


async def _judged(
    connection: Any,
    subject: Subject,
    condition: Bound,
    row: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
) -> Sequence[dict[str, Any]]:
    """Each part of a condition with what the record has and what is asked; without a record, what
    is asked alone."""
    leaves = list(_leaves(condition))
    told = [
        {
            "condition": _describe(leaf),
            "actual": None,
            "expected": _expected(leaf, subject.access),
            "holds": None,
        }
        for leaf in leaves
    ]
    if row is None:
        return told
    values = await _evaluate(connection, subject, leaves, row, before)
    for number, each in enumerate(told):
        each["holds"] = values[f"h{number}"] is True
        each["actual"] = values[f"a{number}"]
    return told


async def _evaluate(
    connection: Any,
    subject: Subject,
    leaves: Sequence[Bound],
    row: Mapping[str, Any],
    before: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    """By leaf ``h<n>`` whether it holds, and ``a<n>`` what the record has."""
    compiled = compile_leaves(subject.collection, subject.catalog, leaves)
    documents = [dump_json([dict(each or {})]).encode() for each in (row, before)]
    context = Context(subject.access.variables)
    found = await connection.fetch(compiled.text, *resolve(compiled.sources, documents, context))
    values: Mapping[str, Any] = parse_json(found[0][0])
    return values


def _leaves(bound: Bound) -> Iterator[Bound]:
    """The parts that must each hold."""
    if isinstance(bound, BoundAll):
        for item in bound.items:
            yield from _leaves(item)
    else:
        yield bound


def _describe(bound: Bound) -> str:
    """``author eq $user.id``: a condition in words."""
    if isinstance(bound, Test):
        path = "__".join((bound.field.name, *bound.json_path))
        return f"{path} {bound.operator} {_operand_text(bound)}"
    if isinstance(bound, Exists):
        if bound.item is None:
            return f"{bound.field.name} isnull false"
        leaves = (_describe(item) for item in _leaves(bound.item))
        return " and ".join(f"{bound.field.name}__{leaf}" for leaf in leaves)
    if isinstance(bound, BoundNot | Unless):
        return f"not ({_describe(bound.item)})"
    word = " or " if isinstance(bound, BoundAny) else " and "
    return f"({word.join(_describe(item) for item in bound.items)})" if bound.items else "never"


def _operand_text(test: Test) -> str:
    operand = test.operand
    if isinstance(operand, Variable):
        return f"${operand.name}"
    if isinstance(operand, Reference):
        return f"${operand.row}.{operand.field}"
    return dump_json(operand.value if isinstance(operand, Literal) else operand)


def _expected(bound: Bound, access: Access) -> Any:
    """What is asked for, with variables replaced; None where there is no one value."""
    if isinstance(bound, Exists):
        return None if bound.item is None else _expected(bound.item, access)
    if isinstance(bound, BoundNot | Unless):
        return _expected(bound.item, access)
    if isinstance(bound, BoundAll | BoundAny):
        return [_expected(item, access) for item in bound.items]
    operand = bound.operand
    if isinstance(operand, Variable):
        return access.variables.get(operand.name)
    if isinstance(operand, Reference):
        return f"${operand.row}.{operand.field}"
    return operand.value if isinstance(operand, Literal) else operand
