"""Policies: kept, changed, tested, explained. Every change is logged and announced."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from asyncpg import Record
from pydantic import ValidationError

from app.api.services import Services
from app.core.ids import uuid7
from app.core.json_text import parse_json
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import insert_control_entry
from app.engine.identity.principal import Caller, Principal, Scope
from app.engine.policy.authorize import Rules
from app.engine.policy.policy import ROLE, Policy, PolicySet
from app.engine.policy.store import policy_of
from app.engine.query.explain import Question
from app.engine.query.explain import explain as explain_decision
from app.features.policies import store
from app.features.policies.cases import Case, run_cases
from app.features.policies.definition import make_policy, policy_to_json
from app.features.policies.errors import (
    PolicyNotFoundError,
    PolicyTestNotFoundError,
    PolicyTestsFailedError,
)
from app.features.policies.lint import lint
from app.features.policies.matrix import access_matrix
from app.features.policies.schemas import (
    ExplainRequest,
    Finding,
    PolicyChange,
    PolicyRead,
    PolicyTestRead,
    PolicyTestWrite,
    PolicyWrite,
    TemplateUse,
    TestOutcome,
    TestReport,
    TestRun,
)
from app.features.policies.subjects import caller_as
from app.features.policies.templates import make_from_template

MOST_KEYS = 50
_KEYS = "SELECT id, scopes FROM backendify.api_keys WHERE project_id = $1 ORDER BY id LIMIT $2"
_OF_ROLE = """
SELECT name FROM backendify.policies
WHERE project_id = $1 AND $2 = ANY(principals) ORDER BY position, id LIMIT 1
"""
_ROLES = "SELECT name FROM backendify.roles WHERE project_id = $1 ORDER BY name"


async def list_policies(
    services: Services, caller: Caller, collection: str | None
) -> list[PolicyRead]:
    """In the order in which they stand."""
    catalog = await services.catalogs.current(caller.project.id)
    found = catalog.find_collection(collection) if collection is not None else None
    if collection is not None and found is None:
        return []
    rows = await store.list_policies(
        services.database.owner, caller.project.id, found.id if found else None
    )
    shown = (_shown(row, catalog) for row in rows)
    return [each for each in shown if each is not None]


async def get_policy(services: Services, caller: Caller, policy_id: UUID) -> PolicyRead:
    row = await store.find_policy(services.database.owner, caller.project.id, policy_id)
    catalog = await services.catalogs.current(caller.project.id)
    shown = None if row is None else _shown(row, catalog)
    if shown is None:
        raise PolicyNotFoundError
    return shown


async def create_policies(
    services: Services,
    caller: Caller,
    wanted: Sequence[PolicyWrite],
    *,
    force: bool = False,
    request_id: str | None = None,
) -> list[PolicyRead]:
    """Add policies, all or none. Raises InvalidPolicyError, PolicyTestsFailedError."""
    catalog = await services.catalogs.refresh(caller.project.id)
    made: list[UUID] = []

    async def write(connection: store.Conn) -> None:
        position = await store.next_position(connection, caller.project.id)
        for number, data in enumerate(wanted):
            place = position + 10 * number if data.position is None else data.position
            policy = make_policy(data, catalog, uuid7(), place)
            await store.insert_policy(
                connection,
                caller.project.id,
                policy,
                enabled=data.enabled,
                description=data.description,
            )
            made.append(policy.id)
            await _log(connection, caller, "policy.created", policy, request_id)

    await _change(services, caller, catalog, write, force=force)
    return [await get_policy(services, caller, policy_id) for policy_id in made]


async def update_policy(
    services: Services,
    caller: Caller,
    policy_id: UUID,
    change: PolicyChange,
    *,
    force: bool = False,
    request_id: str | None = None,
) -> PolicyRead:
    """Replace what the change names. Raises InvalidPolicyError, PolicyTestsFailedError."""
    catalog = await services.catalogs.refresh(caller.project.id)

    async def write(connection: store.Conn) -> None:
        row = await store.find_policy(connection, caller.project.id, policy_id)
        shown = None if row is None else _shown(row, catalog)
        if shown is None:
            raise PolicyNotFoundError
        merged = _merged(shown, change)
        policy = make_policy(merged, catalog, policy_id, merged.position or 0)
        await store.update_policy(
            connection,
            caller.project.id,
            policy,
            enabled=merged.enabled,
            description=merged.description,
        )
        await _log(connection, caller, "policy.updated", policy, request_id)

    await _change(services, caller, catalog, write, force=force)
    return await get_policy(services, caller, policy_id)


async def delete_policy(
    services: Services,
    caller: Caller,
    policy_id: UUID,
    *,
    force: bool = False,
    request_id: str | None = None,
) -> None:
    """Take a policy away. Raises PolicyNotFoundError, PolicyTestsFailedError."""
    catalog = await services.catalogs.refresh(caller.project.id)

    async def write(connection: store.Conn) -> None:
        row = await store.find_policy(connection, caller.project.id, policy_id)
        if row is None:
            raise PolicyNotFoundError
        await store.delete_policy(connection, caller.project.id, policy_id)
        await _log(connection, caller, "policy.deleted", policy_of(row), request_id)

    await _change(services, caller, catalog, write, force=force)


async def use_template(
    services: Services, caller: Caller, name: str, use: TemplateUse, request_id: str | None
) -> list[PolicyRead]:
    """Make the policies of a template."""
    catalog = await services.catalogs.refresh(caller.project.id)
    wanted = make_from_template(name, use, catalog)
    return await create_policies(services, caller, wanted, request_id=request_id)


async def create_default_policies(connection: store.Conn, project_id: UUID) -> None:
    """What a new project begins with: users see their own record, and change their name."""
    own = {"#id": "$user.#id"}
    read = Policy(
        uuid7(), "users see themselves", "sys_users", frozenset({"list", "read"}), ("app_user",),
        where=own, position=10,
    )  # fmt: skip
    rename = Policy(
        uuid7(), "users change their name", "sys_users", frozenset({"update"}), ("app_user",),
        where=own, fields=("sys_users_name",), position=20,
    )  # fmt: skip
    for policy in (read, rename):
        await store.insert_policy(connection, project_id, policy)


async def insert_policies(
    connection: store.Conn,
    caller: Caller,
    wanted: Sequence[Policy],
    request_id: str | None = None,
) -> None:
    """Add a feature's policies behind those there are, in the transaction that makes what they
    are about. After it ``services.policies`` is to be refreshed."""
    project_id = caller.project.id
    await store.lock_policies(connection, project_id)
    first = await store.next_position(connection, project_id)
    for number, policy in enumerate(wanted):
        placed = replace(policy, position=first + 10 * number)
        await store.insert_policy(connection, project_id, placed)
        await _log(connection, caller, "policy.created", placed, request_id)
    await store.announce_policies(connection, project_id)


async def find_role_use(services: Services, project_id: UUID, role: str) -> str | None:
    """Which policy is built on a role, as a sentence; None where none is."""
    name = await services.database.owner.fetchval(_OF_ROLE, project_id, f"{ROLE}{role}")
    return None if name is None else f"The policy {name!r} speaks of the role {role!r}."


async def explain(services: Services, caller: Caller, wanted: ExplainRequest) -> dict[str, Any]:
    """Why somebody may, or may not."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    subject = await caller_as(wanted.as_, services.database, caller.project, catalog)
    record_id = None if wanted.record_id is None else str(wanted.record_id)
    question = Question(wanted.collection, wanted.action, record_id, wanted.data)
    return await explain_decision(services.database, subject, catalog, rules, question)


