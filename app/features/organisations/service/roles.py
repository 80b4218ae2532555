"""What roles in an organisation allow. Pure."""

from app.engine.schema.system import ORG_ROLES
from app.features.organisations.schemas import OrgRole
from app.features.organisations.service.errors import OrgRoleBeyondOwnError, OrgRoleRequiredError


def holds(own: OrgRole, role: OrgRole) -> bool:
    """Whether ``own`` is ``role`` or more."""
    return ORG_ROLES.index(own) <= ORG_ROLES.index(role)


def require(own: OrgRole, role: OrgRole) -> None:
    """Raises OrgRoleRequiredError."""
    if not holds(own, role):
        raise OrgRoleRequiredError(role)


def check_may_deal_with(own: OrgRole, *roles: OrgRole) -> None:
    """Whether somebody of the role ``own`` may give these, and change those who hold them.

    Raises OrgRoleRequiredError, OrgRoleBeyondOwnError.
    """
    require(own, "admin")
    for role in roles:
        if not holds(own, role):
            raise OrgRoleBeyondOwnError(role)
