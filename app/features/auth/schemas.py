"""What the console's sign-in takes and answers."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.api.schemas import DisplayName, Email, GivenPassword, Moment, NewPassword, RequestBody
from app.features.accounts.service.signing import TokenPair

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
    """Without a token where the browser keeps it."""

    refresh_token: Token | None = None


class ProfileUpdate(RequestBody):
    name: DisplayName | None


class PasswordChange(RequestBody):
    current_password: GivenPassword
    new_password: NewPassword


class PasswordForgotten(RequestBody):
    email: Email


class PasswordReset(RequestBody):
    """``token`` is the one that was mailed."""

    token: Token
    password: NewPassword


class Accepted(BaseModel):
    """The same whether or not there is an account: what is due comes by mail."""

    accepted: bool = True


class AdminRead(BaseModel):
    """``is_owner``: whether they own the installation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str | None
    is_owner: bool
    created_at: Moment
    last_login_at: Moment | None


class SignedIn(TokenPair):
    """A pair of tokens, and whose they are. A refresh token that a cookie holds is empty here."""

    user: AdminRead


class Start(BaseModel):
    """``has_owner``: somebody has registered; the next to come needs an invitation, or leave to
    register. ``has_session``: the browser sent the cookie of a session, which may be over."""

    has_owner: bool
    allows_registration: bool
    has_session: bool
