"""Members and invitations as requests and answers."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.api.schemas import Email, Moment, RequestBody
from app.engine.identity.principal import MemberRole


class MemberAdd(RequestBody):
    email: Email
    role: MemberRole


class RoleChange(RequestBody):
    role: MemberRole


class MemberRead(BaseModel):
    """``id`` is the admin's."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str | None
    role: MemberRole
    created_at: Moment


class InvitationRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: MemberRole
    invited_by: UUID | None
    created_at: Moment
    expires_at: Moment


class InvitationCreated(InvitationRead):
    """``token`` is shown this once: pass it on to the one you invite."""

    token: str


class MemberAdded(BaseModel):
    """Whoever has an account is a member at once; anyone else is invited."""

    status: Literal["added", "invited"]
    member: MemberRead | None = None
    invitation: InvitationCreated | None = None


class Membership(BaseModel):
    """What accepting an invitation led to."""

    project_id: UUID
    role: MemberRole
