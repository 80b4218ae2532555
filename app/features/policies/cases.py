"""Policy tests: ``as`` somebody ``do`` something, and ``expect`` an outcome."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.api.services import Services
from app.core.errors import BackendifyError
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller, Principal, Project
from app.engine.policy.authorize import Rules
from app.engine.query.rehearsal import Fixture, Operation, Outcome, Rehearsal
from app.features.policies.schemas import Expectation, PolicyTestWrite, TestOutcome
from app.features.policies.subjects import caller_as

Case = tuple[UUID | None, PolicyTestWrite]


async def run_cases(
    services: Services,
    connection: Any,
    project: Project,
    catalog: Catalog,
    rules: Rules,
    cases: Sequence[Case],
) -> list[TestOutcome]:
    """Run each case on the connection, in a transaction of its own that is taken back."""
    return [
        await _run(services, connection, project, catalog, rules, case_id, case)
        for case_id, case in cases
    ]


async def _run(
    services: Services,
    connection: Any,
    project: Project,
    catalog: Catalog,
    rules: Rules,
    case_id: UUID | None,
    case: PolicyTestWrite,
) -> TestOutcome:
    transaction = connection.transaction()
    await transaction.start()
    try:
        rehearsal = Rehearsal(connection, catalog, rules)
        given = [Fixture(each.collection, each.data, each.ref) for each in case.given]
        await rehearsal.give(_system(project), given)
        subject = case.as_
        if subject.user is not None:
            user = rehearsal.resolved(subject.user)
            subject = subject.model_copy(update={"user": user})
        caller = await caller_as(subject, services.database, project, catalog)
        outcome = await rehearsal.attempt(caller, Operation(**case.do.model_dump()))
        wanted = rehearsal.resolved(case.expect.records)
    except BackendifyError as error:
        faults = "; ".join(f"{each.pointer}: {each.message}" for each in error.errors)
        said = f"{error.detail} {faults}".strip()
        return TestOutcome(id=case_id, name=case.name, passed=False, message=said, got={})
    finally:
        await transaction.rollback()
    got = _got(outcome, case.expect)
    message = _difference(case.expect.model_copy(update={"records": wanted}), got)
    return TestOutcome(id=case_id, name=case.name, passed=message is None, message=message, got=got)


def _system(project: Project) -> Caller:
    """Whoever lays out what a test is given."""
    return Caller(Principal("admin_user", uuid7()), project, "owner")


def _got(outcome: Outcome, expected: Expectation) -> dict[str, Any]:
    got: dict[str, Any] = {"allowed": outcome.allowed}
    if outcome.error is not None:
        got |= {"error": outcome.error, "detail": outcome.detail}
    if outcome.allowed:
        got["count"] = len(outcome.records)
    if expected.fields is not None and outcome.records:
        got["fields"] = sorted(_shown(outcome.records))
    if expected.records is not None:
        got["records"] = [record.get("id") for record in outcome.records]
    return got


def _shown(records: Sequence[Mapping[str, Any]]) -> set[str]:
    """The fields that some record has a value for: a masked one has none."""
    return {name for record in records for name, value in record.items() if value is not None}


def _difference(expected: Expectation, got: Mapping[str, Any]) -> str | None:
    """What is not as expected, in a sentence."""
    if got["allowed"] is not expected.allowed:
        return "It was allowed." if got["allowed"] else f"It was refused: {got.get('detail')}"
    if expected.error is not None and got.get("error") != expected.error:
        return f"The error was {got.get('error')!r}, not {expected.error!r}."
    if expected.count is not None and got.get("count") != expected.count:
        return f"{got.get('count')} records were seen, not {expected.count}."
    if expected.fields is not None and got.get("fields") != sorted(set(expected.fields)):
        return f"The fields were {got.get('fields')}, not {sorted(set(expected.fields))}."
    if expected.records is not None and _texts(got["records"]) != _texts(expected.records):
        return "Other records were seen."
    return None


def _texts(values: Sequence[Any]) -> list[str]:
    return sorted(map(str, values))
