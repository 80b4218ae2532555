"""The two that walk through steps, and how a class gets its methods from steps.

All that differs between the blocking and the async client stands here.
"""

import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import AsyncExitStack, ExitStack
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

import anyio
import httpx

from backendify_client.errors import BackendifyError
from backendify_client.steps import (
    Alone,
    Effect,
    Emit,
    NextChunk,
    Open,
    Opened,
    Send,
    Sleep,
    Steps,
    Stream,
)

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """Walks through steps in the caller's thread; several threads may share it."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._alone = threading.Lock()

    def run(self, steps: Steps[T]) -> T:
        with ExitStack() as held:
            outcome: Any = None
            while True:
                try:
                    effect = steps.send(outcome)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]  # the type is the generator's
                outcome = self._perform(effect, held)

    def stream(self, steps: Stream[T]) -> Generator[T, None, None]:
        with ExitStack() as held:
            outcome: Any = None
            while True:
                try:
                    effect = steps.send(outcome)
                except StopIteration:
                    return
                if isinstance(effect, Emit):
                    outcome = yield effect.item
                else:
                    outcome = self._perform(effect, held)

    def close(self) -> None:
        self._http.close()

    def _perform(self, effect: Effect, held: ExitStack) -> Any:
        try:
            match effect:
                case Send(request):
                    return self._http.send(request)
                case Open(request):
                    return self._open(request, held)
                case NextChunk(opened):
                    return next(opened.chunks, None)
                case Sleep(seconds):
                    return time.sleep(seconds)
                case Alone(steps):
                    with self._alone:
                        return self.run(steps)
        except (httpx.RequestError, BackendifyError) as error:
            return error

    def _open(self, request: httpx.Request, held: ExitStack) -> Opened:
        held.close()
        response = self._http.send(request, stream=True)
        held.callback(response.close)
        if not response.is_success:
            response.read()
        return Opened(response, response.iter_bytes())


class Awaiting:
    """Walks through steps in the caller's task, under asyncio or trio."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._alone = anyio.Lock()

    async def run(self, steps: Steps[T]) -> T:
        async with AsyncExitStack() as held:
            outcome: Any = None
            while True:
                try:
                    effect = steps.send(outcome)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]  # the type is the generator's
                outcome = await self._perform(effect, held)

    async def stream(self, steps: Stream[T]) -> AsyncGenerator[T, None]:
        async with AsyncExitStack() as held:
            outcome: Any = None
            while True:
                try:
                    effect = steps.send(outcome)
                except StopIteration:
                    return
                if isinstance(effect, Emit):
                    outcome = yield effect.item
                else:
                    outcome = await self._perform(effect, held)

    async def close(self) -> None:
        await self._http.aclose()

    async def _perform(self, effect: Effect, held: AsyncExitStack) -> Any:
        try:
            match effect:
                case Send(request):
                    return await self._http.send(request)
                case Open(request):
                    return await self._open(request, held)
                case NextChunk(opened):
                    return await anext(opened.chunks, None)
                case Sleep(seconds):
                    return await anyio.sleep(seconds)
                case Alone(steps):
                    async with self._alone:
                        return await self.run(steps)
        except (httpx.RequestError, BackendifyError) as error:
            return error

    async def _open(self, request: httpx.Request, held: AsyncExitStack) -> Opened:
        await held.aclose()
        response = await self._http.send(request, stream=True)
        held.push_async_callback(response.aclose)
        if not response.is_success:
            await response.aread()
        return Opened(response, response.aiter_bytes())


class Blocks:
    """What has a blocking driver: its operations return, its streams are iterators."""

    driver: Blocking


class Awaits:
    """What has an async driver: its operations are awaited, its streams are async iterators."""

    driver: Awaiting


class operation(Generic[P, T]):  # noqa: N801 - a decorator
    """Makes a method of steps: it blocks on what ``Blocks``, and is awaited on what ``Awaits``."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self._steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Blocks, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, holder: Awaits, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, holder: Any, owner: type) -> Any:
        if holder is None:
            return self

        def call(*args: P.args, **given: P.kwargs) -> Any:
            return holder.driver.run(self._steps(holder, *args, **given))

        return update_wrapper(call, self._steps)


class stream(Generic[P, T]):  # noqa: N801 - a decorator
    """The same for steps that emit items."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Stream[T]]) -> None:
        self._steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Blocks, owner: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, holder: Awaits, owner: type) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, holder: Any, owner: type) -> Any:
        if holder is None:
            return self

        def call(*args: P.args, **given: P.kwargs) -> Any:
            return holder.driver.stream(self._steps(holder, *args, **given))

        return update_wrapper(call, self._steps)
