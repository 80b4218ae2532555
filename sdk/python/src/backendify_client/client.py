"""``Client`` and ``AsyncClient``: one project, spoken to blocking or awaited."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self, TypedDict, Unpack, overload

import httpx

from backendify_client.auth import AsyncAuth, Auth
from backendify_client.batch import AsyncBatch, Batch
from backendify_client.collections import AsyncCollection, Collection
from backendify_client.drivers import Awaiting, Awaits, Blocking, Blocks, operation
from backendify_client.exchange import Call, Exchange, segment
from backendify_client.retries import Retry
from backendify_client.session import MemoryStorage, Storage
from backendify_client.shapes import C, CollectionName, F, R, U
from backendify_client.steps import Steps

Values = dict[str, Any]
Conditions = Mapping[str, Any]


class Options(TypedDict, total=False):
    """What both clients take beside the address and the project.

    ``key`` is an API key, or any token that goes out as it is. Without one, requests are those of
    whoever signs in with ``auth``, or of nobody; ``storage`` is where their tokens are kept.
    ``retry`` says how often what failed is sent again, ``timeout`` how long each attempt may take.
    ``parse_float`` reads numbers with a fraction: ``Decimal`` keeps every digit.
    """

    key: str | None
    storage: Storage | None
    retry: Retry
    timeout: float | httpx.Timeout
    parse_float: Callable[[str], Any]


class _Project:
    """What both clients have in common."""

    _exchange: Exchange

    @operation
    def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Steps[Any]:
        """Any other route of the project: its path behind the project's, its JSON answer."""
        call = Call(method.upper(), path, params or {})
        return (
            yield from self._exchange.ask_json(call if json is None else replace(call, json=json))
        )


class Client(_Project, Blocks):
    """A project, spoken to by calls that block; several threads may share it."""

    def __init__(
        self,
        url: str,
        project: str,
        *,
        http: httpx.Client | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._exchange = _exchange(url, project, options)
        self.driver = Blocking(http or httpx.Client())
        self.auth = Auth(self._exchange, self.driver)

    @overload
    def collection(self, name: CollectionName[R, C, U, F]) -> Collection[R, C, U, F]: ...
    @overload
    def collection(self, name: str) -> Collection[Values, Conditions, Conditions, Conditions]: ...
    def collection(
        self, name: CollectionName[Any, Any, Any, Any] | str
    ) -> Collection[Any, Any, Any, Any]:
        """A collection; a ``CollectionName`` brings its types along."""
        return Collection(self._exchange, self.driver, _name(name))

    def batch(self, *, atomic: bool = True) -> Batch:
        """Operations that are collected here, and done in one transaction by ``run``."""
        return Batch(self._exchange, self.driver, atomic=atomic)

    def close(self) -> None:
        self.driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Project, Awaits):
    """A project, spoken to by calls that are awaited, under asyncio or trio."""

    def __init__(
        self,
        url: str,
        project: str,
        *,
        http: httpx.AsyncClient | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._exchange = _exchange(url, project, options)
        self.driver = Awaiting(http or httpx.AsyncClient())
        self.auth = AsyncAuth(self._exchange, self.driver)

    @overload
    def collection(self, name: CollectionName[R, C, U, F]) -> AsyncCollection[R, C, U, F]: ...
    @overload
    def collection(
        self, name: str
    ) -> AsyncCollection[Values, Conditions, Conditions, Conditions]: ...
    def collection(
        self, name: CollectionName[Any, Any, Any, Any] | str
    ) -> AsyncCollection[Any, Any, Any, Any]:
        """A collection; a ``CollectionName`` brings its types along."""
        return AsyncCollection(self._exchange, self.driver, _name(name))

    def batch(self, *, atomic: bool = True) -> AsyncBatch:
        """Operations that are collected here, and done in one transaction by ``run``."""
        return AsyncBatch(self._exchange, self.driver, atomic=atomic)

    async def close(self) -> None:
        await self.driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _exchange(url: str, project: str, options: Options) -> Exchange:
    return Exchange(
        url=f"{url.rstrip('/')}/api/projects/{segment(project)}",
        key=options.get("key"),
        storage=options.get("storage") or MemoryStorage(),
        retry=options.get("retry", Retry()),
        timeout=httpx.Timeout(options.get("timeout", 30.0)),
        parse_float=options.get("parse_float", float),
    )


def _name(name: CollectionName[Any, Any, Any, Any] | str) -> str:
    return name if isinstance(name, str) else name.name
