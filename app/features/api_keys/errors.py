"""What can go wrong with API keys."""

from app.core.errors import InvalidError, NotFoundError


class ApiKeyNotFoundError(NotFoundError):
    """The project has no such API key."""

    code = "api_key_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such API key in this project.")


class InvalidScopesError(InvalidError):
    """A scope names no collection of the project, or no action; ``errors`` says which."""

    code = "api_key_scopes_invalid"
