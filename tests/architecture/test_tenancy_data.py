"""To a member of another project a project's data is not there, by whatever door they come."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import Database
from app.core.ids import project_schema
from app.features.codegen.languages import FILES
from tests.architecture.routes import list_routes
from tests.conftest import Admin, TestProject
from tests.features.data.shop import AUTHORS, BOOKS, NOTES, SHELVES, Shop, fill
from tests.people import Person, invited
from tests.schemas import apply_schema, field

CSV = {"content-type": "text/csv"}
LIMITED = {"prefer": "max-affected=100"}
DIARY: dict[str, Any] = {
    "name": "diary",
    "created_by": True,
    "fields": [field("text", "string", unique=True)],
}
VARYING = {"request_id", "instance"}


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to a project; names in braces stand for ids of the world."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


READS = (
    Request("GET", "/data/books"),
    Request("HEAD", "/data/books"),
    Request("GET", "/data/books?expand=author,shelves&count=exact"),
    Request("POST", "/data/books/query", {"filter": {"title": "Alpha"}}),
    Request("GET", "/data/books/aggregate?count=*"),
    Request("GET", "/data/books/export?format=csv"),
    Request("GET", "/data/books/{book}"),
    Request("GET", "/data/books/{book}/history"),
    Request("GET", "/changes"),
    Request("GET", "/changes?collection=books"),
    Request("GET", "/openapi.json"),
    *(Request("GET", f"/{file}") for file in FILES.values()),
)
WRITES = (
    Request("POST", "/data/books", {"title": "new"}),
    Request("POST", "/data/books", [{"title": "new"}]),
    Request("POST", "/data/books?on_conflict=slug", {"slug": "alpha", "title": "taken"}),
    Request("PATCH", "/data/books/{book}", {"title": "taken"}),
    Request("PUT", "/data/books/{book}", {"title": "taken"}),
    Request("PATCH", "/data/books?title=Alpha", {"title": "taken"}, LIMITED),
    Request("DELETE", "/data/books?title=Alpha", None, LIMITED),
    Request("POST", "/data/books/import", "title\nnew\n", CSV),
    Request("POST", "/data/books/import?mode=upsert&on_conflict=slug", "slug,title\nbeta,x\n", CSV),
    Request("DELETE", "/data/books/{note_book}"),
    Request("POST", "/collections/books/validate", {"title": "x"}),
    Request("POST", "/data/books/{book}/revert", {"seq": 1}),
    Request("POST", "/changes/undo", {"request_id": "x"}),
    Request("POST", "/batch", {"operations": [
        {"op": "update", "collection": "books", "where": {"title": "Alpha"}, "max_affected": 9,
         "data": {"title": "taken"}},
    ]}),
)  # fmt: skip
SCHEMA = (
    Request("GET", "/schema"),
    Request("GET", "/schema/drift"),
    Request("GET", "/schema/history"),
    Request("GET", "/schema/history/1"),
    Request("GET", "/schema/diff?from=1&to=2"),
    Request("GET", "/schema/draft"),
    Request("GET", "/schema/jobs"),
    Request("GET", "/collections"),
    Request("GET", "/collections/{collection}"),
    Request("GET", "/collections/books/fields/title"),
    Request("POST", "/schema/plan", {"schema": {"collections": []}}),
    Request("POST", "/schema/apply", {"schema": {"collections": []}}),
    Request("PUT", "/schema/draft", {"schema": {"collections": []}}),
    Request("POST", "/schema/rollback", {"version": 1}),
    Request("PATCH", "/collections/books", {"name": "taken"}),
    Request("DELETE", "/collections/notes"),
    Request("PATCH", "/collections/books/fields/title", {"name": "taken"}),
    Request("PATCH", "/fields/{field}", {"name": "taken"}),
    Request("DELETE", "/fields/{field}"),
    Request("POST", "/collections/books/fields", {"name": "new", "type": "int"}),
)


@dataclass(frozen=True, slots=True)
class World:
    """Two projects with the same schema: the victim's, filled, and one of an intruder's own."""

    victim: Shop
    own: Shop
    database: Database
    ids: dict[str, str]

    async def checksum(self) -> str:
        """Of every row of every table of the victim's, and of what the installation says of it."""
        digest, project = sha256(), self.victim.project
        schema = project_schema(project.id)
        tables = await self.database.owner.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1",
            schema,
        )
        texts = [f'SELECT t::text FROM "{schema}"."{row[0]}" t ORDER BY 1' for row in tables]
        texts += [
            f"SELECT t::text FROM backendify.{name} t WHERE {key} = '{project.id}' ORDER BY 1"
            for name, key in _CONTROL
        ]
        for text in texts:
            digest.update(repr(await self.database.owner.fetch(text)).encode())
        return digest.hexdigest()

    def path(self, request: Request, ref: str, ids: dict[str, str] | None = None) -> str:
        return f"/api/projects/{ref}{request.path.format(**(ids or self.ids))}"

    async def send(self, client: httpx.AsyncClient, request: Request, path: str) -> httpx.Response:
        body: dict[str, Any] = {}
        if request.body is not None:
            body["content" if isinstance(request.body, str) else "json"] = request.body
        return await client.request(request.method, path, headers=request.headers, **body)


