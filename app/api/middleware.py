"""The edge: the one middleware, around the fast lane and FastAPI alike.

It gives each request an id, refuses what is malformed or too large, adds the headers every answer
has, measures, counts and logs. Pure ASGI: a ``BaseHTTPMiddleware`` would cost more than all else.
"""

import os
import re
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.access_log import AccessLog
from app.api.cors import Cors, Header, is_preflight
from app.api.errors import as_backendify_error, problem_response, shown_path
from app.api.limits import limited_receive, refuse_bad_url, timed_receive
from app.api.services import Services
from app.core.errors import BackendifyError, UnavailableError

UNMATCHED: Final = "unmatched"

_READ_HEADERS: Final = frozenset(
    {
        b"x-request-id",
        b"traceparent",
        b"origin",
        b"content-length",
        b"transfer-encoding",
        b"access-control-request-method",
    }
)
_REQUEST_ID: Final = re.compile(rb"(?!run_[0-9A-Fa-f-]{32,36}\Z)[A-Za-z0-9._~-]{1,128}")
"""Not those of workflows' runs: nobody else writes in their name."""

_TRACEPARENT: Final = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_UNLESS_SET: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_NONE: Final[frozenset[str]] = frozenset()
_WITHOUT_DATABASE: Final = ("/livez", "/readyz", "/metrics", "/docs", "/redoc", "/openapi.json")


class NotStartedError(UnavailableError):
    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database has not been reached yet.", retry_after=2)


class Edge:
    """``route_of`` gives the template of the route that a scope was led to, or None."""

    def __init__(
        self, app: ASGIApp, services: Services, route_of: Callable[[Scope], str | None]
    ) -> None:
        self.app = app
        self.services = services
        self._route_of = route_of
        self._cors = Cors(services.settings.cors_origins, self._project_origins)
        self._most_url = services.settings.max_url_bytes
        self._most_body = services.settings.max_body_bytes
        self._body_seconds = services.settings.body_timeout_seconds
        self._log = AccessLog(enabled=services.settings.log_level in ("debug", "info"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, send)
        try:
            await self._serve(exchange, scope, receive)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            await self._answer_error(exchange, scope, receive, error)
        finally:
            self._finish(exchange, scope)

    async def _serve(self, exchange: "Exchange", scope: Scope, receive: Receive) -> None:
        refuse_bad_url(scope, self._most_url)
        origin = exchange.headers.get(b"origin")
        if origin is not None:
            preflight = is_preflight(scope["method"], exchange.headers)
            exchange.cors = await self._cors.answer_for(origin, scope["path"], preflight=preflight)
            if preflight:
                await exchange.send({"type": "http.response.start", "status": 204})
                await exchange.send({"type": "http.response.body"})
                return
        receive = timed_receive(receive, exchange.headers, self._body_seconds)
        receive = limited_receive(receive, scope, exchange.headers, self._most_body)
        if not self.services.started and not scope["path"].startswith(_WITHOUT_DATABASE):
            raise NotStartedError
        await self.app(scope, receive, exchange.send)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a WebSocket on to its route, which answers for its own faults."""
        try:
            refuse_bad_url(scope, self._most_url)
        except BackendifyError:
            await _refuse_socket(receive, send)
            return
        if not self.services.started or not await self._admits(scope):
            await _refuse_socket(receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id")
        scope.setdefault("state", {})["request_id"] = _request_id(given)
        await self.app(scope, receive, send)

    async def _admits(self, scope: Scope) -> bool:
        """Whether a page of that origin may open a WebSocket: browsers do not ask beforehand."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is None:
            return True
        own = origin.partition(b"://")[2] == headers.get(b"host")
        answer = await self._cors.answer_for(origin, scope["path"], preflight=False)
        return own or any(name == b"access-control-allow-origin" for name, _ in answer)

    async def _project_origins(self, project_ref: str) -> frozenset[str]:
        return await self.services.origins.of(project_ref) if self.services.started else _NONE

    async def _answer_error(
        self, exchange: "Exchange", scope: Scope, receive: Receive, error: Exception
    ) -> None:
        """Answer what nobody has answered yet; a broken stream must end as one."""
        if not exchange.status:
            problem = problem_response(
                as_backendify_error(error), scope["path"], exchange.request_id
            )
            await problem(scope, receive, exchange.send)
        elif not exchange.complete:
            raise error

    def _finish(self, exchange: "Exchange", scope: Scope) -> None:
        seconds = time.perf_counter() - exchange.started
        route = scope["state"].get("route") or self._route_of(scope) or UNMATCHED
        status = exchange.status or 499
        self.services.metrics.observe(scope["method"], route, status, seconds)
        self.services.metrics.projects.observe(scope["path"], route, status, seconds)
        if self._log.enabled:
            path = shown_path(scope["path"])
            self._log.add(scope["method"], path, route, status, seconds, exchange.request_id)


class Exchange:
    """One request and its answer, as the edge sees them."""

    __slots__ = (
        "_send",
        "_state",
        "_tls",
        "complete",
        "cors",
        "headers",
        "request_id",
        "started",
        "status",
    )

    def __init__(self, scope: Scope, send: Send) -> None:
        self.started = time.perf_counter()
        self.status = 0
        self.complete = False
        self.headers = {name: value for name, value in scope["headers"] if name in _READ_HEADERS}
        self.request_id = _request_id(self.headers.get(b"x-request-id"))
        self._send = send
        self.cors: tuple[Header, ...] = ()
        self._tls = scope.get("scheme") == "https"
        self._enter(scope)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_own_headers(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)

    def _enter(self, scope: Scope) -> None:
        """Leave what later stages need in the scope and in the context of the logs."""
        self._state = state = scope.setdefault("state", {})
        state["request_id"] = self.request_id
        traceparent = self.headers.get(b"traceparent")
        if traceparent is not None and _TRACEPARENT.fullmatch(traceparent):
            state["traceparent"] = traceparent.decode()
            structlog.contextvars.bind_contextvars(traceparent=state["traceparent"])
        structlog.contextvars.bind_contextvars(request_id=self.request_id)

    def _with_own_headers(self, headers: Any) -> list[tuple[bytes, bytes]]:
        given = list(headers)
        names = [name for name, _ in given]
        milliseconds = (time.perf_counter() - self.started) * 1000
        given += _ALWAYS
        given += [header for header in _UNLESS_SET if header[0] not in names]
        given.append((b"x-request-id", self.request_id.encode()))
        given.append((b"server-timing", b"total;dur=%.2f" % milliseconds))
        given += self._state.get("limit_headers", ())
        if self._tls:
            given.append(_HSTS)
        given += self.cors
        return given


async def _refuse_socket(receive: Receive, send: Send) -> None:
    """Close a WebSocket before it is opened, which the client is answered as 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _request_id(given: bytes | None) -> str:
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
