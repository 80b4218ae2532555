"""The routes as the two OpenAPI documents describe them, asked with generated values by whoever."""

import asyncio
import os
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from tests.conftest import Admin, TestProject
from tests.faults.asking import Answer, Asker, check
from tests.features.data.shop import AUTHORS, BOOKS, NOTES, SHELVES, Shop, fill
from tests.schemas import apply_schema

EXAMPLES = int(os.environ.get("EXAMPLES", "6"))
ENDING = ("/logout", "/logout-all", "/archive", "/password/change")
"""Routes that would end what the others need: the session, the project, the password."""


@pytest.fixture(scope="module")
async def described(admin: Admin) -> Shop:
    """A filled shop whose routes are asked."""
    made = await admin.client.post("/api/projects", json={"name": "d", "slug": "described"})
    project = TestProject(made.json()["id"], "described")
    await apply_schema(admin, project, AUTHORS, BOOKS, SHELVES, NOTES)
    shop = Shop(admin.client, f"{project.url}/data", project)
    await fill(shop)
    return shop


async def test_generated_requests_to_the_servers_routes(
    app: Any, admin: Admin, described: Shop
) -> None:
    document = (await admin.client.get("/openapi.json")).json()
    await _ask_all(app, admin, described, document)


async def test_generated_requests_to_a_projects_own_routes(
    app: Any, admin: Admin, described: Shop
) -> None:
    answer = await admin.client.get(f"{described.project.url}/openapi.json")
    await _ask_all(app, admin, described, answer.json())


async def _ask_all(app: Any, admin: Admin, shop: Shop, document: Any) -> None:
    """Every operation, with valid and invalid values, as the owner and without credentials."""
    asker = Asker(app, asyncio.get_running_loop())
    token = admin.headers["Authorization"]
    real = {"project": str(shop.project.id), "collection": "books", "field": "title"}
    asked = 0
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if not operation.path.endswith(ENDING):
            await asyncio.to_thread(_ask_one, asker, operation, token, real)
            asked += 1
    assert asked > 10


def _ask_one(asker: Asker, operation: Any, token: str, real: dict[str, str]) -> None:
    cases = st.one_of([operation.as_strategy(mode) for mode in schemathesis.GenerationMode])

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases, st.sampled_from((token, token, None)), st.booleans())
    def throw(case: Any, authorization: str | None, is_real: bool) -> None:
        if is_real:
            known = {name: real[name] for name in case.path_parameters or {} if name in real}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        answer = _send(asker, case, authorization)
        check(answer)
        if authorization is None and "security" in operation.definition.raw:
            assert answer.status >= 400, operation.label

    throw()


def _send(asker: Asker, case: Any, authorization: str | None) -> Answer:
    wanted = case.as_transport_kwargs(base_url="http://test")
    wanted.pop("timeout", None)
    prepared = requests.Request(**wanted).prepare()
    body: Any = prepared.body or b""
    target = (prepared.path_url).encode("ascii", "ignore")
    headers = [
        (str(name).lower().encode("latin-1", "replace"), str(value).encode("latin-1", "replace"))
        for name, value in prepared.headers.items()
        if str(name).lower() not in ("content-length", "authorization")
    ]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    content = body.encode("utf-8", "replace") if isinstance(body, str) else bytes(body)
    return asker.ask(str(prepared.method), target, headers, content)