_CONTROL = (
    ("projects", "id"), ("members", "project_id"), ("invitations", "project_id"),
    ("schema_versions", "project_id"), ("schema_jobs", "project_id"),
    ("schema_drafts", "project_id"), ("control_log", "project_id"),
)  # fmt: skip


@pytest.fixture(scope="module")
async def world(app: Any, admin: Admin, database: Database) -> World:
    victim = await _shop(admin.client, admin, await _project(admin.client))
    filled = await fill(victim)
    await victim.client.post(
        f"{victim.url}/notes", json={"id": "n", "book": filled["books"][0]["id"]}
    )
    project = await _project(admin.client)
    intruder = await invited(app, admin.client, project.url, "owner")
    own = await _shop(intruder.client, intruder, project)
    books = (await victim.client.get(f"{victim.project.url}/collections/books")).json()
    ids = {
        "book": filled["books"][0]["id"],
        "note_book": filled["books"][0]["id"],
        "author": filled["ann"]["id"],
        "collection": books["id"],
        "field": next(f["id"] for f in books["fields"] if f["name"] == "title"),
    }
    return World(victim, own, database, ids)


@pytest.fixture(autouse=True)
async def untouched(world: World) -> AsyncIterator[None]:
    """Whatever is tried, the victim's tables and settings stay as they were."""
    await _numbered(world)
    before = await world.checksum()
    yield
    assert await world.checksum() == before


def test_every_data_route_is_tried(app: Any) -> None:
    known = {(r.method, _template(r.path)) for r in (*READS, *WRITES)}
    for route in list_routes(app):
        if route.admits_anyone and not route.streams:  # that never ends: tried where it is made
            path = route.path.removeprefix("/api/projects/{project}")
            assert (route.method, re.sub(r"\{\w+\}", "*", path)) in known, str(route)


async def test_anothers_project_answers_like_none(world: World) -> None:
    victim, nowhere = world.victim.project, str(uuid4())
    refs = (victim.slug, str(victim.id), victim.slug.upper(), nowhere, "no-such-project")
    for request in (*READS, *WRITES, *SCHEMA):
        answers = [
            await world.send(world.own.client, request, world.path(request, ref)) for ref in refs
        ]
        assert {answer.status_code for answer in answers} == {404}, str(request)
        told = [_constant(answer) for answer in answers]
        assert all(each == told[-1] for each in told), str(request)


async def test_anothers_ids_answer_like_random_ones_in_ones_own_project(world: World) -> None:
    slug, random = world.own.project.slug, {name: str(uuid4()) for name in world.ids}
    for request in (*READS, *WRITES, *SCHEMA):
        if "{" in request.path:
            known, unknown = [
                await world.send(world.own.client, request, world.path(request, slug, ids))
                for ids in (world.ids, random)
            ]
            assert (known.status_code, unknown.status_code) == (404, 404), str(request)
            assert _constant(known) == _constant(unknown), str(request)


