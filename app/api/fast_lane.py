"""The data routes' own dispatcher, in front of FastAPI: ``/api/projects/{p}/data/…``.

It parses the path, the query string and the headers by hand, and calls the pipeline; everything
else goes on to FastAPI, whose OpenAPI document lists these routes all the same (features/data).
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from urllib.parse import quote, unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.data_callers import address_of, find_data_caller
from app.api.errors import MethodNotAllowedError, RouteNotFoundError
from app.api.exchange import LONGEST_REMEMBERED, Exchange, pairs_of, remembered_pairs
from app.api.explained import explained, may_hear_reasons
from app.api.rate_limits import group_of
from app.api.services import Services
from app.engine.catalog.former_names import find_former_names
from app.engine.catalog.model import Field
from app.engine.identity.principal import Caller
from app.engine.query.budget import check_budget
from app.engine.query.naming import may_name
from app.engine.query.once import keyed, run_once
from app.engine.query.past_reads import get_past, list_past
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.preferences import Preferences, parse_preferences
from app.engine.query.read_shape import ReadRequest
from app.engine.query.request import parse_get, parse_list, parse_query
from app.engine.query.respond import Answer
from app.engine.query.writing import Writer

PREFIX = "/api/projects/"
IDEMPOTENCY_KEY = b"idempotency-key"
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_COLLECTION_ROUTE = "/api/projects/{project}/data/{collection}"
_RECORD_ROUTE = "/api/projects/{project}/data/{collection}/{id}"
_QUERY_ROUTE = "/api/projects/{project}/data/{collection}/query"
_OTHERS = frozenset({"import", "export", "aggregate", "validate"})


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
        pairs = pairs_of(scope["query_string"])
        exchange = Exchange(call, headers, receive, pairs, scope)
        run = partial(_run_keyed if _is_keyed(exchange) else _run, pipeline, exchange, record)
        if call.preferences.explain:
            answer = await explained(
                self._services,
                call,
                scope["method"],
                record or "",
                run,
            )
        else:
            answer = await run()
        if call.preferences.applied:
            applied = call.preferences.applied.encode("latin-1")
            answer.headers.append((b"preference-applied", applied))
        await self._tell_former_names(exchange, answer)
        return answer

    async def _tell_former_names(self, exchange: Exchange, answer: Answer) -> None:
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


async def _run(pipeline: Pipeline, exchange: Exchange, record: str | None) -> Answer:
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


def _is_keyed(exchange: Exchange) -> bool:
    """Whether the request's effect is to happen once; a dry run has none."""
    is_write = exchange.scope["method"] in _WRITES
    return (
        is_write and IDEMPOTENCY_KEY in exchange.headers and not exchange.call.preferences.dry_run
    )


async def _run_keyed(pipeline: Pipeline, exchange: Exchange, record: str | None) -> Answer:
    scope, headers = exchange.scope, exchange.headers
    if record == "query":
        return await _run(pipeline, exchange, record)
    request = keyed(
        headers[IDEMPOTENCY_KEY].decode("latin-1"),
        f"{scope['method']} {scope['path']}",
        await exchange.raw(),
        scope["query_string"],
        headers.get(b"if-match", b""),
        headers.get(b"prefer", b""),
    )

    async def work(writer: Writer) -> Answer:
        exchange.join(writer)
        return await _run(pipeline, exchange, record)

    return await run_once(pipeline, exchange.call, request, work)


async def _list(pipeline: Pipeline, exchange: Exchange) -> Answer:
    return await _listed(pipeline, exchange, check_budget(_parse_list(exchange)))


async def _query(pipeline: Pipeline, exchange: Exchange) -> Answer:
    exchange.no_parameters()
    request = check_budget(parse_query(await exchange.body()))
    return await _listed(pipeline, exchange, request)


async def _listed(pipeline: Pipeline, exchange: Exchange, request: ReadRequest) -> Answer:
    if request.shape.as_of is not None:
        return await list_past(pipeline, exchange.call, request)
    return await pipeline.list_records(exchange.call, request)


async def _create(pipeline: Pipeline, exchange: Exchange) -> Answer:
    given = exchange.no_parameters("on_conflict")
    body = await exchange.body()
    writer = exchange.writer(pipeline)
    if "on_conflict" in given:
        answer = await writer.upsert(exchange.call, body, given["on_conflict"])
    else:
        answer = await writer.create(exchange.call, body)
    answer.headers[:] = [_escaped(*header) for header in answer.headers]
    return answer


def _escaped(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A text id holds what it likes, line ends among it: an address made of it must not."""
    return name, quote(value, safe=_IN_A_QUERY).encode() if name == b"location" else value


async def _update_many(pipeline: Pipeline, exchange: Exchange) -> Answer:
    condition, values = exchange.condition()
    body = await exchange.body()
    return await exchange.writer(pipeline).update_many(exchange.call, condition, values, body)


async def _delete_many(pipeline: Pipeline, exchange: Exchange) -> Answer:
    condition, values = exchange.condition()
    return await exchange.writer(pipeline).delete_many(exchange.call, condition, values)


async def _get(pipeline: Pipeline, exchange: Exchange) -> Answer:
    request = check_budget(parse_get(exchange.record_id, exchange.pairs))
    if request.shape.as_of is not None:
        return await get_past(pipeline, exchange.call, request)
    return await pipeline.get_record(exchange.call, request)


async def _patch(pipeline: Pipeline, exchange: Exchange) -> Answer:
    exchange.no_parameters()
    body = await exchange.body()
    return await exchange.writer(pipeline).update(
        exchange.call, exchange.record_id, body, replace=False
    )


async def _put(pipeline: Pipeline, exchange: Exchange) -> Answer:
    exchange.no_parameters()
    body = await exchange.body()
    return await exchange.writer(pipeline).update(
        exchange.call, exchange.record_id, body, replace=True
    )


async def _delete(pipeline: Pipeline, exchange: Exchange) -> Answer:
    exchange.no_parameters()
    return await exchange.writer(pipeline).delete(exchange.call, exchange.record_id)


async def _refuse(_pipeline: Pipeline, exchange: Exchange) -> Answer:
    methods = _RECORD_METHODS if exchange.record_id else _COLLECTION_METHODS
    raise MethodNotAllowedError(
        "This method is not allowed here.", headers={"Allow": ", ".join(methods)}
    )


Method = Callable[[Pipeline, Exchange], Awaitable[Answer]]
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


def _parse_list(exchange: Exchange) -> ReadRequest:
    query: bytes = exchange.scope["query_string"]
    if len(query) > LONGEST_REMEMBERED:
        return parse_list(exchange.pairs)
    return _remembered_list(query)


@lru_cache(maxsize=2_000)
def _remembered_list(query: bytes) -> ReadRequest:
    return parse_list(remembered_pairs(query))


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
