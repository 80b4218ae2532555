"""What can go wrong with secrets."""

from app.core.errors import ConflictError, NotFoundError


class SecretNotFoundError(NotFoundError):
    """The project has no secret of that name."""

    code = "secret_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such secret in this project.")


class TooManySecretsError(ConflictError):
    """The project has as many secrets as it may have."""

    code = "secrets_too_many"

    def __init__(self, most: int) -> None:
        super().__init__(f"A project has at most {most} secrets.")
