"""What can go wrong when somebody signs up or in."""

from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    UnauthenticatedError,
    Violation,
)


class WrongCredentialsError(UnauthenticatedError):
    """The address is unknown or the password is wrong: one answer for both."""

    code = "auth_credentials_invalid"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class RegistrationClosedError(ForbiddenError):
    """The installation has an owner, and takes others by invitation."""

    code = "auth_registration_closed"

    def __init__(self) -> None:
        super().__init__(
            "Registration is by invitation.",
            hint="Ask a project's admin for an invitation, or set ALLOW_REGISTRATION=true.",
        )


class EmailTakenError(ConflictError):
    """The e-mail address has an account already."""

    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail address already.")


class WrongPasswordError(InvalidError):
    """The current password, asked for again, is wrong."""

    code = "auth_password_wrong"

    def __init__(self) -> None:
        wrong = "The current password is wrong."
        super().__init__(wrong, errors=[Violation("/current_password", self.code, wrong)])
