"""Whatever a member sends: never a 5xx, and every refusal is a problem document."""

import asyncio
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Admin, TestProject
from tests.faults.asking import Asker, Headers, check
from tests.features.data.shop import AUTHORS, BOOKS, NOTES, SHELVES, Shop, fill
from tests.schemas import apply_schema

EXAMPLES = int(os.environ.get("EXAMPLES", "150"))
PROFILE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
COLLECTIONS = {c["name"]: c for c in (AUTHORS, BOOKS, SHELVES, NOTES)}
FIELDS = sorted({f["name"] for c in COLLECTIONS.values() for f in c["fields"]} | {"author_id"})
SYSTEM = ("id", "created_at", "updated_at", "created_by", "_version", "_d_x", "nope", "")
OPERATORS = (
    "eq", "neq", "gt", "gte", "lt", "lte", "contains", "startswith", "endswith", "in", "notin",
    "isnull", "icontains", "istartswith", "iexact", "between", "any", "all", "has_key", "search",
    "regex", "a", "",
)  # fmt: skip
RESERVED = (
    "sort", "limit", "offset", "cursor", "fields", "expand", "search", "count", "filter",
    "on_conflict", "format", "as_of", "group_by", "sum", "having", "f.limit", "confirm",
)  # fmt: skip

text = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ("", " ", "\x00", "a\x00b", "'", "';--", "%", "%s", "$1", "{x}", "\\", "\u202e", "\ud800",
         "NaN", "Infinity", "-0", "1e400", "0x10", "\u0661", "null", "true", "now", "infinity",
         "0001-01-01", "9999-12-31", "2026-02-30", "2026-01-01T00:00:00+23:59", "x" * 300,
         "$user.id", "$now", "a,b", "(", ")", "((", "a(b=1)", "-", "-title:nullslast", "..", "/")
    ),
)  # fmt: skip
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from((2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 1e308, -0.0, 1e-320)),
)
plain = st.one_of(st.none(), st.booleans(), numbers, text)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(text, st.sampled_from(("$inc", "$append", "$ref"))), inner,
                        max_size=3),
    ),
    max_leaves=8,
)  # fmt: skip
names = st.one_of(st.sampled_from((*FIELDS, *SYSTEM)), text)
paths = st.lists(st.one_of(names, st.sampled_from(OPERATORS)), min_size=1, max_size=4).map(
    "__".join
)
records = st.dictionaries(names, values, max_size=5)
conditions = st.recursive(
    st.dictionaries(paths, values, max_size=3),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(("and", "or")), st.lists(inner, max_size=3), max_size=2),
        st.dictionaries(st.just("not"), inner, max_size=1),
    ),
    max_leaves=6,
)
bodies = st.one_of(records, st.lists(records, max_size=3), values)
queries = st.dictionaries(st.sampled_from(RESERVED), st.one_of(values, text), max_size=3).flatmap(
    lambda words: conditions.map(lambda where: words | {"filter": where})
)


@st.composite
def query_strings(draw: st.DrawFn) -> bytes:
    """Pairs of which most make some sense, escaped or as raw as a URL lets them be."""
    name = st.one_of(paths, st.sampled_from(RESERVED))
    pairs = draw(st.lists(st.tuples(name, st.one_of(text, paths, st.just("1"))), max_size=4))
    written = b"&".join(escaped(key) + b"=" + escaped(value) for key, value in pairs)
    return written + draw(st.sampled_from((b"", b"", b"&", b"=", b"&%ff=1", b"&%", b"&a=%zz")))


