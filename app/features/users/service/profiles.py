"""What users may say of themselves: the fields that the setting names, and whom these point to.

A sign-up where addresses are proved first must not tell a taken address from a new one. Its answer
therefore shows nothing of the user, and it takes no value that has to be unique: of two sign-ups
with one such value, the second would tell whether the first made a user.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.api.deps import Origin
from app.api.services import Services
from app.core.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    Violation,
)
from app.engine.catalog.model import Collection, Field
from app.engine.identity import compile_users as sql
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.policy.model import EVERYTHING
from app.engine.query.pipeline import Call
from app.engine.query.request import parse_get
from app.engine.query.values import escape_pointer, nearest, parse_changes
from app.engine.query.verdicts import verdict_error
from app.engine.schema.system import is_system

_FIXED: Final = frozenset(sql.SHOWN)
_ALWAYS: Final = "name"
"""The one field of every project that users set of themselves."""


async def check_given(
    services: Services, realm: Realm, caller: Caller, profile: Mapping[str, Any], origin: Origin
) -> None:
    """That each record the profile points to is one the caller sees: it is refused like one that
    is not there, as in any write.

    Raises InvalidError, RelationNotFoundError.
    """
    if not profile:
        return
    catalog, access = await services.pipeline.ground(Call(caller, "users", address=origin.address))
    users = catalog.collections["users"]
    check_profile(realm, users, profile)
    columns = parse_changes(dict(profile), users, catalog, EVERYTHING).columns
    for field in users.fields.values():
        value = columns.get(field.column) if field.relation else None
        if value is None:
            continue
        call = Call(caller, catalog.target(field).name, address=origin.address)
        try:
            await services.pipeline.get_record(call, parse_get(str(value), ()))
        except (NotFoundError, ForbiddenError, UnauthenticatedError):
            verdict = f"relation_not_found:{field.id}:1"
            raise verdict_error(verdict, users, catalog, access, many=False) from None


def check_profile(realm: Realm, users: Collection, profile: Mapping[str, Any]) -> None:
    """Refuse what users may not set of themselves, as if there were no such field."""
    allowed = [_ALWAYS, *(field.name for field in own_fields(realm, users))]
    _refuse(
        Violation(
            f"/{escape_pointer(name)}",
            "unknown_field",
            "There is no such field.",
            nearest(name, allowed) or "Leave it out.",
        )
        for name in profile
        if name not in allowed
    )


def check_tells_nothing(users: Collection, profile: Mapping[str, Any]) -> None:
    """Refuse values of a sign-up that have to be unique."""
    unique = {each.removeprefix("-") for key in users.unique_keys for each in key}
    _refuse(
        Violation(
            f"/{escape_pointer(name)}",
            "unique_at_sign_up",
            "This has to be unique, and is set after signing in.",
            "Leave it out, and send it to auth/me later.",
        )
        for name in profile
        if users.fields[name].id in unique
    )


def own_fields(realm: Realm, users: Collection) -> list[Field]:
    """The setting's fields that there are: stored, and the owner's own."""
    found = (users.fields.get(name) for name in realm.rules.profile_fields)
    return [f for f in found if f is not None and f.is_stored and not _is_ours(f.id)]


def _refuse(faults: Any) -> None:
    found = list(faults)
    if found:
        raise InvalidError("Some values cannot be accepted.", errors=found)


def _is_ours(field_id: str) -> bool:
    return is_system(field_id) or field_id in _FIXED
