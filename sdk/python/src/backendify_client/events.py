"""Live events: the stream's text as events, and how to go on after a break."""

import codecs
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Literal, TypeVar, cast

import httpx

from backendify_client.errors import BackendifyError, expecting
from backendify_client.exchange import Call, Exchange, is_refused, successful
from backendify_client.json_text import dump_json, load_json
from backendify_client.session import Tokens
from backendify_client.shapes import object_of
from backendify_client.steps import Emit, Opened, Sleep, Steps, Stream, next_chunk, open_stream

R = TypeVar("R", bound=Mapping[str, Any])

EventType = Literal[
    "record.created", "record.updated", "record.deleted", "record.entered", "record.left", "resync"
]
_SILENCE_SECONDS: Final = 45.0  # a comment comes every 15
_PASSING: Final = frozenset({0, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Event(Generic[R]):
    """What happened to a record. ``resync``: events were missed, read your lists again.

    ``seq`` is the position to go on from. ``record`` is None where it is gone or seen no more.
    """

    type: EventType
    seq: int
    id: str | None = None
    collection: str | None = None
    record_id: str | None = None
    record: R | None = None
    previous: R | None = None
    actor: Mapping[str, str | None] | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream; without a ``name`` it only tells a position."""

    id: str
    name: str
    data: str


class Messages:
    """Reads server-sent events from bytes, however they are cut."""

    def __init__(self) -> None:
        text = codecs.getincrementaldecoder("utf-8")("replace")
        self._lines = io.IncrementalNewlineDecoder(text, translate=True)
        self._rest = ""

    def feed(self, chunk: bytes) -> Iterator[Message]:
        *messages, self._rest = (self._rest + self._lines.decode(chunk)).split("\n\n")
        return filter(None, map(_message, messages))


class Following(Generic[R]):
    """A subscription's steps. ``position`` is where it is in the log, None before it is open.

    It is one user's, or nobody's, from its beginning to its end.
    """

    def __init__(
        self,
        exchange: Exchange,
        collection: str,
        condition: Mapping[str, Any] | None,
        since: int | None,
    ) -> None:
        self._exchange = replace(exchange, timeout=_patient(exchange.timeout))
        self._params = {"collection": collection}
        if condition:
            self._params["filter"] = dump_json(condition)
        self.position = since
        self._was_open = False
        self._tokens: Tokens | None = None
        self._is_begun = False

    def events(self) -> Stream[Event[R] | None]:
        """Emits None once it is open, then events. Comes back by itself after every break.

        Raises BackendifyError for what coming back does not mend, where it could not be opened in
        the first place, and where whoever began it is signed in no more.
        """
        failures = 0
        while True:
            try:
                opened = yield from self._open()
            except BackendifyError as error:
                yield Sleep(self._pause(error, failures))
                failures += 1
                continue
            failures = 0
            yield from self._read(opened)
            yield Sleep(self._exchange.retry.backoff(0))

    def _open(self) -> Steps[Opened]:
        self._tokens = yield from self._credentials()
        opened = yield from open_stream(self._request())
        if self._tokens is not None and isinstance(opened, Opened) and is_refused(opened.response):
            renewed = yield from self._exchange.renew(self._tokens)
            if renewed is not None:
                self._tokens = renewed
                opened = yield from open_stream(self._request())
        successful(opened.response if isinstance(opened, Opened) else opened)
        return cast("Opened", opened)

    def _credentials(self) -> Steps[Tokens | None]:
        if not self._is_begun:
            tokens = yield from self._exchange.credentials()
            self._is_begun = True
            return tokens
        if self._tokens is None:
            return None
        return (yield from self._exchange.credentials_of(self._tokens))

    def _request(self) -> httpx.Request:
        headers = {} if self.position is None else {"last-event-id": str(self.position)}
        call = Call("GET", "/realtime", self._params)
        sent = {**headers, "accept": "text/event-stream"}
        return self._exchange.request(call, self._tokens, sent)

    def _pause(self, error: BackendifyError, failures: int) -> float:
        """Raises ``error`` where it stands. What was open comes back however long that takes."""
        retry = self._exchange.retry
        is_patient = self._was_open and retry.times > 0
        asked = error.retry_after or 0.0
        if error.status not in _PASSING or asked > retry.longest:
            raise error
        if failures >= retry.times and not is_patient:
            raise error
        return max(asked, retry.backoff(failures))

    def _read(self, opened: Opened) -> Stream[Event[R] | None]:
        messages = Messages()
        while isinstance(chunk := (yield from next_chunk(opened)), bytes):
            self._check_user()
            for message in messages.feed(chunk):
                with expecting(opened.response.status_code):
                    event = self._event(message) if message.name else None
                    self.position = int(message.id) if message.id else self.position
                if not self._was_open:
                    self._was_open = True
                    yield Emit(None)
                if event is not None:
                    yield Emit(event)
                    self._check_user()

    def _check_user(self) -> None:
        """Raises BackendifyError: what is still told is for somebody who is not there any more."""
        if self._tokens is not None:
            self._tokens = self._exchange.latest_of(self._tokens)

    def _event(self, message: Message) -> Event[R]:
        data = object_of(load_json(message.data.encode(), self._exchange.parse_float))
        known = {name: data[name] for name in _MEMBERS if name in data}
        return Event(type=cast("EventType", message.name), **known)


_MEMBERS: Final = (
    "seq", "id", "collection", "record_id", "record", "previous", "actor", "request_id",
)  # fmt: skip


def _message(text: str) -> Message | None:
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        fields[name] = f"{fields['data']}\n{value}" if name == "data" in fields else value
    if "id" not in fields and "event" not in fields:
        return None
    return Message(fields.get("id", ""), fields.get("event", ""), fields.get("data", ""))


def _patient(timeout: httpx.Timeout) -> httpx.Timeout:
    """A stream may be silent for longer than an answer."""
    return httpx.Timeout(
        connect=timeout.connect, write=timeout.write, pool=timeout.pool, read=_SILENCE_SECONDS
    )