@st.composite
def headers(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """Headers that the data routes read, with sense and without."""
    said = st.one_of(
        st.binary(max_size=12).map(lambda raw: raw.translate(None, b"\r\n\x00")),
        st.sampled_from(
            (b"return=minimal", b"max-affected=5", b"tx=rollback", b"count=exact",
             b"numbers=string",
             b"explain", b"handling=strict", b'"1-x"', b"*", b'W/"9-z"', b"application/json",
             b"text/csv", b"application/x-ndjson", b"multipart/form-data; boundary=x", b"gzip")
        ),
    )  # fmt: skip
    name = st.sampled_from(
        (b"prefer", b"if-match", b"if-none-match", b"content-type", b"x-request-id", b"traceparent",
         b"origin", b"idempotency-key", b"accept", b"range", b"content-encoding", b"expect",
         b"x-http-method-override", b"x-forwarded-for", b"x-api-key", b"cookie")
    )  # fmt: skip
    return draw(st.lists(st.tuples(name, said), max_size=4, unique_by=lambda pair: pair[0]))


def escaped(value: str) -> bytes:
    raw = value.encode("utf-8", "surrogatepass")
    return quote_from_bytes(raw, safe="").encode()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
async def books(admin: Admin) -> Shop:
    """A filled shop that all of this is thrown at."""
    made = await admin.client.post("/api/projects", json={"name": "g", "slug": "garbage"})
    project = TestProject(made.json()["id"], "garbage")
    await apply_schema(admin, project, AUTHORS, BOOKS, SHELVES, NOTES)
    shop = Shop(admin.client, f"{project.url}/data", project)
    await fill(shop)
    return shop


class Thrower:
    """Throws at the shop's project as its owner."""

    def __init__(self, app: Any, admin: Admin, shop: Shop) -> None:
        self._asker = Asker(app, asyncio.get_running_loop())
        self._token = (b"authorization", admin.headers["Authorization"].encode())
        self._base = shop.project.url.encode()

    def throw(
        self, method: str, path: bytes, query: bytes = b"", given: Headers = (), body: bytes = b""
    ) -> None:
        target = self._base + path + (b"?" + query if query else b"")
        kinds = [] if any(name == b"content-type" for name, _ in given) else [JSON]
        check(self._asker.ask(method, target, [self._token, *kinds, *given], body))


JSON = (b"content-type", b"application/json")
DATA = st.sampled_from([f"/data/{name}".encode() for name in (*COLLECTIONS, "users")])


@pytest.fixture
async def thrower(app: Any, admin: Admin, books: Shop) -> Thrower:
    return Thrower(app, admin, books)


async def test_in_query_strings(thrower: Thrower) -> None:
    tail = st.sampled_from((b"", b"", b"/1", b"/export", b"/aggregate"))

    @PROFILE
    @given(DATA, tail, query_strings(), headers())
    def throw(path: bytes, tail: bytes, query: bytes, given: Headers) -> None:
        thrower.throw("GET", path + tail, query, given)

    await asyncio.to_thread(throw)


async def test_in_bodies_of_writes(thrower: Thrower) -> None:
    method = st.sampled_from(("POST", "POST", "PATCH", "PUT"))
    tail = st.sampled_from((b"", b"", b"?on_conflict=slug", b"?title=Alpha", b"/1", b"/n"))

    @PROFILE
    @given(method, DATA, tail, headers(), bodies)
    def throw(method: str, path: bytes, tail: bytes, given: Headers, body: Any) -> None:
        path, _, query = (path + tail).partition(b"?")
        limited = [*given, (b"prefer", b"max-affected=3")]
        thrower.throw(method, path, query, limited, as_json(body))

    await asyncio.to_thread(throw)


async def test_in_single_values_of_every_field(thrower: Thrower) -> None:
    field = st.sampled_from(BOOKS["fields"]).map(lambda field: field["name"])
    route = st.sampled_from((b"/data/books", b"/collections/books/validate"))

    @PROFILE
    @given(route, field, values, st.booleans())
    def throw(route: bytes, name: str, value: Any, many: bool) -> None:
        body = {"title": "t", name: value}
        thrower.throw("POST", route, b"", [], as_json([body] if many else body))

    await asyncio.to_thread(throw)


async def test_in_changes_of_every_field(thrower: Thrower, books: Shop) -> None:
    ids = [book["id"] for book in await books.fetch("books")]
    field = st.sampled_from([field["name"] for field in BOOKS["fields"]])
    wrapped = st.sampled_from(("$inc", "$append")).flatmap(
        lambda kind: values.map(lambda value: {kind: value})
    )
    change = st.dictionaries(field, st.one_of(values, wrapped), min_size=1, max_size=2)

    @PROFILE
    @given(st.sampled_from(("PATCH", "PUT")), st.sampled_from(ids), headers(), change)
    def throw(method: str, key: str, given: Headers, body: Any) -> None:
        title = {"title": "t"} if method == "PUT" else {}
        thrower.throw(method, b"/data/books/" + key.encode(), b"", given, as_json(title | body))

    await asyncio.to_thread(throw)


async def test_in_conditions_on_every_field(thrower: Thrower) -> None:
    own = [field["name"] for field in BOOKS["fields"]]
    path = st.sampled_from(
        (*own, "id", "created_at", "author__name", "author__books__pages", "shelves__id",
         "author__mentor__email", "meta__a__b", "meta__0", "f.limit", "author_id", "shelves__name")
    )  # fmt: skip
    operator = st.sampled_from([f"__{name}" for name in OPERATORS[:20]] + ["", ""])

    @PROFILE
    @given(path, operator, values, st.booleans())
    def throw(path: str, operator: str, value: Any, in_url: bool) -> None:
        name = path + operator
        if in_url and not isinstance(value, list | dict):
            query = escaped(name) + b"=" + escaped(str(value)).replace(b"%00", b"")
            thrower.throw("GET", b"/data/books", query)
        else:
            body = {"filter": {name: value}, "limit": 2}
            thrower.throw("POST", b"/data/books/query", b"", [], as_json(body))

    await asyncio.to_thread(throw)


async def test_in_cursors_made_by_hand(thrower: Thrower, books: Shop) -> None:
    sorts = ("title", "-pages", "price:nullslast", "sold_at", "published", "author.name", "isbn",
             "in_print,rating", "status")  # fmt: skip
    made = {}
    for sort in sorts:
        page = await books.client.get(f"{books.url}/books", params={"sort": sort, "limit": 1})
        cursor = page.json()["page"]["next_cursor"]
        made[sort] = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    @PROFILE
    @given(st.sampled_from(sorts), st.lists(st.one_of(st.none(), text, values), max_size=4))
    def throw(sort: str, keys: list[Any]) -> None:
        document = as_json([*made[sort][:2], keys])
        cursor = urlsafe_b64encode(document).rstrip(b"=")
        thrower.throw("GET", b"/data/books", b"sort=%b&cursor=%b" % (sort.encode(), cursor))

    await asyncio.to_thread(throw)


async def test_in_sorts_fields_and_expands(thrower: Thrower) -> None:
    word = st.sampled_from(
        ("title", "author", "shelves", "books", "mentor", "name", "pages", "meta", "limit", "id",
         ".", ",", "(", ")", "=", "-", ":nullslast", "sort", "fields", "__gte", "1", " ", "*", "a")
    )  # fmt: skip
    wish = st.lists(word, max_size=9).map("".join)
    name = st.sampled_from((b"sort", b"fields", b"expand", b"group_by", b"sum", b"having"))

    @PROFILE
    @given(st.sampled_from((b"", b"/aggregate", b"/export")), name, wish)
    def throw(tail: bytes, name: bytes, wish: str) -> None:
        thrower.throw("GET", b"/data/books" + tail, name + b"=" + escaped(wish))

    await asyncio.to_thread(throw)


async def test_in_queries_as_json(thrower: Thrower) -> None:
    @PROFILE
    @given(DATA, queries, headers())
    def throw(path: bytes, body: Any, given: Headers) -> None:
        thrower.throw("POST", path + b"/query", b"", given, as_json(body))

    await asyncio.to_thread(throw)


async def test_in_imported_files(thrower: Thrower) -> None:
    cells = st.lists(st.one_of(text, st.just("1")), min_size=1, max_size=4)
    header = st.lists(names, min_size=1, max_size=4)
    sheet = st.tuples(header, st.lists(cells, max_size=4)).map(
        lambda sheet: "\n".join(",".join(row) for row in (sheet[0], *sheet[1]))
    )
    lines = st.lists(bodies, max_size=3).map(lambda rows: b"\n".join(map(as_json, rows)))
    file = st.one_of(
        st.tuples(st.just(b"text/csv"), sheet.map(lambda s: s.encode("utf-8", "surrogatepass"))),
        st.tuples(st.just(b"application/x-ndjson"), lines),
        st.tuples(st.just(b"application/json"), bodies.map(as_json)),
        st.tuples(
            st.sampled_from((b"text/csv", b"application/json", b"application/x-ndjson",
                             b"multipart/form-data; boundary=x", b"multipart/form-data")),
            st.binary(max_size=60),
        ),
    )  # fmt: skip
    query = st.sampled_from(
        (b"", b"mode=upsert&on_conflict=slug", b"dry_run=true", b"partial=1", b"null=x&columns={}",
         b"mode=upsert", b"columns=%7B%22a%22%3A1%7D")
    )  # fmt: skip

    @PROFILE
    @given(DATA, query, file)
    def throw(path: bytes, query: bytes, file: tuple[bytes, bytes]) -> None:
        kind, content = file
        thrower.throw("POST", path + b"/import", query, [(b"content-type", kind)], content)

    await asyncio.to_thread(throw)


async def test_in_paths_and_methods(thrower: Thrower) -> None:
    word = st.one_of(
        st.sampled_from((b"data", b"books", b"query", b"schema", b"collections", b"changes",
                         b"fields", b"history", b"import", b"export", b"jobs", b"%2e%2e", b"")),
        st.binary(max_size=6).map(lambda raw: quote_from_bytes(raw, safe="").encode()),
    )  # fmt: skip
    route = st.lists(word, max_size=5).map(lambda words: b"/" + b"/".join(words))
    method = st.sampled_from(("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "PATCH"))

    @PROFILE
    @given(method, route, query_strings(), headers())
    def throw(method: str, path: bytes, query: bytes, given: Headers) -> None:
        if path != b"/":
            thrower.throw(method, path, query, given, b"{}")

    await asyncio.to_thread(throw)


async def test_in_wanted_schemas(thrower: Thrower) -> None:
    kind = st.one_of(
        st.sampled_from(("string", "text", "int", "float", "decimal", "boolean", "date", "datetime",
                         "json", "uuid", "enum", "email", "url", "array(int)", "relation", "file")),
        text,
    )  # fmt: skip
    options = st.sampled_from(
        ("required", "unique", "index", "default", "max_length", "min_length", "min", "max",
         "values", "precision", "scale", "to", "kind", "on_delete", "via", "validations", "id",
         "label", "hidden", "searchable", "items", "collation", "nope")
    )  # fmt: skip
    field = st.fixed_dictionaries(
        {"name": st.one_of(st.sampled_from(("a", "b")), text), "type": kind}
    ).flatmap(lambda own: st.dictionaries(options, values, max_size=3).map(lambda more: own | more))
    collection = st.fixed_dictionaries(
        {"name": st.one_of(st.just("things"), text), "fields": st.lists(field, max_size=3)}
    ).flatmap(
        lambda own: st.dictionaries(
            st.sampled_from(("id_type", "indexes", "unique", "validations", "history", "id",
                             "created_by", "label")), values, max_size=2,
        ).map(lambda more: own | more)
    )  # fmt: skip
    wish = st.one_of(
        collection.map(lambda c: (b"/collections", c)),
        field.map(lambda f: (b"/collections/books/fields", f)),
        st.lists(collection, max_size=2).map(
            lambda all_: (b"/schema/plan", {"schema": {"collections": all_}})
        ),
        values.map(lambda value: (b"/schema/plan", value)),
        values.map(lambda value: (b"/schema/plan", {"schema": value})),
    )

    @PROFILE
    @given(wish)
    def throw(wish: tuple[bytes, Any]) -> None:
        thrower.throw("POST", wish[0], b"", [], as_json(wish[1]))

    await asyncio.to_thread(throw)
