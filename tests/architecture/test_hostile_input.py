"""Whatever a client sends to whatever route: never a 5xx, and errors of one shape."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.architecture.routes import Route, list_routes
from tests.conftest import Admin, TestProject
from tests.people import Person, invited

JSON = {"content-type": "application/json"}
BODIES: tuple[tuple[bytes, dict[str, str]], ...] = (
    (b"", JSON),
    (b"{", JSON),
    (b"null", JSON),
    (b"[]", JSON),
    (b'"x"', JSON),
    (b"1e999999", JSON),
    (b'{"name": NaN}', JSON),
    (b'{"name": -Infinity}', JSON),
    (b'{"name": "\\u0000"}', JSON),
    (b'{"name": "\\ud800", "email": "\\ud800@x.com"}', JSON),
    (b'{"name": "\xff\xfe"}', JSON),
    (b'\xef\xbb\xbf{"name": "x"}', JSON),
    ('{"name": "x"}'.encode("utf-16"), JSON),
    (b'{"name": "x"}', {"content-type": "application/json; charset=utf-16"}),
    (b"[" * 100_000, JSON),
    (b'{"a":' * 500 + b"1" + b"}" * 500, JSON),
    (b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}", JSON),
    (b'{"name": {"$ne": 1}, "email": ["a@x.com"], "role": {"x": 1}, "password": 1e400}', JSON),
    (b'{"name": "' + b"x" * 1_000_000 + b'"}', JSON),
    (b'{"confirm": "x", "name": "\\u202e", "slug": "\\r\\n"}', JSON),
    (b"name=x", {"content-type": "application/x-www-form-urlencoded"}),
    (b"--x\r\n", {"content-type": "multipart/form-data; boundary=x"}),
    (b"<x/>", {"content-type": "text/xml"}),
    (b"\x00\x01", {"content-type": "application/octet-stream"}),
    (b"{}", {"content-type": ";;;=\xe4"}),
    (b"{}", {}),
)
QUERIES = (
    "x=1",
    "limit=-1",
    "limit=99999999999999999999",
    "offset=1e18",
    "limit=1&limit=2",
    "confirm=%F0%9F%98%80",
    "%zz=%",
    "a[b][c]=1",
    "=",
    "&&&",
    "limit=%31",
    "q=%ff",
    "q=%00",
)
PARAMETER = re.compile(r"\{\w+\}")
IDS = ("x", "0", "-1", "'", "%00", "%ff", "..", "%2e%2e%2f", "%0d%0a", "\U0001f600", "x" * 2000)


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    """An owner whose session and project may be lost on the way."""
    return await invited(app, admin.client, project.url, "owner")


def check(answer: httpx.Response, route: Route, sent: object) -> None:
    assert answer.status_code < 500, (str(route), sent, answer.text)
    if answer.status_code < 400:
        return
    assert answer.headers["content-type"] == "application/problem+json", (str(route), sent)
    problem = answer.json()
    assert problem.keys() >= {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    text = answer.text.lower()
    for internal in ("traceback", "sqlalchemy", "asyncpg", "pydantic", 'file "', "backendify."):
        assert internal not in text, (str(route), sent, answer.text)


def path_of(route: Route, project: TestProject, other: str | None = None) -> str:
    path = route.path.replace("{project}", project.slug)
    return PARAMETER.sub(other or str(uuid4()), path)


async def test_no_body_is_answered_with_a_5xx(
    app: Any, person: Person, client: httpx.AsyncClient, project: TestProject
) -> None:
    for route in list_routes(app):
        if not route.takes_body:
            continue
        for caller in (person.client, client):
            for body, headers in BODIES:
                raw = [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
                answer = await caller.request(
                    route.method, path_of(route, project), content=body, headers=raw
                )
                check(answer, route, body[:60])


async def test_no_query_string_is_answered_with_a_5xx(
    app: Any, person: Person, project: TestProject
) -> None:
    for route in list_routes(app):
        if route.path.startswith("/api/auth/logout") or "archive" in route.path or route.streams:
            continue
        for query in QUERIES:
            url = f"{path_of(route, project)}?{query}"
            check(await person.client.request(route.method, url), route, query)


async def test_no_id_in_a_path_is_answered_with_a_5xx(
    app: Any, person: Person, project: TestProject
) -> None:
    for route in list_routes(app):
        if "{" not in route.path or route.streams:
            continue
        for value in IDS:
            check(
                await person.client.request(route.method, path_of(route, project, value)),
                route,
                value,
            )
            nowhere = PARAMETER.sub(value, route.path)
            check(await person.client.request(route.method, nowhere), route, value)


async def test_no_header_is_answered_with_a_5xx(
    app: Any, person: Person, project: TestProject
) -> None:
    headers: dict[str, list[bytes]] = {
        "authorization": [b"\xff\xfe", b"Bearer \xe4", b"Bearer " + b"x." * 5000, b"Digest a=b"],
        "x-request-id": [b"\xff", b"a b", b"x" * 5000, b"{}", b"../"],
        "traceparent": [b"\xff", b"00-0-0-0"],
        "prefer": [b"\xff", b"=;,=", b"return=" * 1000],
        "origin": [b"null", b"\xff", b"http://evil"],
        "content-length": [b"x", b"-1", b"99999999999999999999"],
        "user-agent": [b"\xff" * 2000],
    }
    for route in list_routes(app):
        if route.method != "GET" or route.streams:
            continue
        for name, values in headers.items():
            for value in values:
                sent = [(name.encode(), value)]
                answer = await person.client.get(path_of(route, project), headers=sent)
                check(answer, route, (name, value[:40]))
