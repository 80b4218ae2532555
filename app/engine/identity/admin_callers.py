"""From an admin's token, or from none at all, to a Caller: the look-ups in the control plane."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from app.core.db import Database
from app.core.ids import project_schema
from app.engine.identity.credentials import AdminCredentials
from app.engine.identity.principal import Caller, Principal, Project, id_or_slug
from app.engine.identity.projects import ProjectNotFoundError
from app.engine.identity.tokens import InvalidTokenError

_PROJECT = """
SELECT id AS project_id, slug, state FROM backendify.projects WHERE id = $1 OR slug = $2
"""
_ADMIN = """
SELECT a.email FROM backendify.admin_sessions s
JOIN backendify.admins a ON a.id = s.account_id
WHERE s.id = $1 AND s.account_id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()
"""
_MEMBER = """
SELECT a.email, p.id AS project_id, p.slug, p.state, m.role
FROM backendify.admin_sessions s
JOIN backendify.admins a ON a.id = s.account_id
LEFT JOIN (backendify.members m JOIN backendify.projects p
           ON p.id = m.project_id AND (p.id = $3 OR p.slug = $4)) ON m.admin_id = a.id
WHERE s.id = $1 AND s.account_id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()
"""
_ANONYMOUS = Principal(kind="anonymous")


async def find_admin(database: Database, credentials: AdminCredentials) -> Principal:
    """Raises InvalidTokenError."""
    row = await database.owner.fetchrow(_ADMIN, credentials.session_id, credentials.admin_id)
    return _principal(credentials, row)


async def find_member(
    database: Database, credentials: AdminCredentials, project_ref: str
) -> Caller:
    """A member in a project, archived or not. Raises InvalidTokenError, ProjectNotFoundError."""
    row = await database.owner.fetchrow(
        _MEMBER, credentials.session_id, credentials.admin_id, *id_or_slug(project_ref)
    )
    principal = _principal(credentials, row)
    if row is None or row["project_id"] is None:
        raise ProjectNotFoundError
    return Caller(principal=principal, project=_project(row), role=row["role"])


async def find_anonymous(database: Database, project_ref: str) -> Caller:
    """Whoever has no credentials, in a project that is open. Raises ProjectNotFoundError."""
    row = await database.owner.fetchrow(_PROJECT, *id_or_slug(project_ref))
    if row is None or row["state"] != "active":
        raise ProjectNotFoundError
    return Caller(principal=_ANONYMOUS, project=_project(row))


def _principal(credentials: AdminCredentials, row: Record | None) -> Principal:
    if row is None:
        raise InvalidTokenError("The session has ended.")
    session_id = credentials.session_id
    return Principal("admin_user", credentials.admin_id, row["email"], session_id=session_id)


def _project(row: Any) -> Project:
    project_id: UUID = row["project_id"]
    return Project(project_id, row["slug"], project_schema(project_id), row["state"])
