"""What a member may do with other members, as it stands while they are at it."""

from dataclasses import replace
from typing import cast
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import ROLES
from app.engine.identity.principal import Caller, MemberRole
from app.engine.identity.projects import ProjectNotFoundError
from app.features.team.errors import RoleBeyondOwnError
from app.features.team.models import Member

_LOCK_PROJECT = text("SELECT FROM backendify.projects WHERE id = :id FOR NO KEY UPDATE")


async def lock_members(session: AsyncSession, project_id: UUID) -> None:
    """One change of a project's members and invitations at a time: two owners must not demote each
    other at once, and nobody acts by a role that is being taken from them."""
    await session.execute(_LOCK_PROJECT, {"id": project_id})


async def hold_standing(session: AsyncSession, caller: Caller) -> Caller:
    """The caller with the role they hold now, which stays theirs until the transaction ends.

    Raises ProjectNotFoundError, as to anybody who is no member.
    """
    await lock_members(session, caller.project.id)
    role = await find_role(session, caller.project.id, caller.principal.id)
    if role is None:
        raise ProjectNotFoundError
    return replace(caller, role=role)


async def find_role(
    session: AsyncSession, project_id: UUID, admin_id: UUID | None
) -> MemberRole | None:
    """A member's role; None for somebody who is none."""
    held = select(Member.role).where(Member.project_id == project_id, Member.admin_id == admin_id)
    return cast(MemberRole | None, await session.scalar(held))


def check_may_grant(caller: Caller, role: MemberRole) -> None:
    """Raises RoleBeyondOwnError."""
    if caller.role is None or not may_grant(caller.role, role):
        raise RoleBeyondOwnError(role)


def may_grant(own: MemberRole, role: MemberRole) -> bool:
    """Only those who manage members may give a role, and none above their own."""
    return ROLES.index(own) >= max(ROLES.index("admin"), ROLES.index(role))
