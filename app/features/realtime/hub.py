"""All who listen in this process: their connections by project, their rights, their end."""

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from app.api.services import Services
from app.core.connection_errors import as_unavailable
from app.core.errors import BackendifyError, UnauthenticatedError, UnavailableError
from app.core.tasks import end_tasks
from app.engine.changes.relay import LOG_CHANNEL
from app.engine.identity.api_keys import check_address
from app.engine.identity.principal import Caller
from app.features.realtime.channels import Channels
from app.features.realtime.connection import Connection, End, Listener
from app.features.realtime.errors import (
    FORBIDDEN,
    GOING_AWAY,
    TRY_LATER,
    UNAUTHENTICATED,
    TooManyListenersError,
)
from app.features.realtime.project import ProjectFeed

CHECK_SECONDS = 3.0
CHECKS_AT_ONCE = 20
MOST_UNCHECKED = 2
LEAVING = End(GOING_AWAY, "going_away")

log = structlog.get_logger(__name__)


class Hub:
    """Opened with the process's services; does nothing until somebody listens."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feeds: dict[UUID, ProjectFeed] = {}
        self._connections: dict[Connection, dict[Listener, None]] = {}
        self._by_owner: Counter[Hashable] = Counter()
        self._by_project: Counter[UUID] = Counter()
        self._unnamed: Counter[str | None] = Counter()
        self._unchecked: Counter[tuple[str, str]] = Counter()
        self._tasks: list[asyncio.Task[None]] = []
        self._subjects: set[str] = set()
        self._changed = asyncio.Event()
        self.is_leaving = False
        self.channels = Channels(services)
        services.catalogs.on_change(self._wake_project)
        services.callers.on_change(self._rights_changed)

    @contextmanager
    def unnamed(self, address: str | None) -> Iterator[None]:
        """A socket that has not said yet who it is: so many of one address and no more.

        Raises TooManyListenersError.
        """
        if self._unnamed[address] >= self._services.settings.realtime_sockets_per_principal:
            raise TooManyListenersError("Too many connections are open.", retry_after=10)
        self._unnamed[address] += 1
        try:
            yield
        finally:
            _count_down(self._unnamed, address)

    def admit(self, connection: Connection) -> None:
        """Count a new connection in. Raises TooManyListenersError."""
        project_id = connection.caller.project.id
        settings = self._services.settings
        owner = (project_id, connection.owner)
        if (
            self._by_owner[owner] >= settings.realtime_sockets_per_principal
            or self._by_project[project_id] >= settings.realtime_sockets_per_project
        ):
            raise TooManyListenersError("Too many connections are open.", retry_after=10)
        self._by_owner[owner] += 1
        self._by_project[project_id] += 1
        self._connections[connection] = {}
        if self.is_leaving:
            connection.end(LEAVING)
        if not self._tasks:
            self._start()

    async def dismiss(self, connection: Connection) -> None:
        """The connection is gone."""
        listeners = self._connections.pop(connection, None)
        if listeners is None:
            return
        project_id = connection.caller.project.id
        _count_down(self._by_owner, (project_id, connection.owner))
        _count_down(self._by_project, project_id)
        feed = self._feeds.get(project_id)
        if feed is None:
            return
        for listener in listeners:
            feed.leave(listener)
        if not self._by_project[project_id]:
            del self._feeds[project_id]
            await feed.close()

    async def enter(self, listener: Listener, since: int | None) -> tuple[int, bool]:
        """Place a listener of an admitted connection: where it goes on from, and whether events
        are missing. Raises what its request cannot have. ``follow`` it then."""
        project_id = listener.connection.caller.project.id
        feed = self._feeds.get(project_id)
        if feed is None:
            feed = self._feeds[project_id] = ProjectFeed(self._services, project_id)
        await feed.open()
        placed = await feed.enter(listener, since)
        self._connections[listener.connection][listener] = None
        return placed

    async def follow(self, listener: Listener) -> None:
        """Let the listener be told, from its position on."""
        feed = self._feeds.get(listener.connection.caller.project.id)
        if feed is not None:
            await feed.follow(listener)

    def leave(self, listener: Listener) -> None:
        """Tell a listener no more, while its connection stays."""
        feed = self._feeds.get(listener.connection.caller.project.id)
        if feed is not None:
            feed.leave(listener)
        self._connections.get(listener.connection, {}).pop(listener, None)

    def end_all(self) -> None:
        """The process is told to end: so are all who listen."""
        self.is_leaving = True
        for connection in list(self._connections):
            connection.end(LEAVING)

    async def close(self) -> None:
        self.end_all()
        await end_tasks(*self._tasks)
        await self.channels.close()
        for feed in list(self._feeds.values()):
            await feed.close()

    def adopt(self, connection: Connection, caller: Caller) -> None:
        """The connection's caller is found to be, or to have become, this one."""
        if caller == connection.caller:
            return
        connection.caller = caller
        self.channels.look_again()
        feed = self._feeds.get(caller.project.id)
        if feed is not None:
            for listener in list(self._connections.get(connection, ())):
                feed.renew(listener)

    def _start(self) -> None:
        notices = self._services.database.notices
        listening = notices.listen(LOG_CHANNEL, self._log_grew, self._wake_all)
        self._tasks = [asyncio.create_task(listening), asyncio.create_task(self._check())]

    def _log_grew(self, payload: str) -> None:
        with suppress(ValueError):
            feed = self._feeds.get(UUID(payload))
            if feed is not None:
                feed.wake()

    def _wake_all(self) -> None:
        for feed in self._feeds.values():
            feed.wake()

    def _wake_project(self, project_id: UUID) -> None:
        self.channels.look_again()
        feed = self._feeds.get(project_id)
        if feed is not None:
            feed.wake()

    def _rights_changed(self, subject: str) -> None:
        self._subjects.add(subject)
        self._changed.set()

    async def _check(self) -> None:
        """Look every caller up again, those of whom a change was told at once."""
        while True:
            subjects: set[str] = set()
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass
            else:
                subjects, self._subjects = self._subjects, set()
                self._changed.clear()
            try:
                await self._check_all(subjects)
            except Exception:
                log.exception("realtime_check_failed")

    async def _check_all(self, subjects: set[str]) -> None:
        """Those of some subjects, or of all where none is named."""
        due: dict[tuple[str, str], list[Connection]] = {}
        for connection in self._connections:
            caller = connection.caller
            if not subjects or subjects & {str(caller.principal.id), str(caller.project.id)}:
                due.setdefault((connection.credentials, connection.project_ref), []).append(
                    connection
                )
        gate = asyncio.Semaphore(CHECKS_AT_ONCE)

        async def check(key: tuple[str, str], connections: list[Connection]) -> None:
            async with gate:
                await self._check_one(key, connections)

        await asyncio.gather(*(check(*item) for item in due.items()))

    async def _check_one(self, key: tuple[str, str], connections: list[Connection]) -> None:
        try:
            caller = await self._services.callers.recheck(*key)
        except Exception as error:  # noqa: BLE001 - one caller's fault is nobody else's
            end = self._end_for(key, error)
            if end is not None:
                for connection in connections:
                    connection.end(end)
            return
        self._unchecked.pop(key, None)
        for connection in connections:
            self._take_over(connection, caller)

    def _take_over(self, connection: Connection, caller: Caller) -> None:
        try:
            check_address(caller.principal, connection.caller.address)
        except BackendifyError as error:
            connection.end(end_of(error))
        else:
            self.adopt(connection, at_address(caller, connection.caller.address))

    def _end_for(self, key: tuple[str, str], error: Exception) -> End | None:
        if isinstance(error, BackendifyError) and not isinstance(error, UnavailableError):
            return end_of(error)
        if as_unavailable(error) is None and not isinstance(error, UnavailableError):
            log.error("realtime_check_failed", exc_info=error)
        self._unchecked[key] += 1
        if self._unchecked[key] < MOST_UNCHECKED:
            return None
        del self._unchecked[key]
        return End(TRY_LATER, "unavailable")  # whose rights cannot be checked is told nothing


