"""Requests of one shape that come at the same time, done by one statement.

While few statements are under way, each request goes out by itself, at once. Those that come
meanwhile wait in groups, each of what one statement can do, until a statement has landed.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


class Group(ABC, Generic[Item, Done]):
    """Requests that one statement does."""

    def __init__(self) -> None:
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
            done = await self.do()
        except BaseException as error:
            for future in self._futures:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for future, each in zip(self._futures, done, strict=True):
                if not future.done():
                    future.set_result(each)


AnyGroup = TypeVar("AnyGroup", bound=Group[Any, Any])


class Coalescer(Generic[AnyGroup]):
    """The groups of one worker that wait, and how many statements are under way."""

    most_in_flight: ClassVar[int] = 2

    def __init__(self) -> None:
        self._flying = 0
        self._groups: dict[tuple[Any, ...], AnyGroup] = {}
        self._tasks: set[asyncio.Task[None]] = set()

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
        self._flying += 1
        task = asyncio.create_task(self._fly(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, group: AnyGroup) -> None:
        try:
            await group.settle()
        finally:
            self.landed()
