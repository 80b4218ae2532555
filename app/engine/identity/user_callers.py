"""From an app user's token to a Caller."""

from types import MappingProxyType
from typing import Any

import asyncpg

from app.core.db import Database
from app.core.ids import project_schema
from app.engine.identity.compile_users import find_session_user
from app.engine.identity.credentials import UserCredentials
from app.engine.identity.principal import Caller, Principal, Project, id_or_slug
from app.engine.identity.projects import ProjectArchivedError
from app.engine.identity.tokens import InvalidTokenError

_PROJECT = """
SELECT id, slug, state FROM backendify.projects WHERE id = $1 AND (id = $2 OR slug = $3)
"""


async def find_user_caller(
    database: Database, credentials: UserCredentials, project_ref: str
) -> Caller:
    """The user in their own project; anywhere else their token is no token.

    Raises InvalidTokenError, ProjectArchivedError.
    """
    row = await database.owner.fetchrow(_PROJECT, credentials.project_id, *id_or_slug(project_ref))
    if row is None:
        raise InvalidTokenError
    user = await _find_user(database, credentials)
    if user is None:
        raise InvalidTokenError("The session has ended.")
    if row["state"] != "active":
        raise ProjectArchivedError
    schema = project_schema(row["id"])
    return Caller(_principal(user, credentials), Project(row["id"], row["slug"], schema))


async def _find_user(database: Database, credentials: UserCredentials) -> Any:
    pools = await database.placement(credentials.project_id)
    text = find_session_user(project_schema(credentials.project_id))
    try:
        return await pools.owner.fetchrow(text, credentials.session_id, credentials.user_id)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None  # the project was deleted meanwhile


def _principal(user: Any, credentials: UserCredentials) -> Principal:
    profile = {name: value for name, value in user.items() if not name.startswith("_")}
    return Principal(
        kind="app_user",
        id=user["id"],
        email=user["email"],
        roles=tuple(user["roles"]),
        verified=user["email_verified"],
        profile=MappingProxyType(profile),
        session_id=credentials.session_id,
    )
