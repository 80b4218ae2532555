"""From a request's credentials and project to a Caller: cached, and never stale for long.

An entry lives five seconds at most and is dropped at once when rights change (NOTIFY): logout,
suspension, a changed role or an archived project take effect everywhere within that time.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

from asyncpg import Record

from app.core.db import Database
from app.core.ids import project_schema
from app.core.notify import listen
from app.core.tasks import end_tasks
from app.engine.identity.access import CHANNEL
from app.engine.identity.credentials import AdminCredentials, read_admin_credentials
from app.engine.identity.principal import Caller, Principal, Project, id_or_slug
from app.engine.identity.projects import ProjectArchivedError, ProjectNotFoundError
from app.engine.identity.tokens import InvalidTokenError, Tokens

ENTRY_SECONDS = 5.0
MOST_ENTRIES = 20_000

_PROJECT = """
SELECT id AS project_id, slug, state FROM backendify.projects WHERE id = $1 OR slug = $2
"""
_ADMIN = """
SELECT a.email FROM backendify.admin_sessions s
JOIN backendify.admins a ON a.id = s.admin_id
WHERE s.id = $1 AND s.admin_id = $2 AND s.revoked_at IS NULL
"""
_MEMBER = """
SELECT a.email, p.id AS project_id, p.slug, p.state, m.role
FROM backendify.admin_sessions s
JOIN backendify.admins a ON a.id = s.admin_id
LEFT JOIN (backendify.members m JOIN backendify.projects p
           ON p.id = m.project_id AND (p.id = $3 OR p.slug = $4)) ON m.admin_id = a.id
WHERE s.id = $1 AND s.admin_id = $2 AND s.revoked_at IS NULL
"""

ANONYMOUS = Principal(kind="anonymous")


class Callers:
    """Who is asking, and where."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens
        self._entries: dict[tuple[str, str], tuple[Caller, float]] = {}
        self._loading: dict[tuple[str, str], asyncio.Task[Caller]] = {}
        self._changes_heard = 0
        self._listener: asyncio.Task[None] | None = None

    def cached(self, authorization: str, project_ref: str) -> Caller | None:
        """The caller of a data request, if resolved moments ago: no I/O, about a microsecond.

        ``authorization`` is the header's value, empty without one; ``project_ref`` an id or slug.
        """
        entry = self._entries.get((authorization, project_ref))
        if entry is None or entry[1] < time.monotonic():
            return None
        return entry[0]

    async def resolve(self, authorization: str, project_ref: str) -> Caller:
        """The caller of a data request; without credentials, the anonymous one.

        Raises UnauthenticatedError, ProjectNotFoundError, ProjectArchivedError.
        """
        found = self.cached(authorization, project_ref)
        if found is not None:
            return found
        key = (authorization, project_ref)
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(authorization, project_ref))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._loaded(key, done))
        return await asyncio.shield(task)

    async def member(self, authorization: str, project_ref: str) -> Caller:
        """A member in a project, archived or not, looked up anew: for the control plane.

        Raises UnauthenticatedError, ProjectNotFoundError.
        """
        credentials = read_admin_credentials(self._tokens, authorization)
        return await self._find_member(credentials, project_ref)

    async def admin(self, authorization: str) -> tuple[Principal, UUID]:
        """An admin and the id of their session, looked up anew. Raises UnauthenticatedError."""
        credentials = read_admin_credentials(self._tokens, authorization)
        row = await self._database.owner.fetchrow(
            _ADMIN, credentials.session_id, credentials.admin_id
        )
        return _principal(credentials, row), credentials.session_id

    def start(self) -> None:
        """Begin to listen for changed rights."""
        listening = listen(self._database.owner, CHANNEL, self._forget)
        self._listener = asyncio.create_task(listening)

    async def stop(self) -> None:
        if self._listener is not None:
            await end_tasks(self._listener)

    async def _load(self, authorization: str, project_ref: str) -> Caller:
        heard = self._changes_heard
        if authorization:
            credentials = read_admin_credentials(self._tokens, authorization)
            lifetime = min(ENTRY_SECONDS, credentials.expires_at - time.time())
            caller = await self._find_member(credentials, project_ref)
            if caller.project.state != "active":
                raise ProjectArchivedError
        else:
            lifetime = ENTRY_SECONDS
            caller = await self._find_anonymous(project_ref)
        if heard == self._changes_heard:
            self._keep((authorization, project_ref), caller, lifetime)
        return caller

    async def _find_member(self, credentials: AdminCredentials, project_ref: str) -> Caller:
        row = await self._database.owner.fetchrow(
            _MEMBER, credentials.session_id, credentials.admin_id, *id_or_slug(project_ref)
        )
        principal = _principal(credentials, row)
        if row is None or row["project_id"] is None:
            raise ProjectNotFoundError
        return Caller(principal=principal, project=_project(row), role=row["role"])

    async def _find_anonymous(self, project_ref: str) -> Caller:
        row = await self._database.owner.fetchrow(_PROJECT, *id_or_slug(project_ref))
        if row is None or row["state"] != "active":
            raise ProjectNotFoundError
        return Caller(principal=ANONYMOUS, project=_project(row))

    def _keep(self, key: tuple[str, str], caller: Caller, lifetime: float) -> None:
        if len(self._entries) >= MOST_ENTRIES:
            now = time.monotonic()
            self._entries = {k: e for k, e in self._entries.items() if e[1] > now}
            if len(self._entries) >= MOST_ENTRIES:
                self._entries.clear()
        self._entries[key] = (caller, time.monotonic() + lifetime)

    def _loaded(self, key: tuple[str, str], task: asyncio.Task[Caller]) -> None:
        self._loading.pop(key, None)
        if not task.cancelled():
            task.exception()  # taken even when every waiter has gone

    def _forget(self, subject: str) -> None:
        """Drop what is held of an admin or a project, and what is being loaded just now."""
        self._changes_heard += 1
        self._entries = {
            key: entry
            for key, entry in self._entries.items()
            if subject not in (str(entry[0].principal.id), str(entry[0].project.id))
        }


def _principal(credentials: AdminCredentials, row: Record | None) -> Principal:
    if row is None:
        raise InvalidTokenError("The session has ended.")
    return Principal(kind="admin_user", id=credentials.admin_id, email=row["email"])


def _project(row: Any) -> Project:
    project_id: UUID = row["project_id"]
    return Project(project_id, row["slug"], project_schema(project_id), row["state"])
