"""What can go wrong with projects."""

from app.core.errors import ConflictError, InvalidError, Violation


class SlugTakenError(ConflictError):
    """Another project has this slug."""

    code = "project_slug_taken"

    def __init__(self, slug: str) -> None:
        taken = f"The slug {slug!r} is taken."
        super().__init__(taken, errors=[Violation("/slug", self.code, taken)])


class ConfirmationRequiredError(InvalidError):
    """Deleting a project takes its slug, typed out."""

    code = "project_confirmation_required"

    def __init__(self) -> None:
        super().__init__(
            "Deleting a project erases all of its data.",
            hint="Send the project's slug as the parameter confirm.",
        )
