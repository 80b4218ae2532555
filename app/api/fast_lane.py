"""The data routes' own dispatcher, in front of FastAPI: ``/api/projects/{p}/data/…``.

It parses the path, the query string and the headers by hand, and calls the pipeline; everything
else goes on to FastAPI, whose OpenAPI document lists these routes all the same (features/data).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.data_callers import address_of, find_data_caller
from app.api.errors import MethodNotAllowedError, RouteNotFoundError
from app.api.explained import explained, may_hear_reasons
from app.api.rate_limits import group_of
from app.api.services import Services
from app.core.errors import BadRequestError, UnsupportedMediaTypeError
from app.core.json_text import parse_json
from app.engine.catalog.former_names import find_former_names
from app.engine.catalog.model import Field
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import Condition
from app.engine.identity.principal import Caller
from app.engine.query.budget import check_budget
from app.engine.query.naming import may_name
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.preferences import Preferences, parse_preferences
from app.engine.query.request import (
    RESERVED,
    ReadRequest,
    parse_get,
    parse_list,
    parse_query,
    unknown_parameter,
)
from app.engine.query.respond import Answer
from app.engine.query.writing import Writer

PREFIX = "/api/projects/"
LONGEST_REMEMBERED = 1_000
_COLLECTION_ROUTE = "/api/projects/{project}/data/{collection}"
_RECORD_ROUTE = "/api/projects/{project}/data/{collection}/{id}"
_QUERY_ROUTE = "/api/projects/{project}/data/{collection}/query"
_OTHERS = frozenset({"import", "export", "aggregate", "validate"})


class NoConditionError(BadRequestError):
    code = "request_no_condition"


class FastLane:
    """Serves the data routes; passes everything else on."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = _data_path(scope)
        if parts is None:
            await self._app(scope, receive, send)
            return
        await _send(scope, send, await self._answer(scope, receive, *parts))

    async def respond(self, scope: Scope, receive: Receive) -> Response:
        """The same answer as a response of FastAPI's."""
        parts = _data_path(scope)
        if parts is None:
            raise RouteNotFoundError("There is no such route.")
        answer = await self._answer(scope, receive, *parts)
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers
        }
        return Response(answer.body, answer.status, headers, "application/json")

    async def _answer(
        self, scope: Scope, receive: Receive, project: str, collection: str, record: str | None
    ) -> Answer:
        headers = dict(scope["headers"])
        group = group_of(scope["method"], f"/{record}" if record == "query" else "")
        caller = await find_data_caller(self._services, scope, headers, project, group)
        call = _call(scope, headers, caller, collection)
        pipeline = self._services.pipeline
        pairs = _pairs_of(scope["query_string"])
        exchange = _Exchange(call, headers, receive, pairs, scope)
        if call.preferences.explain:
            answer = await explained(
                self._services,
                call,
                scope["method"],
                record or "",
                lambda: _run(pipeline, exchange, record),
            )
        else:
            answer = await _run(pipeline, exchange, record)
        if call.preferences.applied:
            applied = call.preferences.applied.encode("latin-1")
            answer.headers.append((b"preference-applied", applied))
        await self._tell_former_names(exchange, answer)
        return answer

    async def _tell_former_names(self, exchange: "_Exchange", answer: Answer) -> None:
        """Count the former names that a request says, and say so in its answer."""
        call = exchange.call
        project_id = call.caller.project.id
        catalog = self._services.catalogs.cached(project_id)
        collection = catalog and catalog.collections.get(call.collection)
        if catalog is None or (collection is not None and not collection.aliases):
            return
        said = find_former_names(
            catalog, call.collection, exchange.pairs, exchange.parsed, await self._known(call)
        )
        if said:
            self._services.former_names.note(project_id, said)
            renamed = ", ".join(f"{each.said}={each.now}" for each in said)
            answer.headers.append((b"deprecation", b"true"))
            answer.headers.append((b"backendify-renamed", renamed.encode("ascii")))

    async def _known(self, call: Call) -> Callable[[Field], bool]:
        """Whether the caller may name a field of the collection: to read it, or to set it."""
        catalog, access = await self._services.pipeline.ground(call)
        collection = catalog.find_collection(call.collection)
        return lambda field: collection is not None and may_name(access, collection, field)


class _Exchange:
    """One request, as the methods below need it."""

    __slots__ = ("_headers", "_receive", "call", "pairs", "parsed", "record_id", "scope")

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
        self._headers = headers
        self._receive = receive

    async def body(self) -> Any:
        """The JSON body. Raises JsonSyntaxError, UnsupportedMediaTypeError."""
        media_type = self._headers.get(b"content-type", b"application/json")
        if not media_type.startswith(b"application/json") and b"+json" not in media_type:
            raise UnsupportedMediaTypeError(
                "The body must be JSON.", hint="Send it with: Content-Type: application/json."
            )
        message = await self._receive()
        body = message.get("body", b"")
        while message.get("more_body", False):
            message = await self._receive()
            body += message.get("body", b"")
        self.parsed = parse_json(body)
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


async def _run(pipeline: Pipeline, exchange: _Exchange, record: str | None) -> Answer:
    method, state = exchange.scope["method"], exchange.scope["state"]
    if record is None:
        state["route"] = _COLLECTION_ROUTE
        return await _COLLECTION_METHODS.get(method, _refuse)(pipeline, exchange)
    if record == "query" and method == "POST":
        state["route"] = _QUERY_ROUTE
        return await _query(pipeline, exchange)
    state["route"] = _RECORD_ROUTE
    exchange.record_id = record
    return await _RECORD_METHODS.get(method, _refuse)(pipeline, exchange)


