"""What can go wrong with app users, beside what can go wrong with any account."""

from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Violation,
)


class VerificationRequiredError(ForbiddenError):
    """The password is right, and the project wants the e-mail address proved first."""

    code = "verification_required"

    def __init__(self) -> None:
        super().__init__(
            "The e-mail address is not verified yet.",
            hint="Open the link in the mail, or ask for another at auth/verify/send.",
        )


class SignInToConfirmError(ForbiddenError):
    """The account has a second factor or a passkey: no link alone gives it another address."""

    code = "auth_sign_in_to_confirm"

    def __init__(self) -> None:
        super().__init__(
            "This account is protected by more than its mailbox.",
            hint="Open the link where you are signed in: send your access token along.",
        )


class NoEmailError(ConflictError):
    """An anonymous user has no address that could be proved."""

    code = "auth_email_missing"

    def __init__(self) -> None:
        super().__init__("There is no e-mail address to prove.", hint="See auth/upgrade.")


class MethodDisabledError(ForbiddenError):
    """The project's settings do not allow this way of signing in."""

    code = "auth_method_disabled"

    def __init__(self, setting: str) -> None:
        super().__init__(f"This project's setting auth.{setting} does not allow it.")


class NotAnonymousError(ConflictError):
    """The user has an e-mail address already."""

    code = "auth_not_anonymous"

    def __init__(self) -> None:
        super().__init__("Only an anonymous user can be upgraded.")


class UserNotFoundError(NotFoundError):
    """The project has no such user."""

    code = "user_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such user in this project.")


class RoleNotFoundError(NotFoundError):
    """The project has no such role."""

    code = "role_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no role {name[:60]!r} in this project.")


class UnknownRolesError(InvalidError):
    """A user can only be given roles that the project has."""

    code = "role_unknown"

    def __init__(self, unknown: list[str]) -> None:
        names = ", ".join(repr(name[:60]) for name in unknown)
        message = f"The project has no such role: {names}."
        super().__init__(message, errors=[Violation("/roles", self.code, message)])


class RoleExistsError(ConflictError):
    """The project has a role of this name already."""

    code = "role_exists"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a role {name!r} already.")


class RoleInUseError(ConflictError):
    """Users hold the role, or something in the project is built on it."""

    code = "role_in_use"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, hint="Take it away from whatever uses it first.")


class SessionTooOldError(ForbiddenError):
    """The account has no password to ask for, and the sign-in is more than ten minutes ago."""

    code = "auth_session_too_old"

    def __init__(self) -> None:
        super().__init__("You signed in too long ago for this.", hint="Sign in again.")