def at_address(caller: Caller, address: str | None) -> Caller:
    """The caller, with the address that their connection comes from."""
    return replace(caller, address=address)


def end_of(error: BackendifyError) -> End:
    """How a connection ends whose caller may no longer be here."""
    is_unknown = isinstance(error, UnauthenticatedError)
    return End(UNAUTHENTICATED if is_unknown else FORBIDDEN, error.code)


@asynccontextmanager
async def open_hub(services: Services) -> AsyncIterator[Hub]:
    """The hub of a process; it is told of SIGTERM before the server begins to wait for it."""
    hub = Hub(services)
    with _warned_of_the_end(hub):
        try:
            yield hub
        finally:
            await hub.close()


@contextmanager
def _warned_of_the_end(hub: Hub) -> Iterator[None]:
    """Streams that never end would keep a server from ending: it waits for them."""
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                stack.enter_context(_told_first(number, hub))
        yield


@contextmanager
def _told_first(number: signal.Signals, hub: Hub) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    before = signal.getsignal(number)

    def told(given: int, frame: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(hub.end_all)
        if callable(before):
            before(given, frame)

    if callable(before):  # else nobody here ends in order
        signal.signal(number, told)
    try:
        yield
    finally:
        if signal.getsignal(number) is told:
            signal.signal(number, before)


def _count_down(counter: "Counter[Any]", key: Any) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
