"""App users' sign-in as requests and answers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.schemas import DisplayName, Email, GivenPassword, Moment, NewPassword, RequestBody
from app.features.accounts.service.signing import TokenPair

Token = Annotated[str, StringConstraints(min_length=1, max_length=8192)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,10}$")]
RedirectUrl = Annotated[str, StringConstraints(max_length=2000)]


class _WithProfile(BaseModel):
    """Beside what stands here, the fields of ``users`` that the project's setting
    ``auth.profile_fields`` names."""

    model_config = ConfigDict(extra="allow")

    name: DisplayName | None = None

    def profile(self) -> dict[str, Any]:
        """What was given of the user's own record."""
        own = self.model_extra or {}
        return ({"name": self.name} if "name" in self.model_fields_set else {}) | own


class Registration(_WithProfile):
    """``redirect_to`` is where the link in the mail leads: one of ``auth.redirect_urls``."""

    email: Email
    password: NewPassword
    redirect_to: RedirectUrl | None = None


class ProfileUpdate(_WithProfile):
    """What is left out stays as it is."""


class Login(RequestBody):
    email: Email
    password: GivenPassword


class Refresh(RequestBody):
    refresh_token: Token


class MailTo(RequestBody):
    """``redirect_to`` is where the link in the mail leads: one of ``auth.redirect_urls``, else to
    a page of the console's."""

    email: Email
    redirect_to: RedirectUrl | None = None


class CodeTo(RequestBody):
    email: Email


class MailedToken(RequestBody):
    token: Token


class PasswordReset(RequestBody):
    token: Token
    password: NewPassword


class PasswordChange(RequestBody):
    current_password: GivenPassword
    new_password: NewPassword


class EmailChange(RequestBody):
    """``current_password`` is required of an account that has one."""

    email: Email
    current_password: GivenPassword | None = None
    redirect_to: RedirectUrl | None = None


class AccountDelete(RequestBody):
    """``password`` is required of an account that has one."""

    password: GivenPassword | None = None


class MailedCode(RequestBody):
    email: Email
    code: Code


class ProofCode(RequestBody):
    code: Code


class Upgrade(RequestBody):
    email: Email
    password: NewPassword
    redirect_to: RedirectUrl | None = None


class InvitationAccept(RequestBody):
    token: Token
    password: NewPassword
    name: DisplayName | None = None


class UserRead(BaseModel):
    """An app user. An anonymous one has no ``email``. The project's ``auth.profile_fields`` stand
    beside these."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    email: str | None
    email_verified: bool
    name: str | None
    roles: list[str]
    status: Literal["active", "suspended"]
    created_at: Moment
    updated_at: Moment
    last_login_at: Moment | None


class UserSignedIn(TokenPair):
    """A pair of tokens, and whose they are."""

    user: UserRead


class VerificationRequired(BaseModel):
    """The project wants the address proved first: a mail is on its way. The same for an address
    that is taken, so that nothing of a user is shown."""

    verification_required: Literal[True] = True


class UpgradeBegun(VerificationRequired):
    """The same for an anonymous user, who stays as they are until then."""

    user: UserRead


class MailAccepted(BaseModel):
    """The same whether or not there is an account: what is due comes by mail."""

    accepted: Literal[True] = True


RoleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class UserCreate(RequestBody):
    """Without a ``password`` the user signs in by mail, or chooses one when ``invite`` is set."""

    email: Email
    name: DisplayName | None = None
    password: NewPassword | None = None
    roles: list[RoleName] = Field(default_factory=list, max_length=100)
    email_verified: bool = False
    invite: bool = False
    redirect_to: RedirectUrl | None = None


class UserUpdate(RequestBody):
    """What is left out stays as it is."""

    name: DisplayName | None = None
    email: Email | None = None
    email_verified: bool | None = None
    roles: Annotated[list[RoleName], Field(max_length=100)] | None = None
    status: Literal["active", "suspended"] | None = None


class UserInvitationRead(BaseModel):
    """An invitation nobody has accepted yet; the user is there already, and cannot sign in."""

    user_id: UUID
    email: str
    name: str | None
    roles: list[str]
    created_at: Moment
    expires_at: Moment


class RoleCreate(RequestBody):
    name: RoleName
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None


class RoleUpdate(RequestBody):
    description: Annotated[str, StringConstraints(max_length=1000)] | None


class RoleRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    description: str | None
    created_at: Moment
    updated_at: Moment
