"""Members and their roles. Nobody gives or takes more than they hold; an owner always remains."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Subquery, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.access import announce_access_change
from app.engine.identity.admins import Admin, find_admin_by_email
from app.engine.identity.principal import Caller, MemberRole
from app.features.team import invitations
from app.features.team.errors import (
    LastOwnerError,
    MemberExistsError,
    MemberNotFoundError,
)
from app.features.team.models import Member
from app.features.team.schemas import MemberAdd, MemberAdded, MemberRead
from app.features.team.standing import check_may_grant, hold_standing

accept_invitation = invitations.accept_invitation
check_invited = invitations.check_invited


async def list_members(
    session: AsyncSession, caller: Caller, paging: Paging
) -> tuple[Sequence[Any], PageInfo]:
    query = _members(caller.project.id).order_by(Member.created_at, Member.admin_id)
    return await fetch_page(session, query, paging)


async def add_member(session: AsyncSession, caller: Caller, data: MemberAdd) -> MemberAdded:
    """Make an admin with this address a member, or invite whoever has it."""
    caller = await hold_standing(session, caller)
    check_may_grant(caller, data.role)
    admin = await find_admin_by_email(session, data.email)
    if admin is None:
        invitation = await invitations.invite(session, caller, data.email, data.role)
        return MemberAdded(status="invited", invitation=invitation)
    if not await insert_member(session, caller.project.id, admin.id, data.role):
        raise MemberExistsError
    _log(session, caller, "member.added", admin.id, role=data.role)
    await announce_access_change(session, admin.id)
    return MemberAdded(
        status="added", member=await _get_member(session, caller.project.id, admin.id)
    )


async def change_role(
    session: AsyncSession, caller: Caller, admin_id: UUID, role: MemberRole
) -> MemberRead:
    """Give a member another role. Raises MemberNotFoundError, LastOwnerError."""
    caller = await hold_standing(session, caller)
    check_may_grant(caller, role)
    member = await _find_member(session, caller, admin_id)
    check_may_grant(caller, cast(MemberRole, member.role))
    if member.role == "owner" and role != "owner":
        await _check_another_owner(session, caller.project.id)
    former, member.role = member.role, role
    await invitations.revoke_all_by(session, caller.project.id, admin_id)
    _log(session, caller, "member.role_changed", admin_id, role=role, former_role=former)
    await announce_access_change(session, admin_id)
    await session.flush()
    return await _get_member(session, caller.project.id, admin_id)


async def remove_member(session: AsyncSession, caller: Caller, admin_id: UUID) -> None:
    """Take a member out; anyone may leave. Raises MemberNotFoundError, LastOwnerError."""
    caller = await hold_standing(session, caller)
    member = await _find_member(session, caller, admin_id)
    if admin_id != caller.principal.id:
        check_may_grant(caller, cast(MemberRole, member.role))
    if member.role == "owner":
        await _check_another_owner(session, caller.project.id)
    await session.execute(
        delete(Member).where(Member.project_id == caller.project.id, Member.admin_id == admin_id)
    )
    await invitations.revoke_all_by(session, caller.project.id, admin_id)
    _log(session, caller, "member.removed", admin_id, former_role=member.role)
    await announce_access_change(session, admin_id)


async def insert_member(
    session: AsyncSession, project_id: UUID, admin_id: UUID, role: MemberRole
) -> bool:
    """Add the row; False if the admin is a member already, whose role stays as it is."""
    statement = (
        insert(Member)
        .values(project_id=project_id, admin_id=admin_id, role=role)
        .on_conflict_do_nothing()
        .returning(Member.admin_id)
    )
    return await session.scalar(statement) is not None


def memberships_of(admin_id: UUID) -> Subquery:
    """The projects an admin is a member of, as rows of ``project_id`` and ``role``."""
    return (
        select(Member.project_id, Member.role).where(Member.admin_id == admin_id).subquery("mine")
    )


async def _find_member(session: AsyncSession, caller: Caller, admin_id: UUID) -> Member:
    member = await session.get(Member, (caller.project.id, admin_id))
    if member is None:
        raise MemberNotFoundError
    return member


async def _check_another_owner(session: AsyncSession, project_id: UUID) -> None:
    owners = await session.scalar(
        select(func.count()).where(Member.project_id == project_id, Member.role == "owner")
    )
    if (owners or 0) < 2:
        raise LastOwnerError


async def _get_member(session: AsyncSession, project_id: UUID, admin_id: UUID) -> MemberRead:
    query = _members(project_id).where(Member.admin_id == admin_id)
    return MemberRead.model_validate((await session.execute(query)).one())


def _members(project_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Admin.id, Admin.email, Admin.name, Member.role, Member.created_at)
        .join(Member, Member.admin_id == Admin.id)
        .where(Member.project_id == project_id)
    )


def _log(session: AsyncSession, caller: Caller, action: str, admin_id: UUID, **detail: str) -> None:
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(admin_id),
        detail=detail,
    )
