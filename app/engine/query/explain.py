"""Why somebody may, or may not: the decision itself, and each policy's part in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.db import Database
from app.core.errors import BackendifyError, InvalidError
from app.core.json_text import dump_json, parse_json
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.args import Args, resolve
from app.engine.conditions.bind import (
    Bound,
    BoundAll,
    BoundAny,
    BoundNot,
    Exists,
    Test,
    Unless,
)
from app.engine.conditions.compile import Scope, compile_condition
from app.engine.conditions.tree import Context, Literal, Reference, Variable
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import Rules, has_scope
from app.engine.policy.bound import BoundPolicy
from app.engine.policy.model import Access, Action
from app.engine.query.bodies import named_fields
from app.engine.query.compile_explain import compile_leaves, compile_stored
from app.engine.query.defaults import Author
from app.engine.query.rehearsal import Operation, Outcome, Rehearsal
from app.engine.query.values import parse_changes, parse_new

_ROWS_AFTER = frozenset({"create", "update"})


class NoRecordError(InvalidError):
    """The record to explain is not there."""

    code = "policy_explain_record"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``data`` is the body of a create or update, ``record_id`` the record."""

    collection: str
    action: Action
    record_id: str | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks for what: the ground of one explanation."""

    caller: Caller
    access: Access
    rules: Rules
    catalog: Catalog
    collection: Collection
    action: Action


async def explain(
    database: Database, caller: Caller, catalog: Catalog, rules: Rules, wanted: Question
) -> dict[str, Any]:
    """The decision for a caller, with every policy that speaks of them and its conditions."""
    collection = catalog.find_collection(wanted.collection)
    if collection is None:
        raise InvalidError(f"There is no collection {wanted.collection!r}.")
    subject = Subject(caller, rules.access(caller), rules, catalog, collection, wanted.action)
    pools = await database.placement(catalog.project_id)
    async with pools.data.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            rehearsal = Rehearsal(connection, catalog, rules)
            outcome = await rehearsal.attempt(caller, _operation(wanted))
            if wanted.action == "list" and wanted.record_id is not None and not outcome.records:
                outcome = replace(outcome, allowed=False)  # a list that leaves the record out
            before, after = await _rows(connection, subject, wanted)
            told = [each async for each in _policies(connection, subject, before, after)]
        finally:
            await transaction.rollback()
    return {
        "allowed": outcome.allowed,
        "reason": _reason(subject, outcome, told),
        "error": outcome.error,
        "policies": told,
        "predicate_sql": predicate_sql(subject),
        "fields": _fields(subject),
    }


def predicate_sql(subject: Subject) -> str | None:
    """The condition that is merged into the statement; None where nothing allows the action."""
    grant = subject.access.find(subject.collection, subject.action)
    if grant is None:
        return None
    conditions = [grant.rows] if subject.action in {"list", "read"} else []
    if not conditions:
        guard = grant.guard()
        conditions = [guard.rows, *(rule.check for rule in guard.rules)]
        denied = [d.before or d.after for d in guard.denials]
        conditions += [Unless(each) for each in denied if each is not None]
    scope = Scope(subject.catalog, Args(), aliases={"old": "o", "record": "t"})
    parts = [compile_condition(each, "t", scope) for each in conditions if each is not None]
    return " AND ".join(dict.fromkeys(parts)) or "true"


def _operation(wanted: Question) -> Operation:
    """Without a record or data the question is whether the action is possible at all."""
    return Operation(
        action=wanted.action,
        collection=wanted.collection,
        record_id=wanted.record_id,
        data=wanted.data,
        where=None if wanted.record_id is None else {"id": wanted.record_id},
    )


async def _rows(
    connection: Any, subject: Subject, wanted: Question
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The record before and after, by column, as JSON; None where there is none."""
    before = None
    if wanted.record_id is not None and wanted.action != "create":
        before = await _stored(connection, subject, str(wanted.record_id))
    if wanted.action not in _ROWS_AFTER or wanted.data is None:
        return before, before
    grant = subject.access.find(subject.collection, subject.action)
    if grant is None:
        return before, None
    grant = grant.ways(named_fields(subject.collection, (wanted.data,)))[0]
    author = Author(subject.caller.principal.id, subject.access.variables)
    parse = parse_new if wanted.action == "create" else parse_changes
    try:
        record = parse(wanted.data, subject.collection, subject.catalog, grant, author=author)
    except BackendifyError:
        return before, None
    columns = subject.collection.by_column
    given = {
        column: None if value is None else field_type(columns[column]).to_json(value)
        for column, value in record.columns.items()
    }
    return before, {**(before or {}), **given}


async def _stored(connection: Any, subject: Subject, record_id: str) -> Mapping[str, Any]:
    key = subject.collection.fields["id"]
    try:
        value = field_type(key).parse_text(key, record_id)
    except ValueError:
        value = None
    text = compile_stored(subject.collection, subject.catalog)
    rows = await connection.fetch(text, value) if value is not None else []
    if not rows:
        raise NoRecordError("There is no such record to explain.")
    record: Mapping[str, Any] = parse_json(rows[0][0])
    return record


async def _policies(
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
    if action in _ROWS_AFTER and check is not None:
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
            "condition": describe(leaf),
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


def describe(bound: Bound) -> str:
    """``author eq $user.id``: a condition in words."""
    if isinstance(bound, Test):
        path = "__".join((bound.field.name, *bound.json_path))
        return f"{path} {bound.operator} {_operand_text(bound)}"
    if isinstance(bound, Exists):
        if bound.item is None:
            return f"{bound.field.name} isnull false"
        return " and ".join(f"{bound.field.name}__{describe(item)}" for item in _leaves(bound.item))
    if isinstance(bound, BoundNot | Unless):
        return f"not ({describe(bound.item)})"
    word = " or " if isinstance(bound, BoundAny) else " and "
    return f"({word.join(describe(item) for item in bound.items)})" if bound.items else "never"


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


def _fields(subject: Subject) -> list[str] | None:
    grant = subject.access.find(subject.collection, subject.action)
    if grant is None or grant.fields is None:
        return None if grant is not None else []
    return [f.name for f in subject.collection.fields.values() if f.id in grant.fields]


def _reason(subject: Subject, outcome: Outcome, told: Sequence[Mapping[str, Any]]) -> str:
    caller = subject.caller
    if outcome.allowed:
        names = [each["name"] for each in told if each["effect"] == "allow" and each["allowed"]]
        return f"allowed by {', '.join(map(repr, names))}" if names else _standing(subject)
    denied = [e["name"] for e in told if e["effect"] == "deny" and e["allowed"] is False]
    if denied:
        return f"denied by {', '.join(map(repr, denied))}"
    is_key = caller.principal.kind == "api_key"
    if is_key and not has_scope(caller.principal, subject.collection, subject.action):
        return "the key has no scope for it"
    if subject.access.find(subject.collection, subject.action) is None or not told:
        return "no policy allowed it"
    if outcome.error in {"record_not_found", "policy_check_failed", "policy_fields_refused"}:
        return "no policy allowed it"
    return outcome.detail or "no policy allowed it"


def _standing(subject: Subject) -> str:
    if subject.caller.role is not None:
        return f"allowed by the role {subject.caller.role!r} in the project"
    if subject.caller.principal.kind == "api_key":
        return "allowed by the key's scopes"
    return "allowed"
