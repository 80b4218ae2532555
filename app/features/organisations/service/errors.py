"""What can go wrong with organisations."""

from app.core.errors import ConflictError, ForbiddenError, NotFoundError


class OrganisationsDisabledError(NotFoundError):
    """The project has no organisations."""

    code = "organisations_disabled"

    def __init__(self) -> None:
        super().__init__(
            "This project has no organisations.",
            hint="An admin of the project turns them on with POST …/organisations.",
        )


class OrgNotFoundError(NotFoundError):
    """There is no such organisation, or the caller is no member of it."""

    code = "org_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such organisation.")


class OrgMemberNotFoundError(NotFoundError):
    """The organisation has no such member."""

    code = "org_member_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such member in this organisation.")


class OrgSlugTakenError(ConflictError):
    """Another organisation has the slug."""

    code = "org_slug_taken"

    def __init__(self) -> None:
        super().__init__("The slug is taken.")


class OrgLastOwnerError(ConflictError):
    """An organisation always has an owner: the last one can neither leave nor be demoted."""

    code = "org_last_owner"

    def __init__(self) -> None:
        super().__init__(
            "The organisation's last owner cannot leave or be demoted.",
            hint="Make another member owner first, or delete the organisation.",
        )


class OrgRoleRequiredError(ForbiddenError):
    """The caller's role in the organisation is too low for this."""

    code = "org_role_required"

    def __init__(self, role: str) -> None:
        super().__init__(f"This needs the role {role!r} in the organisation.", required_role=role)


class OrgRoleBeyondOwnError(ForbiddenError):
    """Nobody gives more than they hold, or changes those who hold more."""

    code = "org_role_beyond_own"

    def __init__(self, role: str) -> None:
        super().__init__(f"Only an owner may deal with the role {role!r}.")


class OrgInvitationAddressError(ForbiddenError):
    """An invitation is for one address: whoever accepts it has proved that it is theirs."""

    code = "org_invitation_address"

    def __init__(self) -> None:
        super().__init__(
            "The invitation went to another address, or yours is not verified.",
            hint="Sign in with the address that the invitation was mailed to, and verify it.",
        )
