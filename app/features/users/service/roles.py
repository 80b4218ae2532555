"""The roles that a project's users may hold: a role that is held, or built upon, stays."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.api.services import Services
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.compile_users import count_role_holders
from app.engine.identity.principal import Caller
from app.features.users.models import Role
from app.features.users.schemas import RoleCreate, RoleRead, RoleUpdate
from app.features.users.service.errors import (
    RoleExistsError,
    RoleInUseError,
    RoleNotFoundError,
    UnknownRolesError,
)


async def list_roles(
    session: AsyncSession, caller: Caller, paging: Paging
) -> tuple[Sequence[Any], PageInfo]:
    columns = [getattr(Role, name) for name in RoleRead.model_fields]
    query = select(*columns).where(Role.project_id == caller.project.id).order_by(Role.name)
    return await fetch_page(session, query, paging)


async def create_role(session: AsyncSession, caller: Caller, data: RoleCreate) -> Role:
    """Raises RoleExistsError."""
    statement = (
        insert(Role)
        .values(project_id=caller.project.id, name=data.name, description=data.description)
        .on_conflict_do_nothing()
        .returning(Role)
    )
    role = await session.scalar(statement)
    if role is None:
        raise RoleExistsError(data.name)
    _log(session, caller, "role.created", data.name)
    return role


async def update_role(session: AsyncSession, caller: Caller, name: str, data: RoleUpdate) -> Role:
    """Change the description; a name stays, because policies say it. Raises RoleNotFoundError."""
    role = await session.get(Role, (caller.project.id, name), with_for_update=True)
    if role is None:
        raise RoleNotFoundError(name)
    role.description = data.description
    _log(session, caller, "role.updated", name)
    await session.flush()
    await session.refresh(role)
    return role


async def delete_role(session: AsyncSession, services: Services, caller: Caller, name: str) -> None:
    """Raises RoleNotFoundError, RoleInUseError."""
    # The lock waits for those who are giving the role to somebody, and they for it.
    role = await session.get(Role, (caller.project.id, name), with_for_update=True)
    if role is None:
        raise RoleNotFoundError(name)
    await _check_unused(services, caller, name)
    await session.delete(role)
    _log(session, caller, "role.deleted", name)


async def check_roles_exist(
    session: AsyncSession, project_id: UUID, names: Iterable[str]
) -> list[str]:
    """The names, each once; their roles stay until the session ends. Raises UnknownRolesError."""
    wanted = list(dict.fromkeys(names))
    query = select(Role.name).where(Role.project_id == project_id, Role.name.in_(wanted))
    found = set(await session.scalars(query.with_for_update(read=True))) if wanted else set()
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise UnknownRolesError(unknown)
    return wanted


async def _check_unused(services: Services, caller: Caller, name: str) -> None:
    pools = await services.database.placement(caller.project.id)
    held = await pools.owner.fetchval(count_role_holders(caller.project.schema), name)
    if held:
        raise RoleInUseError(f"{held} of the project's users hold the role {name!r}.")
    for feature in services.features:
        for use in feature.role_uses:
            reason = await use(services, caller.project.id, name)
            if reason is not None:
                raise RoleInUseError(reason)


def _log(session: AsyncSession, caller: Caller, action: str, name: str) -> None:
    actor, project_id = caller.principal.actor, caller.project.id
    append_control_entry(session, actor, action, project_id=project_id, target=name)
