"""Collections and their subscriptions, as the two clients give them out."""

from typing import Generic, Self

from backendify_client.drivers import Awaiting, Awaits, Blocking, Blocks
from backendify_client.events import Event, Following
from backendify_client.exchange import Exchange
from backendify_client.records import Records
from backendify_client.shapes import C, F, R, U


class Subscription(Generic[R]):
    """Events as they happen: ``with`` opens it, iterating waits for the next.

    Inside the ``with`` nothing is missed any more: read your lists there, then follow.
    """

    def __init__(self, driver: Blocking, following: Following[R]) -> None:
        self._following = following
        self._items = driver.stream(following.events())

    @property
    def position(self) -> int | None:
        """Where it is in the log: ``since`` for a later subscription."""
        return self._following.position

    def __enter__(self) -> Self:
        next(self._items)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event[R]:
        return next(event for event in self._items if event is not None)

    def close(self) -> None:
        self._items.close()


class AsyncSubscription(Generic[R]):
    """Events as they happen: ``async with`` opens it, iterating waits for the next.

    Inside the ``async with`` nothing is missed any more: read your lists there, then follow.
    """

    def __init__(self, driver: Awaiting, following: Following[R]) -> None:
        self._following = following
        self._items = driver.stream(following.events())

    @property
    def position(self) -> int | None:
        """Where it is in the log: ``since`` for a later subscription."""
        return self._following.position

    async def __aenter__(self) -> Self:
        await anext(self._items)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[R]:
        event = None
        while event is None:
            event = await anext(self._items)
        return event

    async def close(self) -> None:
        await self._items.aclose()


class Collection(Records[R, C, U, F], Blocks):
    """A collection of a blocking client."""

    def __init__(self, exchange: Exchange, driver: Blocking, name: str) -> None:
        super().__init__(exchange, name)
        self.driver = driver

    def subscribe(self, *, filter: F | None = None, since: int | None = None) -> Subscription[R]:
        """Follow the changes of the records that match; ``since`` goes on behind a position."""
        following = Following[R](self._exchange, self.name, filter, since)
        return Subscription(self.driver, following)


class AsyncCollection(Records[R, C, U, F], Awaits):
    """A collection of an async client."""

    def __init__(self, exchange: Exchange, driver: Awaiting, name: str) -> None:
        super().__init__(exchange, name)
        self.driver = driver

    def subscribe(
        self, *, filter: F | None = None, since: int | None = None
    ) -> AsyncSubscription[R]:
        """Follow the changes of the records that match; ``since`` goes on behind a position."""
        following = Following[R](self._exchange, self.name, filter, since)
        return AsyncSubscription(self.driver, following)
