"""What can go wrong with mails and their templates."""

from collections.abc import Sequence

from app.core.errors import ForbiddenError, InvalidError, NotFoundError, Violation


class MailKindNotFoundError(NotFoundError):
    """There is no such kind of mail."""

    code = "mail_kind_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no kind of mail named {name!r}.")


class MailTemplateNotFoundError(NotFoundError):
    """The project has no template of its own for this kind and locale."""

    code = "mail_template_not_found"

    def __init__(self) -> None:
        super().__init__("The project has no such template of its own.")


class MailNotFoundError(NotFoundError):
    """The mailbox has no such mail."""

    code = "mail_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such mail.")


class InvalidTemplateError(InvalidError):
    """A template cannot be read, or names what does not exist."""

    code = "mail_template_invalid"

    def __init__(self, faults: Sequence[Violation]) -> None:
        super().__init__(
            "The template is not valid.",
            hint="Templates hold text, {{ variables }} and {% if variable %}…{% endif %}.",
            errors=faults,
        )


class InstallationOwnerRequiredError(ForbiddenError):
    """Only the installation's owner may do this."""

    code = "policy_installation_owner_required"

    def __init__(self) -> None:
        super().__init__("Only the owner of the installation may see this.")
