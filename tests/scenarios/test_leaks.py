"""What may not be seen is not there: its collection, its records, those it was linked to, its past.

Each rule is tried by everyone it holds for and on every surface that could break it.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.policies.world import World, build
from tests.scenarios.answers import assert_alike
from tests.waiting import PATIENCE_SECONDS

CSV = {"content-type": "text/csv"}
BULK = {"prefer": "max-affected=9"}


@pytest.fixture
async def world(app: Any, admin: Admin, project: TestProject) -> World:
    return await build(app, admin, project)


@dataclass
class Looker:
    """Somebody who may work with posts, and has never heard of invoices."""

    world: World
    client: httpx.AsyncClient
    principal: str


@pytest.fixture(params=["anonymous", "user", "key"])
async def looker(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Looker]:
    kind = request.param
    if kind == "key":
        client = await world.key("posts:*", "tags:read", "categories:read")
        yield Looker(world, client, "api_key")
    elif kind == "user":
        yield Looker(world, (await world.user()).client, "app_user")
    else:
        yield Looker(world, world.anyone, "anonymous")


async def test_a_hidden_collection_is_like_none(looker: Looker) -> None:
    world = looker.world
    await world.policy("posts", "*", looker.principal)
    invoice = await world.make("invoices", number="CNRY-1")
    names = ("invoices", "no_such_thing")
    for method, path, body, headers in _requests(invoice["id"]):
        answers = [
            await looker.client.request(
                method, f"{world.project.url}{path.format(name)}", headers=headers, **body
            )
            for name in names
        ]
        assert answers[0].status_code in (401, 404, 400), answers[0].text
        assert_alike(answers, *names)


def _requests(record: str) -> list[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """Every data route, with bodies that fit and bodies that do not."""
    one = f"/data/{{}}/{record}"
    good, bad = {"json": {"number": "x"}}, {"json": {"nmber": 1}}
    return [
        ("GET", "/data/{}", {}, {}),
        ("HEAD", "/data/{}", {}, {}),
        ("GET", "/data/{}?number=CNRY-1", {}, {}),
        ("GET", "/data/{}?nmber=1", {}, {}),
        ("GET", "/data/{}?limit=abc", {}, {}),
        ("GET", "/data/{}?sort=number&expand=owner&fields=number&count=exact", {}, {}),
        ("GET", "/data/{}?cursor=x", {}, {}),
        ("POST", "/data/{}/query", {"json": {"filter": {"number": "CNRY-1"}}}, {}),
        ("GET", "/data/{}/aggregate?count=*", {}, {}),
        ("GET", "/data/{}/aggregate?sum=total", {}, {}),
        ("GET", "/data/{}/aggregate?sum=totl", {}, {}),
        ("GET", "/data/{}/export?format=csv", {}, {}),
        ("GET", "/data/{}/export?format=xls", {}, {}),
        ("GET", one, {}, {}),
        ("GET", one, {}, {"if-none-match": '"1-x"'}),
        ("GET", f"{one}/history", {}, {}),
        ("GET", "/data/{}/not-a-uuid", {}, {}),
        ("POST", "/data/{}", good, {}),
        ("POST", "/data/{}", bad, {}),
        ("POST", "/data/{}", {"json": [{"number": "CNRY-1"}]}, {}),
        ("POST", "/data/{}?on_conflict=number", good, {}),
        ("POST", "/data/{}?on_conflict=total", good, {}),
        ("POST", "/data/{}", good, {"idempotency-key": "k"}),
        ("PATCH", one, good, {}),
        ("PATCH", one, bad, {"if-match": '"1-x"'}),
        ("PUT", one, good, {}),
        ("DELETE", one, {}, {}),
        ("PATCH", "/data/{}?number=CNRY-1", good, BULK),
        ("PATCH", "/data/{}?nmber=1", good, BULK),
        ("PATCH", "/data/{}", good, {}),
        ("DELETE", "/data/{}?number=CNRY-1", {}, BULK),
        ("DELETE", "/data/{}", {}, {}),
        ("POST", "/data/{}/import", {"content": "number\nx\n"}, CSV),
        ("POST", "/data/{}/import?dry_run=true", {"content": "nmber\nx\n"}, CSV),
        ("POST", "/data/{}/import?mode=upsert&on_conflict=number", {"content": "number\n"}, CSV),
        ("POST", "/collections/{}/validate", good, {}),
        ("POST", "/collections/{}/validate", bad, {}),
        ("GET", "/changes?collection={}", {}, {}),
    ]


async def test_a_hidden_record_is_like_none(looker: Looker) -> None:
    world = looker.world
    visible = {"where": {"status": "published"}, "check": {}}
    await world.policy("posts", "list read update delete", looker.principal, **visible)
    hidden = (await world.make("posts", title="CNRY", slug="CNRY-1"))["id"]
    missing = str(uuid4())
    tries: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
        ("GET", "", {}, {}),
        ("HEAD", "", {}, {}),
        ("GET", "?expand=author,comments&fields=title", {}, {}),
        ("GET", "", {}, {"if-none-match": "*"}),
        ("GET", "/history", {}, {}),
        ("PATCH", "", {"json": {"title": "x"}}, {}),
        ("PATCH", "", {"json": {"title": "x"}}, {"if-match": '"1-x"'}),
        ("PATCH", "", {"json": {"title": "x"}}, {"if-match": "*"}),
        ("PATCH", "", {"json": {"title": None}}, {}),
        ("PATCH", "", {"json": {"rank": {"$inc": 1}}}, {}),
        ("PATCH", "", {"json": {"title": "x"}}, {"prefer": "tx=rollback"}),
        ("PATCH", "", {"json": {"title": "x"}}, {"prefer": "return=minimal"}),
        ("PUT", "", {"json": {"title": "x"}}, {}),
        ("DELETE", "", {}, {}),
        ("DELETE", "", {}, {"if-match": '"1-x"'}),
    ]
    for method, tail, body, headers in tries:
        answers = [
            await looker.client.request(
                method, f"{world.data}/posts/{each}{tail}", headers=headers, **body
            )
            for each in (hidden, missing)
        ]
        assert answers[0].is_error, answers[0].text
        assert_alike(answers, hidden, missing)
    bulks: dict[str, dict[str, Any]] = {"PATCH": {"json": {"title": "x"}}, "DELETE": {}}
    for bulk, body in bulks.items():
        answers = [
            await looker.client.request(bulk, f"{world.data}/posts?id={each}", headers=BULK, **body)
            for each in (hidden, missing)
        ]
        assert_alike(answers, hidden, missing)
    assert (await world.admin.get(f"{world.data}/posts/{hidden}")).json()["title"] == "CNRY"


RELATIONS = ("category_id", "author_id", "tags")


async def test_linking_to_a_hidden_record_is_like_linking_to_none(looker: Looker) -> None:
    """By every way of writing, at the same pointer, with nothing written."""
    world = looker.world
    await world.policy("posts", "*", looker.principal)
    hidden = {
        "category_id": (await world.make("categories", name="CNRY"))["id"],
        "author_id": (await world.user()).id,
        "tags": (await world.make("tags", name="CNRY"))["id"],
    }
    for name in ("categories", "tags"):
        await world.policy(name, "read", looker.principal, effect="deny", name=f"no {name}")
    mine = (
        await looker.client.post(f"{world.data}/posts", json={"title": "a", "slug": "a"})
    ).json()
    count = f"{world.data}/posts?count=exact"
    before = (await world.admin.get(count)).json()
    for relation in RELATIONS:
        known, missing = hidden[relation], str(uuid4())
        for request in _links(world, mine["id"], relation):
            answers = [await request(looker.client, each) for each in (known, missing)]
            assert_alike(answers, known, missing)
            assert "relation_not_found" in answers[0].text, (relation, answers[0].text)
    assert (await world.admin.get(count)).json() == before


def _links(world: World, mine: str, relation: str) -> list[Any]:
    url = f"{world.data}/posts"

    def value(target: str) -> Any:
        return [target] if relation == "tags" else target

    def send(method: str, path: str, wrap: Any, **headers: str) -> Any:
        async def request(client: httpx.AsyncClient, target: str) -> httpx.Response:
            body = wrap({relation: value(target)})
            return await client.request(method, path, json=body, headers=headers)

        return request

    async def imported(client: httpx.AsyncClient, target: str) -> httpx.Response:
        text = f"title,{relation}\nx,{target}\n"
        return await client.post(f"{url}/import", content=text, headers=CSV)

    return [
        send("POST", url, lambda link: {"title": "x", **link}),
        send("POST", url, lambda link: [{"title": "ok"}, {"title": "x", **link}]),
        send("POST", f"{url}?on_conflict=slug", lambda link: {"title": "x", "slug": "n", **link}),
        send("POST", f"{url}?on_conflict=slug", lambda link: {"title": "x", "slug": "a", **link}),
        send("PATCH", f"{url}/{mine}", lambda link: link),
        send("PUT", f"{url}/{mine}", lambda link: {"title": "x", **link}),
        send("PATCH", f"{url}?slug=a", lambda link: link, **BULK),
        imported,
    ]


async def test_the_past_of_a_record_shows_no_more_than_its_present(looker: Looker) -> None:
    """History and changes: hidden fields, hidden records, those deleted, who it was."""
    world = looker.world
    await world.policy("posts", "list read", looker.principal,
                       where={"status": "published"}, fields=["title", "status"])  # fmt: skip
    shown = await world.make("posts", title="a", status="published", secret_note="CNRY-1")
    sealed = await world.make("posts", title="CNRY-2", body="CNRY-3")
    for number in range(3):
        change = {"secret_note": f"CNRY-{number}", "body": "CNRY", "rank": number}
        await world.admin.patch(f"{world.data}/posts/{shown['id']}", json=change)
        await world.admin.patch(f"{world.data}/posts/{sealed['id']}", json=change)
    await world.admin.patch(f"{world.data}/posts/{shown['id']}", json={"title": "b"})
    await world.admin.delete(f"{world.data}/posts/{sealed['id']}")
    feed = await _feed(looker, "b")
    history = (await looker.client.get(f"{world.data}/posts/{shown['id']}/history")).json()
    for told in (feed, history["data"]):
        text = str(told)
        assert "CNRY" not in text
        assert sealed["id"] not in text
        assert looker.principal == "api_key" or "admin_user" not in text
        keys = {key for each in told for side in ("before", "after") for key in each[side] or ()}
        assert keys <= {"id", "title", "status"}
    assert len(feed) == len(history["data"]) == 2, "a change of what is hidden is no event"
    gone = await looker.client.get(f"{world.data}/posts/{sealed['id']}/history")
    nothing = await looker.client.get(f"{world.data}/posts/{(other := str(uuid4()))}/history")
    assert_alike([gone, nothing], sealed["id"], other)


async def _feed(looker: Looker, title: str) -> list[dict[str, Any]]:
    """The feed, once the relay has come to the change that gave this title."""
    url = f"{looker.world.project.url}/changes?collection=posts&since=0"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found: list[dict[str, Any]] = (await looker.client.get(url)).json().get("data", [])
            if any((each["after"] or {}).get("title") == title for each in found):
                return found
            await asyncio.sleep(0.05)
