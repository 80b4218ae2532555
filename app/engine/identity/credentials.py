"""What a request presents: reading it, before anything is looked up."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.errors import UnauthenticatedError
from app.engine.identity.realms import CONSOLE_AUDIENCE, PROJECT_AUDIENCE
from app.engine.identity.tokens import InvalidTokenError, Tokens

ACCESS: Final = "access"
REFRESH: Final = "refresh"
MFA: Final = "mfa"
"""A token of somebody who proved the first factor and owes the second."""

CONSOLE: Final = CONSOLE_AUDIENCE


class CredentialsRequiredError(UnauthenticatedError):
    def __init__(self) -> None:
        super().__init__(
            "This needs an access token.",
            hint="Send it as: Authorization: Bearer <token>.",
            headers={"WWW-Authenticate": "Bearer"},
        )


@dataclass(frozen=True, slots=True)
class AdminCredentials:
    """A genuine access token of the console: whose, of which session, until when (Unix seconds)."""

    admin_id: UUID
    session_id: UUID
    expires_at: int


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """A genuine access token of a project's user."""

    project_id: UUID
    user_id: UUID
    session_id: UUID
    expires_at: int


def read_credentials(tokens: Tokens, authorization: str) -> AdminCredentials | UserCredentials:
    """Verify the value of an ``Authorization`` header, of whichever realm it is. Does no I/O.

    Raises CredentialsRequiredError when it is empty, InvalidTokenError, ExpiredTokenError.
    """
    token = _bearer(authorization)
    audience = tokens.stated_audience(token)
    project = audience.removeprefix(PROJECT_AUDIENCE)
    if project == audience:
        return read_admin_credentials(tokens, authorization)
    claims = tokens.verify(token, kind=ACCESS, audience=audience)
    try:
        project_id = UUID(project)
    except ValueError:
        raise InvalidTokenError from None
    return UserCredentials(project_id, claims.subject, session_id(claims.values), claims.expires_at)


def read_admin_credentials(tokens: Tokens, authorization: str) -> AdminCredentials:
    """The same where only an admin's token is good."""
    claims = tokens.verify(_bearer(authorization), kind=ACCESS, audience=CONSOLE)
    return AdminCredentials(claims.subject, session_id(claims.values), claims.expires_at)


def read_user_credentials(tokens: Tokens, authorization: str) -> UserCredentials:
    """The same where only an app user's token is good."""
    credentials = read_credentials(tokens, authorization)
    if not isinstance(credentials, UserCredentials):
        raise InvalidTokenError
    return credentials


def session_id(claims: object) -> UUID:
    """The session that a token's claims name. Raises InvalidTokenError."""
    try:
        return UUID(claims["sid"])  # type: ignore[index]  # whatever it is, the answer is the same
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidTokenError from None


def _bearer(authorization: str) -> str:
    if not authorization:
        raise CredentialsRequiredError
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidTokenError("The Authorization header must be: Bearer <token>.")
    return token.strip()
