"""What can go wrong when somebody signs up or in, in either realm."""

from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    Violation,
)


class WrongCredentialsError(UnauthenticatedError):
    """The address is unknown, the password is wrong, or the account is closed: one answer."""

    code = "auth_credentials_invalid"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class RegistrationClosedError(ForbiddenError):
    """The installation or the project takes nobody who was not invited."""

    code = "auth_registration_closed"

    def __init__(self, hint: str | None = None) -> None:
        super().__init__("Registration is by invitation.", hint=hint)


class EmailTakenError(ConflictError):
    """The e-mail address has an account already."""

    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail address already.")


class WrongPasswordError(InvalidError):
    """The current password, asked for again, is wrong."""

    code = "auth_password_wrong"

    def __init__(self, pointer: str = "/current_password") -> None:
        wrong = "The current password is wrong."
        super().__init__(wrong, errors=[Violation(pointer, self.code, wrong)])


class PasswordRefusedError(InvalidError):
    """The new password is too short, too common, known from a breach, or the address itself."""

    code = "auth_password_refused"

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason, errors=[Violation(pointer, self.code, reason)])


class SessionNotFoundError(NotFoundError):
    """The account has no such session that is still open."""

    code = "session_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such open session.")
