"""What the console's sign-in takes and answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.api.schemas import DisplayName, Email, GivenPassword, Moment, NewPassword, RequestBody

Token = Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class Registration(RequestBody):
    """``invitation`` is the token of an invitation to a project."""

    email: Email
    password: NewPassword
    name: DisplayName | None = None
    invitation: Token | None = None


class Login(RequestBody):
    email: Email
    password: GivenPassword


class Refresh(RequestBody):
    refresh_token: Token


class ProfileUpdate(RequestBody):
    name: DisplayName | None


class PasswordChange(RequestBody):
    current_password: GivenPassword
    new_password: NewPassword


class AdminRead(BaseModel):
    """``is_owner``: whether they own the installation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str | None
    is_owner: bool
    created_at: Moment
    last_login_at: Moment | None


class SignedIn(BaseModel):
    """A pair of tokens; ``expires_in`` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    user: AdminRead
