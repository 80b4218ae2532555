"""From a caller to what they may do. Deny by default: no policy, no access."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

from app.core.clock import utc_now
from app.core.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.identity.principal import Caller, MemberRole, Principal
from app.engine.policy.bound import BoundPolicy, bind_policy
from app.engine.policy.grants import make_grant
from app.engine.policy.model import ACTIONS, EVERYTHING, Access, Action, Grant
from app.engine.policy.policy import ROLE, USERS, Policy, PolicySet

_READ: frozenset[Action] = frozenset({"list", "read"})
_WRITE: frozenset[Action] = frozenset({"create", "update", "delete"})
_BY_ROLE: Mapping[MemberRole | None, frozenset[Action]] = {
    "owner": frozenset(ACTIONS),
    "admin": frozenset(ACTIONS),
    "editor": frozenset(ACTIONS),
    "viewer": _READ,
    None: frozenset(),
}
_BY_SCOPE: Mapping[str, frozenset[Action]] = {
    "*": frozenset(ACTIONS),
    "read": _READ,
    "write": _WRITE,
}
MOST_CLASSES = 1_000


class Rules:
    """A project's policies at one catalog: what each class of callers may do, worked out once."""

    def __init__(self, policies: PolicySet, catalog: Catalog) -> None:
        self.policies = policies
        self.catalog = catalog
        bound = (bind_policy(policy, catalog) for policy in policies.policies)
        self.bound: tuple[BoundPolicy, ...] = tuple(each for each in bound if each is not None)
        self._roles = {p for each in self.bound for p in each.policy.principals if ROLE in p}
        self._classes: dict[object, _Class] = {}

    def access(self, caller: Caller, address: str | None = None) -> Access:
        """What the caller may do. ``address`` is what ``$request.ip`` stands for."""
        found = self.class_of(caller)
        variables = CallerVariables(caller.principal, self.catalog, address)
        return Access(found.key, found.find, variables)

    def class_of(self, caller: Caller) -> "_Class":
        """All callers of whom the policies say the same."""
        principal = caller.principal
        names = self.principals_of(principal)
        key = (caller.role, names, principal.verified, principal.scopes)
        found = self._classes.get(key)
        if found is None:
            if len(self._classes) >= MOST_CLASSES:
                self._classes.clear()
            found = self._classes[key] = _Class(self, caller, names)
        return found

    def principals_of(self, principal: Principal) -> tuple[str, ...]:
        """The names under which policies may speak of a principal."""
        if principal.kind != "app_user" or not self._roles:
            return (principal.kind,)
        roles = (ROLE + role for role in principal.roles)
        return (principal.kind, *sorted(self._roles.intersection(roles)))

    def of(
        self, collection: Collection, action: Action, names: tuple[str, ...]
    ) -> Iterator[BoundPolicy]:
        """The policies that speak of such principals, in their order."""
        for each in self.bound:
            policy = each.policy
            speaks = policy.collection == collection.id and action in policy.actions
            if speaks and any(name in policy.principals for name in names):
                yield each


class _Class:
    """One class of callers: its grants, made when first asked for."""

    def __init__(self, rules: Rules, caller: Caller, names: tuple[str, ...]) -> None:
        principal = caller.principal
        # As Python writes it, so that no role's name can read as two.
        said = (names, caller.role, principal.verified, principal.scopes)
        self.key = f"{rules.policies.version}:{said!r}"
        self._rules = rules
        self._caller = caller
        self._names = names
        self._grants: dict[tuple[str, Action], Grant | None] = {}

    def find(self, collection: Collection, action: Action) -> Grant | None:
        key = (collection.id, action)
        if key not in self._grants:
            self._grants[key] = self._make(collection, action)
        return self._grants[key]

    def _make(self, collection: Collection, action: Action) -> Grant | None:
        principal = self._caller.principal
        spoken = list(self._rules.of(collection, action, self._names))
        allows = [p for p in spoken if p.policy.effect == "allow" and _applies(p, principal)]
        denies = [p for p in spoken if p.policy.effect == "deny"]
        if self._passes(collection, action, narrowed=bool(allows)):
            if not denies or is_service_key(principal):
                return EVERYTHING
            allows = [open_policy(collection, action)]
        elif principal.kind == "api_key" and not has_scope(principal, collection, action):
            return None
        return make_grant(action, collection, allows, denies, shown=self._shown(collection, action))

    def _passes(self, collection: Collection, action: Action, *, narrowed: bool) -> bool:
        """Whether the caller needs no policy: a member by role, a key by scope."""
        principal = self._caller.principal
        if principal.kind == "api_key":
            allowed = has_scope(principal, collection, action)
            return is_service_key(principal) or (allowed and not narrowed)
        return principal.kind == "admin_user" and action in _BY_ROLE[self._caller.role]

    def _shown(self, collection: Collection, action: Action) -> frozenset[str] | None:
        if action in _READ:
            return None
        read = self.find(collection, "read") or self.find(collection, "list")
        return frozenset() if read is None else read.fields


class CallerVariables(Mapping[str, Any]):
    """What ``$user.id`` and its like stand for, worked out when a statement asks."""

    __slots__ = ("_address", "_catalog", "_principal")

    def __init__(self, principal: Principal, catalog: Catalog, address: str | None) -> None:
        self._principal = principal
        self._catalog = catalog
        self._address = address

    def __getitem__(self, name: str) -> Any:
        """A JSON-like value; None where it is not known of this caller."""
        root, _, rest = name.partition(".")
        if root == "user":
            return self._user(rest)
        if root == "now":
            return utc_now().isoformat()
        if root == "today":
            return utc_now().astimezone(UTC).date().isoformat()
        if name == "key.id":
            is_key = self._principal.kind == "api_key"
            return str(self._principal.id) if is_key else None
        return self._address if name == "request.ip" else None

    def __iter__(self) -> Iterator[str]:
        return iter(("user.id", "user.email", "user.roles", "key.id", "now", "today", "request.ip"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _user(self, name: str) -> Any:
        if self._principal.kind != "app_user":
            return None
        field = self._catalog.collections[USERS].find_field(name)
        if field is None or not field.is_stored:
            return None
        if field.id == "id":
            return str(self._principal.id)
        held = self._principal.profile.get(field.column)
        return None if held is None else field_type(field).to_json(held)


def has_scope(principal: Principal, collection: Collection, action: Action) -> bool:
    """Whether a key's scopes name the action on the collection."""
    return any(
        scope.collection in {"*", collection.id}
        and (scope.action == action or action in _BY_SCOPE.get(scope.action, ()))
        for scope in principal.scopes
    )


def is_service_key(principal: Principal) -> bool:
    """A key with the scope ``*:*`` passes policies, as the project's own servers do."""
    return principal.kind == "api_key" and any(
        scope.collection == "*" and scope.action == "*" for scope in principal.scopes
    )


def open_policy(collection: Collection, action: Action) -> BoundPolicy:
    """What a role or a scope allows, as a policy, so that denials may narrow it."""
    allowed = Policy(UUID(int=0), "", collection.id, frozenset({action}), ())
    return BoundPolicy(allowed, collection)


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


def _applies(bound: BoundPolicy, principal: Principal) -> bool:
    needs_proof = bound.policy.require_verified_email and principal.kind == "app_user"
    return principal.verified or not needs_proof
