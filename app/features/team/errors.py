"""What can go wrong with members and invitations."""

from app.core.errors import ConflictError, ForbiddenError, NotFoundError
from app.engine.identity.principal import MemberRole


class MemberNotFoundError(NotFoundError):
    """The project has no such member."""

    code = "member_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such member in this project.")


class InvitationNotFoundError(NotFoundError):
    """The project has no such invitation that is still pending."""

    code = "invitation_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such pending invitation in this project.")


class MemberExistsError(ConflictError):
    """The admin is a member of the project already."""

    code = "member_exists"

    def __init__(self) -> None:
        super().__init__("This admin is a member of the project already.")


class LastOwnerError(ConflictError):
    """A project always has an owner: the last one can neither leave nor be demoted."""

    code = "member_last_owner"

    def __init__(self) -> None:
        super().__init__(
            "The project's last owner cannot leave or be demoted.",
            hint="Make another member owner first.",
        )


class RoleBeyondOwnError(ForbiddenError):
    """Nobody gives more than they hold, or changes those who hold more."""

    code = "policy_role_beyond_own"

    def __init__(self, role: MemberRole) -> None:
        super().__init__(f"Only an owner may deal with the role {role!r}.")