async def matrix(services: Services, caller: Caller) -> dict[str, Any]:
    """Who may do what."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    owner = services.database.owner
    rows = await owner.fetch(_KEYS, caller.project.id, MOST_KEYS)
    keys = [Principal("api_key", row["id"], scopes=_scopes(row["scopes"])) for row in rows]
    return access_matrix(rules, catalog, caller.project, keys, await _roles(services, caller))


async def list_findings(services: Services, caller: Caller) -> list[Finding]:
    """What the linter says."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    return lint(rules, catalog, await _roles(services, caller))


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
    """Store a test, or replace one. Raises PolicyTestNotFoundError."""
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
    return _test_read(row)


async def delete_test(
    services: Services, caller: Caller, test_id: UUID, request_id: str | None = None
) -> None:
    async with services.database.owner.acquire() as connection, connection.transaction():
        if not await store.delete_test(connection, caller.project.id, test_id):
            raise PolicyTestNotFoundError
        await _log_test(connection, caller, "policy_test.deleted", test_id, request_id)


async def run_tests(services: Services, caller: Caller, run: TestRun) -> TestReport:
    """Run the stored tests and those given; nothing of them is kept."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    cases: list[Case] = [(None, test) for test in run.tests]
    if run.stored:
        cases = await _stored_cases(services.database.owner, caller.project.id) + cases
    pools = await services.database.placement(caller.project.id)
    async with pools.data.acquire() as connection:
        outcomes = await run_cases(services, connection, caller.project, catalog, rules, cases)
    passed = sum(outcome.passed for outcome in outcomes)
    return TestReport(passed=passed, failed=len(outcomes) - passed, results=outcomes)


async def check_schema_change(
    services: Services, caller: Caller, connection: store.Conn, catalog: Catalog
) -> None:
    """Run the stored tests against a schema that is about to be committed on this connection.

    Raises PolicyTestsFailedError.
    """
    cases = await _stored_cases(connection, caller.project.id)
    if cases:
        policies = await store.enabled_policies(connection, caller.project.id)
        rules = Rules(PolicySet(caller.project.id, 0, policies), catalog)
        outcomes = await run_cases(services, connection, caller.project, catalog, rules, cases)
        _refuse_failures(outcomes)


async def _change(
    services: Services,
    caller: Caller,
    catalog: Catalog,
    write: Callable[[store.Conn], Any],
    *,
    force: bool,
) -> None:
    """Change policies in one transaction that the stored tests may refuse; then use them."""
    project_id = caller.project.id
    async with services.database.owner.acquire() as connection, connection.transaction():
        await store.lock_policies(connection, project_id)
        await write(connection)
        await store.announce_policies(connection, project_id)
        if not force:
            await _check_tests(services, caller, connection, catalog)
    await services.policies.refresh(project_id)


async def _check_tests(
    services: Services, caller: Caller, connection: store.Conn, catalog: Catalog
) -> None:
    cases = await _stored_cases(connection, caller.project.id)
    if not cases:
        return
    policies = await store.enabled_policies(connection, caller.project.id)
    rules = Rules(PolicySet(caller.project.id, 0, policies), catalog)
    pools = await services.database.placement(caller.project.id)
    async with pools.data.acquire() as data:
        outcomes = await run_cases(services, data, caller.project, catalog, rules, cases)
    _refuse_failures(outcomes)


def _refuse_failures(outcomes: Sequence[TestOutcome]) -> None:
    failures = [outcome for outcome in outcomes if not outcome.passed]
    if failures:
        raise PolicyTestsFailedError([each.model_dump(mode="json") for each in failures])


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


def _shown(row: Record, catalog: Catalog) -> PolicyRead | None:
    told = policy_to_json(policy_of(row), catalog)
    own = ("enabled", "description", "created_at", "updated_at")
    return None if told is None else PolicyRead(**told, **{name: row[name] for name in own})


def _merged(shown: PolicyRead, change: PolicyChange) -> PolicyWrite:
    """What a policy will be; members that are not given stay, and null takes away."""
    known = shown.model_dump(include=set(PolicyWrite.model_fields))
    given = {name: getattr(change, name) for name in change.model_fields_set}
    kept = {name for name, value in given.items() if value is None and name not in _NULLABLE}
    for name in kept:
        del given[name]
    try:
        return PolicyWrite.model_validate(known | given)
    except ValidationError:  # pragma: no cover - both halves were valid
        raise PolicyNotFoundError from None


_NULLABLE = {"where", "check", "fields", "description"}


async def _roles(services: Services, caller: Caller) -> list[str]:
    rows = await services.database.owner.fetch(_ROLES, caller.project.id)
    return [row["name"] for row in rows]


def _scopes(stored: Sequence[str]) -> tuple[Scope, ...]:
    return tuple(Scope(*each.rsplit(":", 1)) for each in stored)


async def _log(
    connection: store.Conn, caller: Caller, action: str, policy: Policy, request_id: str | None
) -> None:
    await insert_control_entry(
        connection,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(policy.id),
        detail={"name": policy.name, "collection": policy.collection, "effect": policy.effect},
        request_id=request_id,
    )


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
