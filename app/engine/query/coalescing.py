"""Requests of one shape that come at the same time, done by one statement.

While few statements are under way, each request goes out by itself, at once. Those that come
meanwhile wait in groups, each of what one statement can do, until a statement has landed. Where
groups stay without company, as where policies speak of each caller, their kind soon waits no more.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

LONE_GROUPS: Final = 8
"""After so many groups of one, those of their kind wait no more."""
APART_FOR: Final = 64
"""So many requests go by themselves then, before one of them waits again."""
MOST_KINDS: Final = 10_000

Item = TypeVar("Item")
Done = TypeVar("Done")


class Group(ABC, Generic[Item, Done]):
    """Requests that one statement does. ``kind`` is the statement that does one of them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.items: list[Item] = []
        self._futures: list[asyncio.Future[Done]] = []

    @abstractmethod
    async def do(self) -> Sequence[Done]:
        """What each item comes to, in their order."""

    def add(self, item: Item) -> "asyncio.Future[Done]":
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self.items.append(item)
        self._futures.append(future)
        return future

    async def settle(self) -> None:
        """Do it and tell whoever still waits."""
        try:
            for future, each in zip(self._futures, await self.do(), strict=True):
                if not future.done():
                    future.set_result(each)
        except BaseException as error:
            for future in self._futures:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise


AnyGroup = TypeVar("AnyGroup", bound=Group[Any, Any])


class Coalescer(Generic[AnyGroup]):
    """The groups of one worker that wait, and how many statements are under way."""

    most_in_flight: ClassVar[int] = 2

    def __init__(self) -> None:
        self._flying = 0
        self._groups: dict[tuple[Any, ...], AnyGroup] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lone: dict[str, int] = {}

    def goes_apart(self, kind: str) -> bool:
        """Whether waiting for others of the kind has not paid lately."""
        lone = self._lone.get(kind, 0)
        if lone < LONE_GROUPS:
            return False
        is_over = lone >= LONE_GROUPS + APART_FOR
        self._lone[kind] = LONE_GROUPS - 1 if is_over else lone + 1
        return not is_over

    def takes_off(self) -> bool:
        """Whether a request may go out by itself; ``landed`` must follow then."""
        if self._flying >= self.most_in_flight:
            return False
        self._flying += 1
        return True

    def landed(self) -> None:
        """A statement is over: those that waited for it leave, the oldest group first."""
        self._flying -= 1
        while self._groups and self._flying < self.most_in_flight:
            self.leave(*next(iter(self._groups.items())))

    def group(self, place: tuple[Any, ...], make: Callable[[], AnyGroup]) -> AnyGroup:
        """The group that waits at a place, made where there is none."""
        found = self._groups.get(place)
        if found is None:
            found = self._groups[place] = make()
        return found

    def leave(self, place: tuple[Any, ...], group: AnyGroup) -> None:
        """Send a group on its way, if it still waits."""
        if self._groups.get(place) is not group:
            return
        del self._groups[place]
        self._judge(group)
        self._flying += 1
        task = asyncio.create_task(self._fly(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _judge(self, group: AnyGroup) -> None:
        if len(group.items) > 1:
            self._lone.pop(group.kind, None)
        elif len(self._lone) < MOST_KINDS:
            self._lone[group.kind] = self._lone.get(group.kind, 0) + 1
        else:
            self._lone.clear()

    async def _fly(self, group: AnyGroup) -> None:
        try:
            await group.settle()
        finally:
            self.landed()
