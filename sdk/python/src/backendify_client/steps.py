"""What the client does, said without doing it: generators that yield effects.

Every operation is written once, as steps. A driver walks through them: ``Client`` blocks at each
effect, ``AsyncClient`` awaits it. An effect of the network is answered with what came of it or
with the transport's error, as a value: the steps decide what that means.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Answered with an ``httpx.Response`` that is read."""

    request: httpx.Request


@dataclass(frozen=True, slots=True)
class Open:
    """Answered with ``Opened``; whatever was open before is closed."""

    request: httpx.Request


@dataclass(frozen=True, slots=True)
class NextChunk:
    """Answered with bytes, or None at the end."""

    opened: "Opened"


@dataclass(frozen=True, slots=True)
class Sleep:
    seconds: float


@dataclass(frozen=True, slots=True)
class Alone:
    """Steps that no other thread or task of this client may walk at the same time.

    Answered with what they come to, or with their BackendifyError.
    """

    steps: "Steps[Any]"


@dataclass(frozen=True, slots=True)
class Emit(Generic[T]):
    """An item of a stream, for whoever iterates over it."""

    item: T


@dataclass(frozen=True, slots=True)
class Opened:
    """A response whose body still comes. That of a refusal is read."""

    response: httpx.Response
    chunks: Any


Effect = Send | Open | NextChunk | Sleep | Alone
Steps = Generator[Effect, Any, T]
Stream = Generator[Effect | Emit[T], Any, None]


def send(request: httpx.Request) -> "Steps[httpx.Response | httpx.RequestError]":
    outcome: httpx.Response | httpx.RequestError = yield Send(request)
    return outcome


def open_stream(request: httpx.Request) -> "Steps[Opened | httpx.RequestError]":
    outcome: Opened | httpx.RequestError = yield Open(request)
    return outcome


def next_chunk(opened: Opened) -> "Steps[bytes | httpx.RequestError | None]":
    outcome: bytes | httpx.RequestError | None = yield NextChunk(opened)
    return outcome