async def test_anothers_ids_answer_like_random_ones_in_bodies_and_conditions(world: World) -> None:
    shop, ids = world.own, world.ids
    for known in (ids, {name: str(uuid4()) for name in ids}):
        single = {"title": "x", "slug": "s", "author_id": known["author"]}
        for answer in [
            await shop.client.post(f"{shop.url}/books", json=single),
            await shop.client.post(f"{shop.url}/books", json=[single]),
            await shop.client.post(
                f"{shop.url}/books?on_conflict=slug", json=single | {"slug": "s"}
            ),
            await shop.client.post(f"{shop.url}/notes", json={"id": "x", "book": known["book"]}),
        ]:
            assert (answer.status_code, answer.json()["code"]) == (422, "relation_not_found")
        rows = f"title,author_id\nx,{known['author']}\n"
        imported = await shop.client.post(f"{shop.url}/books/import", content=rows, headers=CSV)
        assert imported.json()["errors"][0]["code"] == "relation_not_found"
        assert await shop.fetch("books", author_id=known["author"]) == []
        assert await shop.fetch("books", id__in=known["book"]) == []
        query = {"filter": {"author__id": known["author"]}}
        assert (await shop.client.post(f"{shop.url}/books/query", json=query)).json()["data"] == []
        gone = await shop.client.delete(f"{shop.url}/books?id={known['book']}", headers=LIMITED)
        assert gone.json() == {"affected": 0}


async def test_anothers_record_id_is_free_to_be_used_and_stays_anothers(world: World) -> None:
    shop = world.own
    made = await shop.create("books", id=world.ids["book"], title="mine")
    found = await shop.fetch(f"books?id={made['id']}")
    assert [book["title"] for book in found] == ["mine"]
    assert (await shop.client.delete(f"{shop.url}/books/{made['id']}")).status_code == 204


async def test_a_cursor_of_another_project_shows_nothing_of_it(world: World) -> None:
    page = await world.victim.client.get(f"{world.victim.url}/books", params={"limit": 1})
    cursor = page.json()["page"]["next_cursor"]
    answer = await world.own.client.get(f"{world.own.url}/books", params={"cursor": cursor})
    assert answer.status_code == 400


async def test_a_schema_that_names_anothers_objects_takes_nothing(world: World) -> None:
    """Immutable ids of another project are no ids here: neither adopted nor told apart."""
    shop = world.own
    held = (await shop.client.get(f"{shop.project.url}/schema")).json()
    said = []
    for ids in (world.ids, {name: uuid4().hex for name in world.ids}):
        wish = {"name": "stolen", "id": ids["collection"], "fields": [
            {"name": "title", "type": "string", "id": ids["field"]}]}  # fmt: skip
        schema = {"collections": [*held["schema"]["collections"], wish]}
        body = {"base": held["hash"], "schema": schema}
        answer = await shop.client.post(f"{shop.project.url}/schema/plan", json=body)
        said.append((answer.status_code, answer.json().get("code")))
    assert said[0] == said[1]
    assert said[0][0] == 422


async def test_without_credentials_nothing_is_read_or_written(
    world: World, client: httpx.AsyncClient
) -> None:
    slug, forged = world.victim.project.slug, {"authorization": "Bearer x.y.z"}
    for request in (*READS, *WRITES):
        answer = await world.send(client, request, world.path(request, slug))
        assert answer.status_code == 401, str(request)
        for ref in (slug, "no-such-project"):
            signed = replace(request, headers=(request.headers or {}) | forged)
            answer = await world.send(client, signed, world.path(request, ref))
            assert answer.status_code == 401, str(request)


@pytest.fixture(scope="module")
async def viewer(app: Any, world: World) -> Person:
    return await invited(app, world.victim.client, world.victim.project.url, "viewer")


async def test_a_viewer_reads_everything_and_writes_nothing(world: World, viewer: Person) -> None:
    slug = world.victim.project.slug
    for request in READS:
        answer = await world.send(viewer.client, request, world.path(request, slug))
        assert answer.status_code == 200, str(request)
    for request in WRITES:
        answer = await world.send(viewer.client, request, world.path(request, slug))
        told = (answer.status_code, answer.json()["code"])
        assert told == (403, "policy_forbidden"), str(request)


SERVER_SET: tuple[tuple[str, Any], ...] = (
    ("created_at", "2020-01-01T00:00:00Z"),
    ("updated_at", "2020-01-01T00:00:00Z"),
    ("created_by", "0192d5e0-0000-7000-8000-000000000001"),
    ("_version", 99),
    ("_d_x", 1),
    ("project_id", "0192d5e0-0000-7000-8000-000000000001"),
)