async def _list(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    return await pipeline.list_records(exchange.call, check_budget(_parse_list(exchange)))


async def _query(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    exchange.no_parameters()
    request = check_budget(parse_query(await exchange.body()))
    return await pipeline.list_records(exchange.call, request)


async def _create(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    given = exchange.no_parameters("on_conflict")
    body = await exchange.body()
    writer = Writer(pipeline)
    if "on_conflict" in given:
        answer = await writer.upsert(exchange.call, body, given["on_conflict"])
    else:
        answer = await writer.create(exchange.call, body)
    answer.headers[:] = [_escaped(*header) for header in answer.headers]
    return answer


def _escaped(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A text id holds what it likes, line ends among it: an address made of it must not."""
    return name, quote(value, safe=_IN_A_QUERY).encode() if name == b"location" else value


async def _update_many(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    condition, values = exchange.condition()
    body = await exchange.body()
    return await Writer(pipeline).update_many(exchange.call, condition, values, body)


async def _delete_many(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    condition, values = exchange.condition()
    return await Writer(pipeline).delete_many(exchange.call, condition, values)


async def _get(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    request = check_budget(parse_get(exchange.record_id, exchange.pairs))
    return await pipeline.get_record(exchange.call, request)


async def _patch(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    exchange.no_parameters()
    body = await exchange.body()
    return await Writer(pipeline).update(exchange.call, exchange.record_id, body, replace=False)


async def _put(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    exchange.no_parameters()
    body = await exchange.body()
    return await Writer(pipeline).update(exchange.call, exchange.record_id, body, replace=True)


async def _delete(pipeline: Pipeline, exchange: _Exchange) -> Answer:
    exchange.no_parameters()
    return await Writer(pipeline).delete(exchange.call, exchange.record_id)


async def _refuse(_pipeline: Pipeline, exchange: _Exchange) -> Answer:
    methods = _RECORD_METHODS if exchange.record_id else _COLLECTION_METHODS
    raise MethodNotAllowedError(
        "This method is not allowed here.", headers={"Allow": ", ".join(methods)}
    )


Method = Callable[[Pipeline, _Exchange], Awaitable[Answer]]
_COLLECTION_METHODS: dict[str, Method] = {
    "GET": _list,
    "HEAD": _list,
    "POST": _create,
    "PATCH": _update_many,
    "DELETE": _delete_many,
}
_RECORD_METHODS: dict[str, Method] = {
    "GET": _get,
    "HEAD": _get,
    "PATCH": _patch,
    "PUT": _put,
    "DELETE": _delete,
}


def _parse_list(exchange: "_Exchange") -> ReadRequest:
    query: bytes = exchange.scope["query_string"]
    if len(query) > LONGEST_REMEMBERED:
        return parse_list(exchange.pairs)
    return _remembered_list(query)


def _pairs_of(query: bytes) -> Sequence[tuple[str, str]]:
    return parse_pairs_of(query) if len(query) > LONGEST_REMEMBERED else _remembered_pairs(query)


@lru_cache(maxsize=2_000)
def _remembered_pairs(query: bytes) -> tuple[tuple[str, str], ...]:
    """Applications ask with the same few query strings: read each once."""
    return tuple(parse_pairs_of(query))


@lru_cache(maxsize=2_000)
def _remembered_list(query: bytes) -> ReadRequest:
    return parse_list(_remembered_pairs(query))


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


def _data_path(scope: Scope) -> tuple[str, str, str | None] | None:
    """``(project, collection, record id or None)`` of a data route; None for every other path."""
    if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
        return None
    parts = scope["path"][len(PREFIX) :].split("/")
    if b"%" in scope.get("raw_path", b""):  # an encoded slash belongs to a text id
        encoded = scope["raw_path"].decode("ascii")[len(PREFIX) :]
        parts = [unquote(part) for part in encoded.split("/")]
    if len(parts) not in (3, 4) or parts[1] != "data" or not all(parts):
        return None
    if len(parts) == 4 and parts[3] in _OTHERS:
        return None
    return parts[0], parts[2], parts[3] if len(parts) == 4 else None


def _call(scope: Scope, headers: dict[bytes, bytes], caller: Caller, collection: str) -> Call:
    return Call(
        caller=caller,
        collection=collection,
        preferences=_preferences(headers, caller),
        request_id=scope["state"]["request_id"],
        if_none_match=_text(headers.get(b"if-none-match")),
        if_match=_text(headers.get(b"if-match")),
        address=address_of(scope),
    )


def _preferences(headers: dict[bytes, bytes], caller: Caller) -> Preferences:
    found = parse_preferences(headers.get(b"prefer", b"").decode("latin-1"))
    return found.unexplained() if found.explain and not may_hear_reasons(caller) else found


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


async def _send(scope: Scope, send: Send, answer: Answer) -> None:
    headers = [(b"content-type", b"application/json"), *answer.headers]
    headers.append((b"content-length", b"%d" % len(answer.body)))
    if answer.next_cursor is not None and scope["method"] in ("GET", "HEAD"):
        headers.append((b"link", _next_link(scope, answer.next_cursor)))
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _next_link(scope: Scope, cursor: str) -> bytes:
    query: bytes = scope["query_string"]
    moved = (b"cursor=", b"offset=")
    kept = [part for part in query.split(b"&") if part and not part.startswith(moved)]
    path = quote(scope["path"], safe=_IN_A_PATH).encode()
    target = quote(b"&".join((*kept, b"cursor=" + cursor.encode())), safe=_IN_A_QUERY).encode()
    link: bytes = b'<%b?%b>; rel="next"' % (path, target)
    return link


_IN_A_PATH = "/:@!$&'()*+,;=~"
_IN_A_QUERY = _IN_A_PATH + "?%"
