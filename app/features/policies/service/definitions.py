"""Policies: kept, changed, taken away. Every change is tested, logged and announced."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from asyncpg import Record
from pydantic import ValidationError

from app.api.services import Services
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import insert_control_entry
from app.engine.identity.principal import Caller
from app.engine.policy.channels import find_guarded
from app.engine.policy.policy import ROLE, Policy
from app.engine.policy.store import policy_of
from app.features.policies import store
from app.features.policies.definition import make_policy, policy_to_json
from app.features.policies.errors import (
    PolicyNotFoundError,
)
from app.features.policies.schemas import (
    PolicyChange,
    PolicyRead,
    PolicyWrite,
    TemplateUse,
)
from app.features.policies.service.stored_tests import check_policies
from app.features.policies.templates import make_from_template

_OF_ROLE = """
SELECT name FROM backendify.policies
WHERE project_id = $1 AND $2 = ANY(principals) ORDER BY position, id LIMIT 1
"""


async def list_policies(
    services: Services, caller: Caller, collection: str | None
) -> list[PolicyRead]:
    """In the order in which they stand."""
    catalog = await services.catalogs.current(caller.project.id)
    found = find_guarded(catalog, collection) if collection is not None else None
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
            await check_policies(services, caller, connection, catalog)
    await services.policies.refresh(project_id)


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