@pytest.mark.parametrize(("name", "value"), SERVER_SET)
async def test_no_write_sets_what_the_server_sets(world: World, name: str, value: Any) -> None:
    shop = world.own
    record = await shop.create("diary", text=uuid4().hex)
    url, given = f"{shop.url}/diary", {"text": uuid4().hex, name: value}
    one = f"{url}/{record['id']}"
    answers = [
        await shop.client.post(url, json=given),
        await shop.client.post(url, json=[given]),
        await shop.client.post(f"{url}?on_conflict=text", json=given),
        await shop.client.post(f"{url}?on_conflict=text", json=[given | {"text": record["text"]}]),
        await shop.client.patch(one, json={name: value}),
        await shop.client.patch(one, json={name: None}),
        await shop.client.patch(one, json={name: {"$inc": 1}}),
        await shop.client.put(one, json=given),
        await shop.client.patch(f"{url}?text={record['text']}", json=given, headers=LIMITED),
        await shop.client.post(f"{shop.project.url}/collections/diary/validate", json=given),
    ]
    for answer in answers[:-1]:
        assert answer.status_code == 422, (str(answer.request.url), answer.text)
        assert answer.json()["errors"][0]["code"] in {"field_read_only", "unknown_field"}
    assert answers[-1].json()["valid"] is False
    assert (await shop.client.get(one)).json() == record
    if name not in ("created_at", "updated_at"):  # which an import restores
        rows = f"text,{name}\n{uuid4().hex},{value}\n"
        assert (await shop.client.post(f"{url}/import", content=rows, headers=CSV)).is_error


async def test_an_id_once_given_is_never_changed(world: World) -> None:
    shop = world.own
    for collection, other in (("shelves", 77), ("books", str(uuid4())), ("notes", "other")):
        key = {"id": "text-id"} if collection == "notes" else {}
        name = {"books": {"title": "id"}, "shelves": {"name": "id"}, "notes": {"text": "id"}}
        record = await shop.create(collection, **name[collection], **key)
        url = f"{shop.url}/{collection}"
        for change in (other, None, {"$inc": 1}, {"$append": "x"}):
            body = name[collection] | {"id": change}
            one = await shop.client.patch(f"{url}/{record['id']}", json=body)
            many = await shop.client.patch(f"{url}?id={record['id']}", json=body, headers=LIMITED)
            put = await shop.client.put(f"{url}/{record['id']}", json=body)
            assert {one.status_code, many.status_code, put.status_code} == {422}, change
        assert (await shop.client.get(f"{url}/{record['id']}")).json() == record
        await shop.client.delete(f"{url}/{record['id']}")


async def _project(client: httpx.AsyncClient) -> TestProject:
    slug = f"p-{uuid4().hex[:12]}"
    made = await client.post("/api/projects", json={"name": slug, "slug": slug})
    assert made.status_code == 201, made.text
    return TestProject(UUID(made.json()["id"]), slug)


async def _shop(client: httpx.AsyncClient, person: Any, project: TestProject) -> Shop:
    await apply_schema(person, project, AUTHORS, BOOKS, SHELVES, NOTES, DIARY)
    return Shop(client, f"{project.url}/data", project)


async def _numbered(world: World) -> None:
    """Let the relay finish with the victim's changes: it writes to their table."""
    schema = project_schema(world.victim.project.id)
    while await world.database.owner.fetchval(
        f'SELECT count(*) FROM "{schema}"._changes WHERE seq IS NULL'
    ):
        pass


def _template(path: str) -> str:
    return re.sub(r"/data/\w+|/collections/\w+", lambda m: m[0].rpartition("/")[0] + "/*",
                  re.sub(r"\{\w+\}", "*", path.partition("?")[0]))  # fmt: skip


def _constant(answer: httpx.Response) -> dict[str, Any]:
    problem = answer.json() if answer.content else {}
    told = {key: value for key, value in problem.items() if key not in VARYING}
    return told | {"headers": sorted(set(answer.headers) - {"x-request-id", "server-timing"})}
