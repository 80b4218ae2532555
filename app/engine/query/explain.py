"""Why somebody may, or may not: the decision itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.db import Database
from app.core.errors import BackendifyError, InvalidError
from app.core.json_text import parse_json
from app.core.pools import Pools
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog
from app.engine.conditions.args import Args
from app.engine.conditions.bind import (
    Unless,
)
from app.engine.conditions.compile import Scope, compile_condition
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import Rules, has_scope
from app.engine.policy.channels import CHANNELS, FORBIDDEN, find_guarded, may_use, row_of
from app.engine.policy.model import Action
from app.engine.query.bodies import named_fields
from app.engine.query.compile_explain import compile_stored
from app.engine.query.defaults import Author
from app.engine.query.explain_policies import ROWS_AFTER, Subject, judged_policies
from app.engine.query.rehearsal import Operation, Outcome, Rehearsal
from app.engine.query.values import parse_changes, parse_new

_DEPENDS: Mapping[str | None, str] = {
    "record": "it depends on the record",
    "data": "it depends on the data",
}


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


async def explain(
    database: Database, caller: Caller, catalog: Catalog, rules: Rules, wanted: Question
) -> dict[str, Any]:
    """The decision for a caller, with every policy that speaks of them and its conditions."""
    collection = find_guarded(catalog, wanted.collection)
    if collection is None:
        raise InvalidError(f"There is no collection {wanted.collection!r}.")
    subject = Subject(caller, rules.access(caller), rules, catalog, collection, wanted.action)
    pools = await database.placement(catalog.project_id)
    if collection is CHANNELS:
        return await _explain_channel(pools, subject, wanted)
    async with pools.data.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            rehearsal = Rehearsal(connection, catalog, rules)
            outcome = await rehearsal.attempt(caller, _operation(wanted))
            if wanted.action == "list" and wanted.record_id is not None and not outcome.records:
                outcome = replace(outcome, allowed=False)  # a list that leaves the record out
            before, after = await _rows(connection, subject, wanted)
            told = [each async for each in judged_policies(connection, subject, before, after)]
        finally:
            await transaction.rollback()
    return _answer(subject, wanted, outcome, told)


async def _explain_channel(pools: Pools, subject: Subject, wanted: Question) -> dict[str, Any]:
    """``data`` names the topic; without one the question is whether any could be allowed."""
    topic = (wanted.data or {}).get("topic")
    row = row_of(topic) if isinstance(topic, str) else None
    if row is None or topic is None:
        allowed = subject.access.find(subject.collection, subject.action) is not None
    else:
        allowed = may_use(subject.access, subject.action, topic)
    async with pools.data.acquire() as connection:
        told = [each async for each in judged_policies(connection, subject, row, row)]
    outcome = Outcome(allowed, error=None if allowed else FORBIDDEN)
    return _answer(subject, wanted, outcome, told)


def _answer(
    subject: Subject, wanted: Question, outcome: Outcome, told: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """``allowed`` is None while the answer depends on what was not given: ``depends_on`` says on
    what."""
    lacking = _lacking(subject, wanted)
    decided = outcome if lacking is None else _without(told)
    depends_on = lacking if decided is None else None
    return {
        "allowed": None if decided is None else decided.allowed,
        "depends_on": depends_on,
        "reason": _reason(subject, decided, told) if decided else _DEPENDS[depends_on],
        "error": None if decided is None else decided.error,
        "policies": told,
        "predicate_sql": predicate_sql(subject),
        "fields": _fields(subject),
    }


def _lacking(subject: Subject, wanted: Question) -> str | None:
    """What no answer for all records can do without; None where nothing allows it anyway."""
    if wanted.action == "list" or subject.access.find(subject.collection, wanted.action) is None:
        return None
    if subject.collection is CHANNELS:
        return None if isinstance((wanted.data or {}).get("topic"), str) else "data"
    if wanted.action == "create":
        return "data" if wanted.data is None else None
    return "record" if wanted.record_id is None else None


def _without(told: Sequence[Mapping[str, Any]]) -> Outcome | None:
    """The answer that holds for whatever was not given; None where it depends on that."""
    allows = [each["allowed"] for each in told if each["effect"] == "allow"]
    denies = [each["allowed"] for each in told if each["effect"] == "deny"]
    if False in denies or (allows and set(allows) == {False}):
        return Outcome(allowed=False, error=FORBIDDEN)
    if None in denies or (None in allows and True not in allows):
        return None
    return Outcome(allowed=True)


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
    if wanted.action not in ROWS_AFTER or wanted.data is None:
        return before, before
    if wanted.action == "update" and before is None:
        return None, None
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
