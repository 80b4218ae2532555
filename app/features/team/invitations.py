"""Invitations: a role offered to an e-mail address, taken up once by whoever proves the token.

The token is shown to the inviter; only its hash is kept. It is good for an account with the
invited address and for no other.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.core.clock import utc_now
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.access import announce_access_change
from app.engine.identity.principal import Caller, MemberRole, Principal
from app.engine.identity.tokens import InvalidTokenError
from app.features.team.errors import InvitationNotFoundError
from app.features.team.models import Invitation, Member
from app.features.team.schemas import InvitationCreated, InvitationRead, Membership
from app.features.team.standing import (
    check_may_grant,
    find_role,
    hold_standing,
    lock_members,
    may_grant,
)

LIFE: Final = timedelta(days=7)

_PENDING = (
    Invitation.accepted_at.is_(None),
    Invitation.revoked_at.is_(None),
    Invitation.expires_at > func.now(),
)


async def invite(
    session: AsyncSession, caller: Caller, email: str, role: MemberRole
) -> InvitationCreated:
    """Offer a role; an earlier offer to the same address is withdrawn.

    Raises RoleBeyondOwnError, ProjectNotFoundError.
    """
    check_may_grant(await hold_standing(session, caller), role)
    token = secrets.token_urlsafe(32)
    await _revoke(session, caller.project.id, Invitation.email == email)
    invitation = Invitation(
        project_id=caller.project.id,
        email=email,
        role=role,
        token_hash=_hash(token),
        invited_by=caller.principal.id,
        expires_at=utc_now() + LIFE,
    )
    session.add(invitation)
    await session.flush()
    await session.refresh(invitation)
    _log(session, caller.principal, "invitation.created", invitation)
    shown = InvitationRead.model_validate(invitation)
    return InvitationCreated(**shown.model_dump(), token=token)


async def list_invitations(
    session: AsyncSession, caller: Caller, paging: Paging
) -> tuple[Sequence[Any], PageInfo]:
    """Those still pending, the newest first."""
    columns = [getattr(Invitation, name) for name in InvitationRead.model_fields]
    query = (
        select(*columns)
        .where(Invitation.project_id == caller.project.id, *_PENDING)
        .order_by(Invitation.id.desc())
    )
    return await fetch_page(session, query, paging)


async def revoke_invitation(session: AsyncSession, caller: Caller, invitation_id: UUID) -> None:
    """Withdraw an offer. Raises InvitationNotFoundError."""
    revoked = await _revoke(session, caller.project.id, Invitation.id == invitation_id)
    if not revoked:
        raise InvitationNotFoundError
    _log(session, caller.principal, "invitation.revoked", revoked[0])


async def revoke_all_by(session: AsyncSession, project_id: UUID, admin_id: UUID) -> None:
    """Withdraw what an admin offered: their rights have changed."""
    await _revoke(session, project_id, Invitation.invited_by == admin_id)


async def check_invited(session: AsyncSession, token: str, email: str) -> None:
    """Whether the token was made for this address, used or not. Raises InvalidTokenError."""
    made = select(Invitation.id).where(
        Invitation.token_hash == _hash(token), Invitation.email == email
    )
    if await session.scalar(made) is None:
        raise InvalidTokenError("The invitation is not valid.")


async def accept_invitation(session: AsyncSession, token: str, principal: Principal) -> Membership:
    """Take up an offer, once. A member already keeps the role they have.

    Raises InvalidTokenError alike for a token that is unknown, used, withdrawn, expired, meant for
    another address, or whose inviter could not make the offer any more.
    """
    await _check_stands(session, token)
    accepted = await session.scalar(
        update(Invitation)
        .where(
            Invitation.token_hash == _hash(token), Invitation.email == principal.email, *_PENDING
        )
        .values(accepted_at=func.now())
        .returning(Invitation)
    )
    if accepted is None or principal.id is None:
        raise InvalidTokenError("The invitation is not valid.")
    await session.execute(
        insert(Member)
        .values(project_id=accepted.project_id, admin_id=principal.id, role=accepted.role)
        .on_conflict_do_nothing()
    )
    _log(session, principal, "invitation.accepted", accepted)
    await announce_access_change(session, principal.id)
    role = await session.scalar(
        select(Member.role).where(
            Member.project_id == accepted.project_id, Member.admin_id == principal.id
        )
    )
    return Membership.model_validate({"project_id": accepted.project_id, "role": role})


async def _check_stands(session: AsyncSession, token: str) -> None:
    """Hold the project's members, and see whether whoever invited may still give the role."""
    made = select(Invitation).where(Invitation.token_hash == _hash(token))
    invitation = await session.scalar(made)
    if invitation is None:
        raise InvalidTokenError("The invitation is not valid.")
    await lock_members(session, invitation.project_id)
    role = await find_role(session, invitation.project_id, invitation.invited_by)
    if role is None or not may_grant(role, cast(MemberRole, invitation.role)):
        raise InvalidTokenError("The invitation is not valid.")


async def _revoke(session: AsyncSession, project_id: UUID, which: Any) -> Sequence[Invitation]:
    revoked = await session.scalars(
        update(Invitation)
        .where(Invitation.project_id == project_id, which, *_PENDING)
        .values(revoked_at=func.now())
        .returning(Invitation)
    )
    return revoked.all()


def _log(session: AsyncSession, principal: Principal, action: str, invitation: Invitation) -> None:
    append_control_entry(
        session,
        principal.actor,
        action,
        project_id=invitation.project_id,
        target=str(invitation.id),
        detail={"email": invitation.email, "role": invitation.role},
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
