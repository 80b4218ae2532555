"""As whom: from the ``as`` of an explanation or a test to a caller."""

from typing import Any
from uuid import UUID

from app.core.db import Database
from app.core.errors import InvalidError, Violation
from app.core.ids import uuid7
from app.core.sql import qualified
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller, Principal, Project, Scope
from app.engine.policy.policy import USERS
from app.features.policies.schemas import Subject

_KEY = "SELECT id, scopes FROM backendify.api_keys WHERE id = $1 AND project_id = $2"
_OF_PRINCIPAL = ("roles", "email_verified")


class SubjectError(InvalidError):
    """``as`` names nobody, or more than one."""

    code = "policy_subject_invalid"

    def __init__(self, message: str, pointer: str = "/as") -> None:
        super().__init__(message, errors=[Violation(pointer, self.code, message)])


async def caller_as(
    subject: Subject, database: Database, project: Project, catalog: Catalog
) -> Caller:
    """The caller that is meant. Raises SubjectError."""
    given = [name for name in subject.model_fields_set if getattr(subject, name) is not None]
    if len(given) != 1:
        raise SubjectError("Say exactly one of anonymous, user_id, user, role, api_key_id, member.")
    if subject.member is not None:
        return Caller(Principal("admin_user", uuid7()), project, subject.member)
    return Caller(await _principal(subject, database, project, catalog), project)


async def _principal(
    subject: Subject, database: Database, project: Project, catalog: Catalog
) -> Principal:
    if subject.user_id is not None:
        return await _stored_user(subject.user_id, database, catalog)
    if subject.user is not None:
        return described_user(subject.user, catalog)
    if subject.role is not None:
        return Principal("app_user", uuid7(), roles=(subject.role,), verified=True)
    if subject.api_key_id is not None:
        return await _key(subject.api_key_id, database, project)
    return Principal("anonymous")


async def _stored_user(user_id: UUID, database: Database, catalog: Catalog) -> Principal:
    pools = await database.placement(catalog.project_id)
    users = qualified(catalog.schema, catalog.collections[USERS].table)
    row = await pools.owner.fetchrow(f"SELECT * FROM {users} WHERE id = $1", user_id)  # noqa: S608 - a quoted name
    if row is None:
        raise SubjectError("There is no such user.", "/as/user_id")
    return Principal(
        "app_user",
        row["id"],
        row["email"],
        roles=tuple(row["roles"]),
        verified=row["email_verified"],
        profile=dict(row),
    )


def described_user(described: dict[str, Any], catalog: Catalog) -> Principal:
    """A user who need not exist. Raises SubjectError."""
    users = catalog.collections[USERS]
    profile: dict[str, Any] = {}
    for name, value in described.items():
        field = users.find_field(name)
        if field is None or not field.is_stored:
            raise SubjectError(f"Users have no field {name[:60]!r}.", f"/as/user/{name}")
        try:
            profile[field.column] = None if value is None else field_type(field).parse(field, value)
        except ValueError as error:
            raise SubjectError(str(error), f"/as/user/{name}") from None
    user_id = profile.setdefault("id", uuid7())
    return Principal(
        "app_user",
        user_id,
        profile.get("email"),
        roles=tuple(profile.get("roles") or ()),
        verified=bool(profile.get("email_verified", True)),
        profile=profile,
    )


async def _key(key_id: UUID, database: Database, project: Project) -> Principal:
    row = await database.owner.fetchrow(_KEY, key_id, project.id)
    if row is None:
        raise SubjectError("There is no such API key.", "/as/api_key_id")
    return Principal("api_key", row["id"], scopes=tuple(map(_scope, row["scopes"])))


def _scope(text: str) -> Scope:
    collection, _, action = text.rpartition(":")
    return Scope(collection, action)
