"""Asking the application with whatever bytes, as the HTTP server would hand them on."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

PROBLEM = {"type", "title", "status", "detail", "instance", "code", "request_id"}
INTERNALS = ("traceback", "sqlalchemy", "asyncpg", "pydantic", 'file "', "select ", "pg_catalog")
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class Asker:
    """Asks from a thread beside the application's event loop, where generated tests run."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._app, self._loop = app, loop

    def ask(self, method: str, target: bytes, headers: Headers = (), body: bytes = b"") -> Answer:
        """Send a request; ``target`` is the path, already escaped, and the query string."""
        asked = ask(self._app, method, target, headers, body)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(60)


async def ask(
    app: Any, method: str, target: bytes, headers: Headers = (), body: bytes = b""
) -> Answer:
    path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [*headers, (b"content-length", b"%d" % len(body))],
        "client": ("127.0.0.1", 50_000),
        "server": ("test", 80),
        "state": {},
    }
    sent: list[dict[str, Any]] = []
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    return Answer(
        start["status"], dict(start["headers"]), b"".join(each.get("body", b"") for each in rest)
    )


def check(answer: Answer) -> None:
    """No answer is a fault of the server's, and every refusal has the one shape."""
    assert answer.status < 500, answer
    if answer.status < 400:
        return
    assert answer.headers[b"content-type"] == b"application/problem+json", answer
    if answer.body:
        problem = json.loads(answer.body)
        assert problem.keys() >= PROBLEM
        assert problem["status"] == answer.status
        assert problem["request_id"].encode() == answer.headers[b"x-request-id"]
        assert not any(word in str(problem["detail"]).lower() for word in INTERNALS), answer
