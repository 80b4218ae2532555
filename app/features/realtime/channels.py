"""Channels: who sits in which of them in this process, what they say, and who is present.

Messages are not kept: who is not there when one is said never hears it.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog

from app.api.services import Services
from app.core.connection_errors import AWAY, as_unavailable
from app.core.errors import UnavailableError
from app.core.ids import uuid7
from app.core.json_text import dump_json
from app.core.tasks import end_tasks
from app.engine.policy.channels import may_use
from app.engine.policy.model import Access, Action
from app.features.realtime.connection import Connection
from app.features.realtime.errors import ChannelForbiddenError, ChannelFullError
from app.features.realtime.exchange import CHANNEL, Exchange
from app.features.realtime.presence import (
    Key,
    Member,
    beat,
    delete_members,
    leave_node,
    put_member,
    read_present,
    restore_members,
    sweep_members,
)

BEAT_SECONDS: Final = 3.0
RECHECK_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 0.5
READ_PAUSE_SECONDS: Final = 0.05
_DOING: Final = {"read": "join", "create": "broadcast to", "update": "be present in"}

log = structlog.get_logger(__name__)


class Seat:
    """One socket in one channel; ``ref`` is its presence, if it is present."""

    __slots__ = ("_id", "connection", "gone", "key", "lost", "ref")

    def __init__(
        self,
        connection: Connection,
        name: str,
        topic: str,
        lost: Callable[[Exception], None],
    ) -> None:
        """``lost`` is told why the caller may no longer be present, or, ``gone``, listen."""
        self.connection = connection
        self.key: Key = (connection.caller.project.id, topic)
        self.lost = lost
        self.gone = False
        self.ref: UUID | None = None
        self._id = dump_json(name)

    def tell(self, kind: str, members: str) -> None:
        """Queue a message; ``members`` is the rest of it as JSON text, without its braces."""
        self.connection.push(f'{{"type":"{kind}","id":{self._id},{members}}}')


class Room:
    """A channel in which somebody of this process sits."""

    __slots__ = ("present", "seats")

    def __init__(self) -> None:
        self.seats: dict[Seat, None] = {}
        self.present: dict[UUID, Member] = {}

    def update(self, present: dict[UUID, Member]) -> None:
        """Tell of those who came, changed and left."""
        former, self.present = self.present, present
        joined = [each.told for ref, each in present.items() if former.get(ref) != each]
        left = [each.told for ref, each in former.items() if ref not in present]
        if joined or left:
            text = f'"joined":{dump_json(joined)},"left":{dump_json(left)}'
            for seat in list(self.seats):
                seat.tell("presence", text)


class Channels:
    """All channels of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool = services.database.owner
        self._exchange = Exchange(services.database, self._heard, self._mark)
        self._rooms: dict[Key, Room] = {}
        self._mine: dict[UUID, Member] = {}
        self._gone: dict[UUID, Key] = {}
        self._stale: set[Key] = set()
        self._due = asyncio.Event()
        self._recheck = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._beat_at = 0.0

    async def access(self, connection: Connection) -> Access:
        """What the connection's caller may do now."""
        caller = connection.caller
        catalog = await self._services.catalogs.current(caller.project.id)
        rules = await self._services.policies.current(catalog)
        return rules.access(caller, caller.address)

    async def require(self, connection: Connection, topic: str, action: Action) -> None:
        """Raise ChannelForbiddenError where no policy allows it."""
        if not may_use(await self.access(connection), action, topic):
            raise _forbidden(action)

    async def join(self, seat: Seat, shown: str | None) -> None:
        """Seat somebody, present as ``shown`` (JSON text) or not at all, and tell them who is.

        Raises ChannelForbiddenError, ChannelFullError.
        """
        await self.require(seat.connection, seat.key[1], "read")
        await self._start()
        try:
            if shown is not None:
                await self.appear(seat, shown)
            async with self._reading:
                present = (await read_present(self._pool, [seat.key]))[seat.key]
                self._sit(seat, present)
        except BaseException:
            self.leave(seat)
            raise

    def _sit(self, seat: Seat, present: dict[UUID, Member]) -> None:
        room = self._rooms.setdefault(seat.key, Room())
        room.update(present)
        topic, told = dump_json(seat.key[1]), dump_json([each.told for each in present.values()])
        seat.tell("ack", f'"channel":{topic},"present":{told}')
        room.seats[seat] = None

    async def appear(self, seat: Seat, shown: str) -> None:
        """Be present, or be shown otherwise. Raises ChannelForbiddenError, ChannelFullError."""
        await self.require(seat.connection, seat.key[1], "update")
        seat.ref = seat.ref or uuid7()
        member = self._mine[seat.ref] = Member(seat.ref, seat.key, shown)
        most = self._services.settings.realtime_channel_members
        try:
            if not await put_member(self._pool, self._exchange.node, member, most):
                raise ChannelFullError("As many are present as may be.", retry_after=10)
        except BaseException:
            self.disappear(seat)
            raise
        self._announce(seat.key)

    def disappear(self, seat: Seat) -> None:
        """Be present no more."""
        if seat.ref is not None:
            self._mine.pop(seat.ref, None)
            self._gone[seat.ref] = seat.key
            seat.ref = None
            self._due.set()

    def leave(self, seat: Seat) -> None:
        """Hear no more of the channel."""
        seat.gone = True
        self.disappear(seat)
        room = self._rooms.get(seat.key)
        if room is not None:
            room.seats.pop(seat, None)
            if not room.seats:
                del self._rooms[seat.key]

    def say(self, seat: Seat, message: str) -> None:
        """Tell all others in the channel, here and on other processes."""
        self._deliver(seat.key, message, seat)
        self._exchange.tell(seat.key, message)

    def look_again(self) -> None:
        """Rights have, or may have, changed."""
        self._recheck.set()

    async def close(self) -> None:
        """The process ends: whoever is present here is so no more."""
        if not self._tasks:
            return
        await end_tasks(*self._tasks)
        try:
            async with asyncio.timeout(2):
                await leave_node(self._pool, self._exchange.node)
        except AWAY:
            log.warning("channel_members_left_behind")  # until their lease is over

    async def _start(self) -> None:
        async with self._starting:
            if self._tasks:
                return
            await beat(self._pool, self._exchange.node)
            self._beat_at = time.monotonic() + BEAT_SECONDS
            listening = self._services.database.notices.listen(
                CHANNEL, self._exchange.received, self._mark_all
            )
            work = (listening, self._exchange.run(), self._maintain(), self._look())
            self._tasks = [asyncio.create_task(each) for each in work]

    def _heard(self, key: Key, message: str) -> None:
        self._deliver(key, message, None)

    def _deliver(self, key: Key, message: str, sender: Seat | None) -> None:
        room = self._rooms.get(key)
        for seat in list(room.seats) if room is not None else ():
            if seat is not sender:
                seat.tell("broadcast", message)

    def _announce(self, key: Key) -> None:
        self._mark(key)
        self._exchange.tell_changed(key)

    def _mark(self, key: Key) -> None:
        """Read soon who is present."""
        if key in self._rooms:
            self._stale.add(key)
            self._due.set()

    def _mark_all(self) -> None:
        self._stale.update(self._rooms)
        self._due.set()

    async def _maintain(self) -> None:
        """Everything that changes this process's rows but a presence's beginning, in one task: so
        none is written again after it was deleted."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._loop_time()):
                    await self._due.wait()
            await asyncio.sleep(READ_PAUSE_SECONDS)
            self._due.clear()
            try:
                await self._maintain_once()
            except Exception as error:
                if as_unavailable(error) is None and not isinstance(error, UnavailableError):
                    log.exception("channels_failed")
                await asyncio.sleep(RETRY_SECONDS)
                self._due.set()

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time() + max(0.0, self._beat_at - time.monotonic())

    async def _maintain_once(self) -> None:
        if self._gone:
            gone = dict(self._gone)
            await delete_members(self._pool, list(gone))
            for ref, key in gone.items():
                del self._gone[ref]
                self._announce(key)
        if time.monotonic() >= self._beat_at:
            await beat(self._pool, self._exchange.node)
            await restore_members(self._pool, self._exchange.node, list(self._mine.values()))
            await sweep_members(self._pool)
            self._beat_at = time.monotonic() + BEAT_SECONDS
            self._stale.update(self._rooms)
        await self._read_stale()

    async def _read_stale(self) -> None:
        async with self._reading:
            stale = self._stale & self._rooms.keys()
            if not stale:
                return
            found = await read_present(self._pool, stale)
            self._stale -= stale
            for key, present in found.items():
                room = self._rooms.get(key)
                if room is not None:
                    room.update(present)

    async def _look(self) -> None:
        """Ask again whether those who are here may be: every few seconds, and at once when
        rights have changed."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RECHECK_SECONDS):
                    await self._recheck.wait()
            self._recheck.clear()
            for room in list(self._rooms.values()):
                for seat in list(room.seats):
                    try:
                        await self._check(seat)
                    except Exception as error:
                        if as_unavailable(error) is None:
                            log.exception("channel_check_failed")

    async def _check(self, seat: Seat) -> None:
        access = await self.access(seat.connection)
        if not may_use(access, "read", seat.key[1]):
            self.leave(seat)
            seat.lost(_forbidden("read"))
        elif seat.ref is not None and not may_use(access, "update", seat.key[1]):
            self.disappear(seat)
            seat.lost(_forbidden("update"))


def _forbidden(action: Action) -> ChannelForbiddenError:
    return ChannelForbiddenError(f"You may not {_DOING[action]} this channel.")
