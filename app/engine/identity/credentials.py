"""What a request presents: reading it, before anything is looked up."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.errors import UnauthenticatedError
from app.engine.identity.tokens import InvalidTokenError, Tokens

ACCESS: Final = "access"
REFRESH: Final = "refresh"
CONSOLE: Final = "backendify:console"
"""The audience of console admins' tokens; a project's users have another."""


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


def read_admin_credentials(tokens: Tokens, authorization: str) -> AdminCredentials:
    """Verify the value of an ``Authorization`` header. Does no I/O.

    Raises CredentialsRequiredError when it is empty, InvalidTokenError, ExpiredTokenError.
    """
    if not authorization:
        raise CredentialsRequiredError
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidTokenError("The Authorization header must be: Bearer <token>.")
    claims = tokens.verify(token.strip(), kind=ACCESS, audience=CONSOLE)
    return AdminCredentials(claims.subject, session_id(claims.values), claims.expires_at)


def session_id(claims: object) -> UUID:
    """The session that a token's claims name. Raises InvalidTokenError."""
    try:
        return UUID(claims["sid"])  # type: ignore[index]  # whatever it is, the answer is the same
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidTokenError from None
