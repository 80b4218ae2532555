"""Policy tests: kept, run, and asked before policies or the schema change."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from app.api.services import Services
from app.core.ids import uuid7
from app.core.json_text import parse_json
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import insert_control_entry
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import Rules
from app.engine.policy.policy import PolicySet
from app.features.policies import store
from app.features.policies.cases import Case, run_cases
from app.features.policies.errors import (
    PolicyTestNotFoundError,
    PolicyTestsFailedError,
)
from app.features.policies.schemas import (
    PolicyTestRead,
    PolicyTestWrite,
    TestOutcome,
    TestReport,
    TestRun,
)


async def list_tests(services: Services, caller: Caller) -> list[PolicyTestRead]:
    rows = await store.list_tests(services.database.owner, caller.project.id)
    return [_test_read(row) for row in rows]


async def put_test(
    services: Services,
    caller: Caller,
    data: PolicyTestWrite,
    test_id: UUID | None = None,
    request_id: str | None = None,
) -> PolicyTestRead:
    """Store a test, or replace one, and tell how it comes out. Raises PolicyTestNotFoundError."""
    definition = data.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"name"})
    async with services.database.owner.acquire() as connection, connection.transaction():
        if test_id is not None and not await _has_test(connection, caller, test_id):
            raise PolicyTestNotFoundError
        row = await store.put_test(
            connection, caller.project.id, test_id or uuid7(), data.name, definition
        )
        if row is None:
            raise PolicyTestNotFoundError
        action = "policy_test.created" if test_id is None else "policy_test.updated"
        await _log_test(connection, caller, action, row["id"], request_id)
    (result,) = await _outcomes(services, caller, [(row["id"], data)])
    return _test_read(row).model_copy(update={"result": result})


async def delete_test(
    services: Services, caller: Caller, test_id: UUID, request_id: str | None = None
) -> None:
    async with services.database.owner.acquire() as connection, connection.transaction():
        if not await store.delete_test(connection, caller.project.id, test_id):
            raise PolicyTestNotFoundError
        await _log_test(connection, caller, "policy_test.deleted", test_id, request_id)


async def run_tests(services: Services, caller: Caller, run: TestRun) -> TestReport:
    """Run the stored tests and those given; nothing of them is kept."""
    cases: list[Case] = [(None, test) for test in run.tests]
    if run.stored:
        cases = await _stored_cases(services.database.owner, caller.project.id) + cases
    outcomes = await _outcomes(services, caller, cases)
    passed = sum(outcome.passed for outcome in outcomes)
    return TestReport(passed=passed, failed=len(outcomes) - passed, results=outcomes)


async def passing_tests(services: Services, caller: Caller) -> frozenset[UUID]:
    """The stored tests that pass as things are: asked before a change holds any lock."""
    cases = await _stored_cases(services.database.owner, caller.project.id)
    outcomes = await _outcomes(services, caller, cases) if cases else []
    return frozenset(each.id for each in outcomes if each.passed and each.id is not None)


async def check_schema_change(
    services: Services,
    caller: Caller,
    connection: store.Conn,
    catalog: Catalog,
    passing: frozenset[UUID],
) -> None:
    """Run stored tests against a schema that is about to be committed on this connection.

    ``passing`` are those that pass so far: no other can be broken. Raises PolicyTestsFailedError.
    """
    stored = await _stored_cases(connection, caller.project.id)
    cases = [case for case in stored if case[0] in passing]
    if cases:
        policies = await store.enabled_policies(connection, caller.project.id)
        rules = Rules(PolicySet(caller.project.id, 0, policies), catalog)
        outcomes = await run_cases(services, connection, caller.project, catalog, rules, cases)
        _refuse_failures(outcomes, _MEND)


async def check_policies(
    services: Services, caller: Caller, connection: store.Conn, catalog: Catalog
) -> None:
    """Run the stored tests against policies that are about to be committed on this connection.

    What fails anyway is not broken by them. Raises PolicyTestsFailedError.
    """
    cases = await _stored_cases(connection, caller.project.id)
    if not cases:
        return
    policies = await store.enabled_policies(connection, caller.project.id)
    rules = Rules(PolicySet(caller.project.id, 0, policies), catalog)
    pools = await services.database.placement(caller.project.id)
    async with pools.data.acquire() as data:
        outcomes = await run_cases(services, data, caller.project, catalog, rules, cases)
    failing = [(case, told) for case, told in zip(cases, outcomes, strict=True) if not told.passed]
    if failing:
        now = await _outcomes(services, caller, [case for case, _ in failing])
        broken = [told for (_, told), was in zip(failing, now, strict=True) if was.passed]
        _refuse_failures(broken, _MEND_OR_FORCE)


_MEND = "Mend the change, or the tests: they are at …/policies/tests."
_MEND_OR_FORCE = f"{_MEND} force=true makes the change all the same."


def _refuse_failures(outcomes: Sequence[TestOutcome], hint: str) -> None:
    failures = [outcome for outcome in outcomes if not outcome.passed]
    if failures:
        raise PolicyTestsFailedError([each.model_dump(mode="json") for each in failures], hint)


async def _outcomes(services: Services, caller: Caller, cases: Sequence[Case]) -> list[TestOutcome]:
    """How tests come out with the schema and the policies that are in force."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    pools = await services.database.placement(caller.project.id)
    async with pools.data.acquire() as connection:
        return list(await run_cases(services, connection, caller.project, catalog, rules, cases))


async def _stored_cases(connection: Any, project_id: UUID) -> list[Case]:
    rows = await store.list_tests(connection, project_id)
    return [(row["id"], _test_write(row)) for row in rows]


def _test_write(row: Record) -> PolicyTestWrite:
    return PolicyTestWrite.model_validate({"name": row["name"], **parse_json(row["definition"])})


def _test_read(row: Record) -> PolicyTestRead:
    times = {name: row[name] for name in ("id", "name", "created_at", "updated_at")}
    return PolicyTestRead.model_validate({"given": [], **parse_json(row["definition"]), **times})


async def _has_test(connection: store.Conn, caller: Caller, test_id: UUID) -> bool:
    rows = await store.list_tests(connection, caller.project.id)
    return any(row["id"] == test_id for row in rows)


async def _log_test(
    connection: store.Conn, caller: Caller, action: str, test_id: UUID, request_id: str | None
) -> None:
    await insert_control_entry(
        connection,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(test_id),
        request_id=request_id,
    )
