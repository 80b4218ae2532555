"""A hidden field fails, on every surface, exactly as one that does not exist; and shows nowhere.

``secret_note`` of posts and ``internal_code`` of categories are hidden from every caller here.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, make_project
from tests.features.policies.world import World, build

CANARY = re.compile(r"CNRY")
SEEN = ["title", "body", "status", "rank", "slug", "category", "tags", "comments", "author"]
OPERATORS = (
    "eq", "neq", "gt", "gte", "lt", "lte", "contains", "startswith", "endswith", "in", "notin",
    "isnull", "icontains", "istartswith", "iexact", "between", "search",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viewer:
    world: World
    client: httpx.AsyncClient
    posts: list[dict[str, Any]]

    @property
    def url(self) -> str:
        return f"{self.world.data}/posts"


KINDS = ["anonymous", "app_user", "api_key"]


@pytest.fixture(params=KINDS)
async def viewer(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Viewer]:
    async with viewing(world, request.param) as viewer:
        yield viewer


@pytest.fixture(scope="module", params=KINDS)
async def asker(request: pytest.FixtureRequest, app: Any, admin: Admin) -> AsyncIterator[Viewer]:
    """A viewer whose requests are all refused, so that one world serves many of them."""
    world = await build(app, admin, await make_project(admin))
    async with viewing(world, request.param) as viewer:
        yield viewer


@asynccontextmanager
async def viewing(world: World, kind: str) -> AsyncIterator[Viewer]:
    for collection, fields in (
        ("posts", SEEN), ("categories", ["name", "posts"]), ("tags", ["name"]),
        ("comments", ["text", "post"]),
    ):  # fmt: skip
        await world.policy(collection, "list read", kind, fields=fields, name=f"see {collection}")
    await world.policy("posts", "create update delete", kind, fields=SEEN, name="write posts")
    category = await world.make("categories", name="news", internal_code="CNRY-code")
    tag = await world.make("tags", name="red", hue="CNRY-hue")
    posts = [
        await world.make(
            "posts", title=f"post {n}", slug=f"s{n}", secret_note=f"CNRY-{n}", rank=n,
            category_id=category["id"], tags=[tag["id"]], meta={"k": "CNRY-meta"},
        )
        for n in range(3)
    ]  # fmt: skip
    await world.make("comments", text="c", post_id=posts[0]["id"])
    client = world.anyone
    if kind == "app_user":
        client = (await world.user()).client
    if kind == "api_key":
        client = await world.key("*:read", "posts:write")
    yield Viewer(world, client, posts)
    await client.aclose()


async def same_as_missing(viewer: Viewer, method: str, url: str, hidden: str, **more: Any) -> None:
    """The request about a hidden field and one about no field at all get one answer."""
    text = json.dumps(more.get("json")) if "json" in more else ""
    missing = "no_such_thing"[: len(hidden)].ljust(len(hidden), "x")
    told = await viewer.client.request(method, url, **more)
    if text:
        more["json"] = json.loads(text.replace(hidden, missing))
    other = await viewer.client.request(method, url.replace(hidden, missing), **more)
    assert told.status_code == other.status_code, (url, told.text, other.text)
    assert told.status_code in (400, 422), (url, told.text)
    assert _comparable(told, hidden) == _comparable(other, missing)
    assert not CANARY.search(told.text)


def _comparable(answer: httpx.Response, name: str) -> Any:
    problem = answer.json()
    for varying in ("request_id", "instance"):
        problem.pop(varying, None)
    return json.loads(json.dumps(problem).replace(name, "*"))


@pytest.mark.parametrize("operator", OPERATORS)
async def test_no_operator_asks_about_it(asker: Viewer, operator: str) -> None:
    value = {"isnull": "true", "between": "a,z"}.get(operator, "CNR")
    url = f"{asker.url}?secret_note__{operator}={value}"
    await same_as_missing(asker, "GET", url, "secret_note")


QUERIES = (
    "?sort=secret_note", "?sort=-secret_note,title", "?fields=id,secret_note",
    "?sort=category.internal_code", "?fields=id,category.internal_code",
    '?filter={"secret_note":"CNRY-1"}', '?filter={"or":[{"not":{"secret_note__gt":"a"}}]}',
    "?category__internal_code__startswith=C", "?expand=category(internal_code=x)",
    "?expand=category(sort=internal_code)", "?tags__hue=CNRY-hue", "?meta__k=CNRY-meta",
    "?comments__post__secret_note__startswith=C", "?category__posts__secret_note__gte=C",
    "?comments__post__category__internal_code=CNRY-code", "?f.secret_note=x",
    "/aggregate?count=*&group_by=secret_note", "/aggregate?max=secret_note",
    "/aggregate?count=*&group_by=category.internal_code", "/aggregate?count_distinct=secret_note",
    "/aggregate?count=*&secret_note__startswith=C", "/export?format=csv&secret_note__gt=a",
    "/export?format=json&fields=id,secret_note", "/export?format=ndjson&sort=secret_note",
)  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
async def test_no_parameter_reaches_it(asker: Viewer, query: str) -> None:
    hidden = next(n for n in ("secret_note", "internal_code", "hue", "meta") if n in query)
    await same_as_missing(asker, "GET", f"{asker.url}{query}", hidden)


async def test_no_body_reaches_it(viewer: Viewer) -> None:
    post = viewer.posts[0]["id"]
    for method, url, body in (
        ("POST", f"{viewer.url}/query", {"filter": {"secret_note": "x"}}),
        ("POST", f"{viewer.url}/query", {"sort": "-secret_note"}),
        ("POST", viewer.url, {"title": "t", "secret_note": "x"}),
        ("POST", viewer.url, [{"title": "t", "secret_note": "x"}]),
        ("PATCH", f"{viewer.url}/{post}", {"secret_note": "x"}),
        ("PUT", f"{viewer.url}/{post}", {"title": "t", "secret_note": "x"}),
        (
            "POST",
            f"{viewer.world.project.url}/collections/posts/validate",
            {"title": "t", "secret_note": "x"},
        ),
        ("PATCH", f"{viewer.url}/{post}", {"secret_note": {"$append": "x"}}),
    ):
        if url.endswith("validate"):
            answer = await viewer.client.post(url, json=body)
            assert answer.json()["errors"][0]["code"] == "unknown_field"
            continue
        await same_as_missing(viewer, method, url, "secret_note", json=body)
    bulk = {"Prefer": "max-affected=10"}
    for method in ("PATCH", "DELETE"):
        url = f"{viewer.url}?secret_note__startswith=C"
        more: dict[str, Any] = {"json": {"rank": 1}} if method == "PATCH" else {}
        await same_as_missing(viewer, method, url, "secret_note", headers=bulk, **more)


async def test_no_answer_shows_it(viewer: Viewer) -> None:
    post = viewer.posts[1]["id"]
    base = viewer.world.project.url
    urls = [
        viewer.url, f"{viewer.url}/{post}", f"{viewer.url}?expand=category,tags,comments.post",
        f"{viewer.url}?search=CNRY", f"{viewer.url}/export?format=csv",
        f"{viewer.url}/export?format=json", f"{viewer.url}/{post}/history",
        f"{base}/changes?since=0", f"{base}/openapi.json",
        f"{viewer.world.data}/categories?expand=posts", f"{viewer.world.data}/tags",
    ]  # fmt: skip
    for url in urls:
        answer = await viewer.client.get(url)
        assert answer.status_code == 200, (url, answer.text)
        assert not CANARY.search(answer.text), url
        assert "secret_note" not in answer.text, url
        assert "internal_code" not in answer.text, url
    written = await viewer.client.patch(f"{viewer.url}/{post}", json={"rank": 9})
    assert written.status_code == 200, written.text
    assert not CANARY.search(written.text)
    assert "secret_note" not in written.json()
    replaced = await viewer.client.put(f"{viewer.url}/{post}", json={"title": "new"})
    assert replaced.status_code == 200, replaced.text
    kept = (await viewer.world.admin.get(f"{viewer.url}/{post}")).json()
    assert kept["secret_note"] == "CNRY-1"
    assert kept["meta"] == {"k": "CNRY-meta"}


async def test_a_search_does_not_look_into_it(viewer: Viewer) -> None:
    found = await viewer.client.get(f"{viewer.url}?search=CNRY&count=exact")
    assert found.json()["data"] == []
    assert found.json()["total"] == 0


async def test_an_upsert_cannot_use_it_as_its_key(viewer: Viewer) -> None:
    categories = f"{viewer.world.data}/categories"
    await viewer.world.policy("categories", "create update", "anonymous app_user api_key",
                              fields=["name"], name="write categories")  # fmt: skip
    for key in ("internal_code", "no_such_thing"):
        answer = await viewer.client.post(f"{categories}?on_conflict={key}", json={"name": "x"})
        if answer.status_code != 403:  # the key's scopes do not reach categories
            assert answer.status_code == 400, answer.text
            assert answer.json()["code"] == "query_invalid_on_conflict"


async def test_a_conflict_on_it_does_not_name_it(world: World) -> None:
    await world.make("categories", name="a", internal_code="CNRY-1")
    await world.policy("categories", "create", "anonymous")
    await world.policy("categories", "list read", "anonymous", fields=["name"], name="see")
    body = {"name": "b", "internal_code": "CNRY-1"}
    answer = await world.anyone.post(f"{world.data}/categories", json=body)
    assert answer.status_code == 409
    assert "internal_code" not in answer.text
    assert "errors" not in answer.json() or answer.json()["errors"] == []


async def test_an_etag_tells_nothing_of_hidden_changes(viewer: Viewer) -> None:
    """Who sees records in part gets tags of what is shown, and matches by them."""
    post = viewer.posts[0]["id"]
    url, members = f"{viewer.url}/{post}", f"{viewer.world.data}/posts/{post}"
    first = (await viewer.client.get(url)).headers["etag"]
    await viewer.world.admin.patch(members, json={"secret_note": "CNRY-changed"})
    again = await viewer.client.get(url)
    assert again.headers["etag"] == first
    unmoved = await viewer.client.get(url, headers={"If-None-Match": first})
    assert (unmoved.status_code, unmoved.headers["etag"]) == (304, first)

    changed = await viewer.client.patch(url, json={"rank": 8}, headers={"If-Match": first})
    assert changed.status_code == 200, changed.text
    second = changed.headers["etag"]
    assert (await viewer.client.get(url)).headers["etag"] == second != first
    for stale in (first, '"1"', '"2-x"', '"3"', '"b"', '"4-abcdef"', "nonsense"):
        for method, body in (("PATCH", {"rank": 9}), ("PUT", {"title": "t"}), ("DELETE", None)):
            more: dict[str, Any] = {} if body is None else {"json": body}
            refused = await viewer.client.request(method, url, headers={"If-Match": stale}, **more)
            assert refused.status_code == 412, (stale, method)
    gone = await viewer.client.delete(url, headers={"If-Match": second})
    assert gone.status_code == 204, gone.text


async def test_a_former_name_tells_only_of_what_is_visible(world: World) -> None:
    """Neither where the name stands for a hidden field, nor where it means something else."""
    fields = f"{world.project.url}/collections/posts/fields"
    for old, new in (("secret_note", "affair"), ("body", "content")):
        answer = await world.admin.patch(f"{fields}/{old}", json={"name": new})
        assert answer.status_code == 200, answer.text
    await world.policy("posts", "list read", "anonymous", fields=["title", "content", "tags"])
    await world.policy("posts", "create delete", "anonymous", fields=["title"])
    await world.policy("tags", "list read", "anonymous")
    await world.make("posts", title="t")
    posts = f"{world.data}/posts"
    known = await world.anyone.get(f"{posts}?body__isnull=true")
    assert known.headers["backendify-renamed"] == "body=content"
    for method, url, body in (
        ("GET", f"{posts}?secret_note=x", None),
        ("GET", f"{posts}?never_was=x", None),
        ("GET", f"{posts}?fields=id,tags.secret_note", None),
        ("GET", f"{posts}?expand=tags(name=secret_note)", None),
        ("GET", f"{posts}?sort=-title:secret_note", None),
        ("POST", posts, {"title": "x", "secret_note": "y"}),
        ("DELETE", f"{posts}?title=secret_note&secret_note=x", None),
    ):
        answer = await world.anyone.request(
            method, url, json=body, headers={"Prefer": "max-affected=1"}
        )
        assert "backendify-renamed" not in answer.headers, url
        assert "affair" not in answer.text
    found = await world.anyone.get(f"{posts}?expand=tags(sort=name)&fields=id&limit=1")
    assert found.status_code == 200
    former = (await world.anyone.get(f"{posts}?secret_note=x")).json()
    unknown = (await world.anyone.get(f"{posts}?never_was_so=x")).json()
    assert former["detail"].replace("secret_note", "never_was_so") == unknown["detail"]
    assert former["hint"] == unknown["hint"]


async def test_a_visible_relation_does_not_name_a_hidden_collection(world: World) -> None:
    post = await world.make("posts", title="t")
    await world.make("comments", text="x", post_id=post["id"])
    await world.policy("comments", "list read create", "anonymous")
    comments = f"{world.data}/comments"
    for query in (
        "?expand=post,author", "?expand=post(sort=title)", "?expand=post(fields=title)",
        "?fields=id,post.title", "?fields=id,post.nothing", "?expand=post.tags", "?sort=post.title",
        "?post__title=x", "?post__nothing=x", "?post__tags__name=x", "?author__email=x",
        "?post__search=x", "?post__title__near=x", "?expand=post(title__near=x)",
        '?filter={"post":{"title":"x"}}', '?filter={"post":{"or":[{"title":"x"}]}}',
        "/aggregate?count=*&group_by=post.title", "/aggregate?max=post.title",
        "/aggregate?count=*&post__title=x", "/export?format=csv&fields=id,post.title",
        "/export?format=json&sort=post.title", "?as_of=2026-01-01", "?expand=post__title",
    ):  # fmt: skip
        answer = await world.anyone.get(comments + query)
        told = answer.text.lower()
        assert answer.status_code < 500, told
        assert "posts" not in told, (query, told)
        assert "users" not in told, (query, told)
    wrong = {"text": "x", "post_id": str(world.project.id)}
    told = (await world.anyone.post(comments, json=wrong)).text
    assert "posts" not in told, told


async def test_openapi_does_not_name_what_its_reader_may_not_see(world: World) -> None:
    await world.policy("comments", "list read create update", "anonymous")
    await world.policy("posts", "read", "role:reader")
    await world.policy("posts", "list", "role:lister")
    await world.policy("comments", "list read", "role:reader role:lister")
    url = f"{world.project.url}/openapi.json"

    async def told(client: Any) -> tuple[str, Any]:
        answer = await client.get(url)
        document = answer.json()
        refs = set(re.findall(r'"#/components/schemas/(\w+)"', answer.text))
        assert refs <= set(document["components"]["schemas"])
        return answer.text, document["components"]["schemas"]["Comments"]["properties"]

    text, properties = await told(world.anyone)
    assert properties.keys() >= {"post_id", "author_id", "text"}
    assert not properties.keys() & {"post", "author"}
    assert "posts" not in text.lower()
    assert "users" not in text.lower()
    _, properties = await told((await world.user("reader")).client)
    assert "post" in properties
    _, properties = await told((await world.user("lister")).client)
    assert "post" not in properties
    _, properties = await told(world.admin)
    assert {"post", "author"} <= properties.keys()
