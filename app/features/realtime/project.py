"""The listeners of one project in this process: one reader of its log for all of them."""

import asyncio
from collections.abc import Hashable
from uuid import UUID

import asyncpg
import structlog

from app.api.services import Services
from app.core.connection_errors import as_unavailable
from app.core.errors import BackendifyError, UnavailableError
from app.core.event import Event
from app.core.tasks import end_tasks
from app.engine.changes.tail import Tail
from app.engine.policy.authorize import Rules
from app.features.realtime.connection import Listener
from app.features.realtime.sight import Sight, make_sight

POLL_SECONDS = 2.0
RETRY_SECONDS = 0.5
PAUSE_SECONDS = 0.0001
LONGEST_PAUSE_SECONDS = 0.2

log = structlog.get_logger(__name__)


class _Group:
    """Listeners who see the same."""

    __slots__ = ("members", "sight")

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.members: dict[Listener, None] = {}


class ProjectFeed:
    """Reads behind the log's tail and hands on what each group of listeners sees."""

    def __init__(self, services: Services, project_id: UUID) -> None:
        self.tail = Tail(services.database, project_id)
        self._services = services
        self._project_id = project_id
        self._groups: dict[Hashable, _Group] = {}
        self._listeners: dict[Listener, Hashable] = {}
        self._rules: Rules | None = None
        self._wake = asyncio.Event()
        self._opening = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._pending: list[Event] = []

    def wake(self) -> None:
        """The log has grown, or what may be seen of it has changed."""
        self._wake.set()

    async def open(self) -> None:
        """Begin to read, if that has not begun."""
        async with self._opening:
            if self._running is None:
                await self.tail.open()
                self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._running is not None:
            await end_tasks(self._running)

    async def enter(self, listener: Listener, since: int | None) -> tuple[int, bool]:
        """Place a new listener: the position it goes on from, and whether events are missing.

        Raises what its request cannot have. ``follow`` it then.
        """
        await self._see(listener)
        reaches = since is None or await self.tail.reaches(since)
        listener.position = self.tail.cursor if since is None or not reaches else since
        return listener.position, not reaches

    async def follow(self, listener: Listener) -> None:
        """Show the listener what it has missed; it is told of the rest as it happens."""
        while not listener.gone and listener.connection.ended is None:
            sight = await self._see(listener)
            if listener.position >= self.tail.cursor and sight.rules is self._rules:
                self._join(listener, sight)
                return
            await self._catch_up(listener, sight)

    async def _catch_up(self, listener: Listener, sight: Sight) -> None:
        """Show some of what was missed, as fast as it is taken, and while the sight holds."""
        events, upto = await self.tail.behind(listener.position, list(sight.grants))
        for frame in await sight.see(self._services, events):
            await listener.connection.room()
            if sight.rules is not self._rules or listener.connection.caller is not sight.caller:
                return
            listener.deliver([frame], frame.seq)
        listener.deliver([], upto)

    def leave(self, listener: Listener) -> None:
        """Tell it no more."""
        listener.gone = True
        self._take_out(listener)

    def renew(self, listener: Listener) -> None:
        """Its caller is no longer the same: see anew what it may see."""
        if listener in self._listeners and self._rules is not None:
            self._take_out(listener)
            self._place(listener, self._rules)

    async def _see(self, listener: Listener) -> Sight:
        rules = await self._current_rules()
        if self._rules is not rules:
            self._adopt(rules)
        listener.sight = make_sight(rules, listener.connection.caller, listener.spec)
        return listener.sight

    async def _current_rules(self, at_least: int = 0) -> Rules:
        catalogs = self._services.catalogs
        catalog = await catalogs.current(self._project_id)
        if catalog.version < at_least:
            catalog = await catalogs.refresh(self._project_id, at_least)
        return await self._services.policies.current(catalog)

    def _adopt(self, rules: Rules) -> None:
        """Let every listener see by these rules from now on."""
        listeners = list(self._listeners)
        self._rules = rules
        self._groups.clear()
        self._listeners.clear()
        for listener in listeners:
            self._place(listener, rules)

    def _place(self, listener: Listener, rules: Rules) -> None:
        try:
            sight = make_sight(rules, listener.connection.caller, listener.spec)
        except BackendifyError as error:
            listener.gone = True
            listener.sink.lost(error)
        else:
            self._join(listener, sight)

    def _take_out(self, listener: Listener) -> None:
        key = self._listeners.pop(listener, None)
        group = self._groups.get(key)
        if group is not None:
            group.members.pop(listener, None)
            if not group.members:
                del self._groups[key]

    def _join(self, listener: Listener, sight: Sight) -> None:
        group = self._groups.get(sight.key)
        if group is None:
            group = self._groups[sight.key] = _Group(sight)
        group.members[listener] = None
        self._listeners[listener] = sight.key
        listener.sight = sight

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                has_more = True
                while has_more:
                    has_more = await self._step()
                    await asyncio.sleep(self._pause())
            except asyncpg.UndefinedTableError:
                await asyncio.sleep(RETRY_SECONDS)  # deleted: its callers will be told
            except Exception as error:
                if as_unavailable(error) is None and not isinstance(error, UnavailableError):
                    log.exception("realtime_failed", project_id=str(self._project_id))
                await asyncio.sleep(RETRY_SECONDS)

    def _pause(self) -> float:
        """The more listen, the more events are sent them at once."""
        return min(LONGEST_PAUSE_SECONDS, len(self._listeners) * PAUSE_SECONDS)

    async def _step(self) -> bool:
        """Read and hand on some events; whether there were any."""
        is_broken = False
        if not self._pending:
            self._pending, is_broken = await self.tail.read()
        events, upto = self._pending, self.tail.cursor
        rules = await self._current_rules(max((e.schema_version for e in events), default=0))
        if rules is not self._rules:
            self._adopt(rules)
        if is_broken:
            for listener in list(self._listeners):
                listener.resync(upto)
        while any(listener.position < upto for listener in self._listeners):
            await self._hand_on(events, upto)
        self._pending = []
        return bool(events)

    async def _hand_on(self, events: list[Event], upto: int) -> None:
        """One round over the groups. Listeners who change groups meanwhile are for the next."""
        for key, group in list(self._groups.items()):
            members = [each for each in group.members if each.position < upto]
            if not members:
                continue
            frames = await group.sight.see(self._services, events)
            if self._groups.get(key) is group:
                for listener in members:
                    if listener in group.members:
                        listener.deliver(frames, upto)
            await asyncio.sleep(0)
