"""From a caller to what they may do. Deny by default: no rule, no access."""

from functools import cache

from app.core.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from app.engine.catalog.model import Catalog, Collection
from app.engine.identity.principal import Caller, MemberRole
from app.engine.policy.model import ACTIONS, EVERYTHING, Access, Action, Grant

_READ: tuple[Action, ...] = ("list", "read")
_BY_ROLE: dict[MemberRole | None, tuple[Action, ...]] = {
    "owner": ACTIONS,
    "admin": ACTIONS,
    "editor": ACTIONS,
    "viewer": _READ,
    None: (),
}


def access_of(caller: Caller) -> Access:
    """The caller's access: for now a project member's role decides, all others are denied."""
    return _role_access(caller.role)


def require_collection(access: Access, caller: Caller, name: str, catalog: Catalog) -> Collection:
    """The collection of that name, if the caller may know of it.

    Raises UnauthenticatedError where credentials could help, NotFoundError otherwise.
    """
    collection = catalog.find_collection(name)
    if collection is not None and any(access.find(collection, action) for action in ACTIONS):
        return collection
    if caller.principal.kind == "anonymous":
        raise UnauthenticatedError("This needs credentials.", hint="Send an Authorization header.")
    raise NotFoundError(f"There is no collection {name[:60]!r}.")


def require_grant(access: Access, collection: Collection, action: Action) -> Grant:
    """The grant for an action on a collection that the caller knows of, or ForbiddenError."""
    grant = access.find(collection, action)
    if grant is None:
        raise ForbiddenError(f"You may not {action} records of {collection.name!r}.")
    return grant


@cache
def _role_access(role: MemberRole | None) -> Access:
    allowed = _BY_ROLE[role]

    def find(_collection: Collection, action: Action) -> Grant | None:
        return EVERYTHING if action in allowed else None

    return Access(key=f"member:{role}", find=find)
