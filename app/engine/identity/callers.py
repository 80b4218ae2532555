"""From a request's credentials and project to a Caller: cached, and never stale for long.

An entry lives five seconds at most and is dropped at once when rights change (NOTIFY): logout,
suspension, a changed role or an archived project take effect everywhere within that time.
"""

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

from app.core.db import Database
from app.core.shared_loads import SharedLoads
from app.core.tasks import end_tasks
from app.engine.identity.access import CHANNEL
from app.engine.identity.admin_callers import find_admin, find_anonymous, find_member
from app.engine.identity.api_keys import PREFIX as KEY_PREFIX
from app.engine.identity.api_keys import find_key_caller
from app.engine.identity.credentials import (
    AdminCredentials,
    UserCredentials,
    read_admin_credentials,
    read_credentials,
    read_user_credentials,
)
from app.engine.identity.principal import Caller, Principal
from app.engine.identity.projects import ProjectArchivedError
from app.engine.identity.tokens import Tokens
from app.engine.identity.user_callers import find_user_caller

ENTRY_SECONDS = 5.0
MOST_ENTRIES = 20_000


class Callers:
    """Who is asking, and where."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens
        self._entries: dict[tuple[str, str], tuple[Caller, float]] = {}
        self._loads = SharedLoads(self._load)
        self._changes_heard = 0
        self._listener: asyncio.Task[None] | None = None
        self._heard_by: list[Callable[[str], None]] = []

    def cached(self, authorization: str, project_ref: str) -> Caller | None:
        """The caller of a data request, if resolved moments ago: no I/O, about a microsecond.

        ``authorization`` is the header's value, ``ApiKey <key>`` where only a key was given, empty
        without either; ``project_ref`` an id or slug.
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
        return await self._loads.join((authorization, project_ref))

    async def recheck(self, authorization: str, project_ref: str) -> Caller:
        """The same looked up anew, for connections that outlive a cached entry."""
        return await self._loads.join((authorization, project_ref))

    def on_change(self, tell: Callable[[str], None]) -> None:
        """Call ``tell`` with the id of an admin, user, key or project whose rights changed."""
        self._heard_by.append(tell)

    async def member(self, authorization: str, project_ref: str) -> Caller:
        """A member in a project, archived or not, looked up anew: for the control plane.

        Raises UnauthenticatedError, ProjectNotFoundError.
        """
        credentials = read_admin_credentials(self._tokens, authorization)
        return await find_member(self._database, credentials, project_ref)

    async def user(self, authorization: str, project_ref: str) -> Caller:
        """An app user in their own project, looked up anew: for their account's routes.

        Raises UnauthenticatedError, ProjectArchivedError.
        """
        credentials = read_user_credentials(self._tokens, authorization)
        return await find_user_caller(self._database, credentials, project_ref)

    async def admin(self, authorization: str) -> tuple[Principal, UUID]:
        """An admin and the id of their session, looked up anew. Raises UnauthenticatedError."""
        credentials = read_admin_credentials(self._tokens, authorization)
        return await find_admin(self._database, credentials), credentials.session_id

    def start(self) -> None:
        """Begin to listen for changed rights."""
        listening = self._database.notices.listen(CHANNEL, self._forget, self._forget_all)
        self._listener = asyncio.create_task(listening)

    async def stop(self) -> None:
        if self._listener is not None:
            await end_tasks(self._listener)

    async def _load(self, asked: tuple[str, str]) -> Caller:
        authorization, project_ref = asked
        heard = self._changes_heard
        key = _api_key(authorization)
        lifetime = ENTRY_SECONDS
        if key is not None:
            caller = await find_key_caller(self._database, key, project_ref)
        elif not authorization:
            caller = await find_anonymous(self._database, project_ref)
        else:
            credentials = read_credentials(self._tokens, authorization)
            lifetime = min(ENTRY_SECONDS, credentials.expires_at - time.time())
            caller = await self._find(credentials, project_ref)
        if heard == self._changes_heard:
            self._keep(asked, caller, lifetime)
        return caller

    async def _find(
        self, credentials: AdminCredentials | UserCredentials, project_ref: str
    ) -> Caller:
        if isinstance(credentials, UserCredentials):
            return await find_user_caller(self._database, credentials, project_ref)
        caller = await find_member(self._database, credentials, project_ref)
        if caller.project.state != "active":
            raise ProjectArchivedError
        return caller

    def _keep(self, key: tuple[str, str], caller: Caller, lifetime: float) -> None:
        if len(self._entries) >= MOST_ENTRIES:
            now = time.monotonic()
            self._entries = {k: e for k, e in self._entries.items() if e[1] > now}
            if len(self._entries) >= MOST_ENTRIES:
                self._entries.clear()
        self._entries[key] = (caller, time.monotonic() + lifetime)

    def _forget(self, subject: str) -> None:
        """Drop what is held of an admin or a project, and what is being loaded just now."""
        self._changes_heard += 1
        self._loads.forget()
        self._entries = {
            key: entry
            for key, entry in self._entries.items()
            if subject not in (str(entry[0].principal.id), str(entry[0].project.id))
        }
        for tell in self._heard_by:
            tell(subject)

    def _forget_all(self) -> None:
        self._changes_heard += 1
        self._loads.forget()
        self._entries.clear()


def _api_key(authorization: str) -> str | None:
    """The API key that is presented, in either spelling."""
    scheme, _, rest = authorization.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "apikey" or (scheme.lower() == "bearer" and rest.startswith(KEY_PREFIX)):
        return rest
    return None
