"""Organisations as requests and answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from app.api.schemas import DisplayName, Email, Moment, RequestBody

OrgRole = Literal["owner", "admin", "member"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class OrganisationsState(BaseModel):
    """Whether the project has the collections ``orgs`` and ``memberships``."""

    enabled: bool


class OrgCreate(RequestBody):
    name: DisplayName
    slug: Slug | None = None


class OrgUpdate(RequestBody):
    """What is left out stays as it is; null takes the slug away."""

    name: DisplayName | None = None
    slug: Slug | None = None


class OrgRead(BaseModel):
    """An organisation, and the role in it of whoever asks."""

    id: UUID
    name: str
    slug: str | None
    role: OrgRole
    created_at: Moment
    updated_at: Moment


class OrgMemberRead(BaseModel):
    """Who a member is beyond their id is for the policies of ``users`` to show."""

    user_id: UUID
    role: OrgRole
    created_at: Moment


class OrgMemberDetails(OrgMemberRead):
    """What members of the console see of an organisation's member."""

    email: str | None
    name: str | None


class OrgRoleChange(RequestBody):
    role: OrgRole


class OrgInvite(RequestBody):
    """``redirect_to`` is where the link in the mail leads: one of ``auth.redirect_urls``."""

    email: Email
    role: OrgRole = "member"
    redirect_to: Annotated[str, StringConstraints(max_length=2000)] | None = None


class OrgInvitationAccept(RequestBody):
    token: Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class OrgInvitationAccepted(BaseModel):
    """The same whether or not the address has an account: what is due comes by mail."""

    accepted: Literal[True] = True
