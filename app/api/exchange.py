"""One request of the data routes, as their methods need it: its parameters and its body."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from starlette.types import Receive, Scope

from app.core.errors import BadRequestError, UnsupportedMediaTypeError
from app.core.json_text import parse_json
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import Condition
from app.engine.query.parameters import RESERVED, unknown_parameter
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.writing import Writer

LONGEST_REMEMBERED = 1_000


class NoConditionError(BadRequestError):
    code = "request_no_condition"


class Exchange:
    """One request, as the methods below need it."""

    __slots__ = (
        "_raw", "_receive", "_writer", "call", "headers", "pairs", "parsed", "record_id", "scope",
    )  # fmt: skip

    def __init__(
        self,
        call: Call,
        headers: dict[bytes, bytes],
        receive: Receive,
        pairs: Sequence[tuple[str, str]],
        scope: Scope,
    ) -> None:
        self.call = call
        self.pairs = pairs
        self.scope = scope
        self.record_id = ""
        self.parsed: Any = None
        self.headers = headers
        self._receive = receive
        self._raw: bytes | None = None
        self._writer: Writer | None = None

    def writer(self, pipeline: Pipeline) -> Writer:
        """What the request's write runs on: the transaction it is part of, or one of its own."""
        return self._writer or Writer(pipeline)

    def join(self, writer: Writer) -> None:
        """Let the request's write be part of the writer's transaction."""
        self._writer = writer

    async def raw(self) -> bytes:
        """The body's bytes."""
        if self._raw is None:
            message = await self._receive()
            body = message.get("body", b"")
            while message.get("more_body", False):
                message = await self._receive()
                body += message.get("body", b"")
            self._raw = body
        return self._raw

    async def body(self) -> Any:
        """The JSON body. Raises JsonSyntaxError, UnsupportedMediaTypeError."""
        media_type = self.headers.get(b"content-type", b"application/json")
        if not media_type.startswith(b"application/json") and b"+json" not in media_type:
            raise UnsupportedMediaTypeError(
                "The body must be JSON.", hint="Send it with: Content-Type: application/json."
            )
        self.parsed = parse_json(await self.raw())
        return self.parsed

    def no_parameters(self, *known: str) -> dict[str, str]:
        """The query string where only ``known`` may stand."""
        for name, _ in self.pairs:
            if name not in known:
                raise unknown_parameter(name, known)
        return dict(self.pairs)

    def condition(self) -> tuple[Condition, list[Any]]:
        """The condition of a bulk write: required, so that nothing is written by accident."""
        values: list[Any] = []
        reserved = [name for name, _ in self.pairs if name in RESERVED - {"filter"}]
        if reserved:
            raise unknown_parameter(reserved[0], {"filter"})
        filters = [value for name, value in self.pairs if name == "filter"]
        plain = [pair for pair in self.pairs if pair[0] != "filter"]
        if not self.pairs:
            raise NoConditionError(
                "A bulk write needs a condition.", hint="Add one, such as ?status=draft."
            )
        if filters:
            document = parse_json(filters[0])
            return parse_json_condition(document, values, where="/filter"), values
        return parse_pairs(plain, values), values


def pairs_of(query: bytes) -> Sequence[tuple[str, str]]:
    return parse_pairs_of(query) if len(query) > LONGEST_REMEMBERED else remembered_pairs(query)


@lru_cache(maxsize=2_000)
def remembered_pairs(query: bytes) -> tuple[tuple[str, str], ...]:
    """Applications ask with the same few query strings: read each once."""
    return tuple(parse_pairs_of(query))


def parse_pairs_of(query: bytes) -> list[tuple[str, str]]:
    """A query string's pairs; only what is escaped is unescaped."""
    if not query:
        return []
    pairs = []
    for part in query.decode("ascii").split("&"):
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name), unquote_plus(value)
        if name:
            pairs.append((name, value))
    return pairs
