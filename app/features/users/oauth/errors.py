"""What can go wrong when somebody else is to vouch for a user."""

from app.core.errors import (
    BackendifyError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
)


class ProviderNotFoundError(NotFoundError):
    """The project has no such provider that is enabled."""

    code = "auth_provider_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such provider of sign-in in this project.")


class RedirectRefusedError(BadRequestError):
    """``redirect_to`` is not, letter by letter, one of the project's redirect URLs."""

    code = "auth_redirect_refused"

    def __init__(self) -> None:
        super().__init__(
            "redirect_to is not one of the project's redirect URLs.",
            hint="Add it to the setting auth.redirect_urls.",
        )


class FlowInvalidError(UnauthenticatedError):
    """The answer of a provider belongs to no sign-in that this browser has begun."""

    code = "auth_oauth_state_invalid"

    def __init__(self) -> None:
        super().__init__(
            "This sign-in was not begun in this browser, is too old, or is over.",
            hint="Begin again.",
        )


class ProviderDeniedError(UnauthenticatedError):
    """The provider did not let the user in, or the user did not agree."""

    code = "auth_oauth_denied"

    def __init__(self) -> None:
        super().__init__("The provider did not sign the user in.")


class ProviderFailedError(BackendifyError):
    """The provider cannot be reached, or what it says cannot be believed."""

    code, status, title = "auth_oauth_failed", 502, "Sign-in failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class EmailUnverifiedError(ForbiddenError):
    """The provider does not vouch for an e-mail address, so no account can be found or made."""

    code = "auth_oauth_email_unverified"

    def __init__(self) -> None:
        super().__init__("The provider does not vouch for an e-mail address.")


class IdentityTakenError(ConflictError):
    """The account at the provider is linked to another user."""

    code = "auth_identity_taken"

    def __init__(self) -> None:
        super().__init__("This account at the provider belongs to another user.")


class IdentityNotFoundError(NotFoundError):
    """The user has no such linked account."""

    code = "auth_identity_not_found"

    def __init__(self) -> None:
        super().__init__("No account at this provider is linked.")


class LastIdentityError(ConflictError):
    """Without it the user could not sign in any more."""

    code = "auth_identity_last"

    def __init__(self) -> None:
        super().__init__(
            "This is the only way in to the account.", hint="Set a password or an address first."
        )
