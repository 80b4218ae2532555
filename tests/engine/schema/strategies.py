"""Random schemas as the public interface takes them, and random edits of a stored one."""

import copy
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.core.ids import project_schema
from app.engine.catalog.model import Catalog, make_catalog
from app.engine.catalog.snapshot import collection_to_json
from app.engine.schema.desired.parse import parse_desired
from app.engine.schema.digest import catalog_hash
from app.engine.schema.errors import SchemaInvalidError
from app.engine.schema.system import users_collection

PROJECT = UUID("01890000-0000-7000-8000-000000000001")
NAMES = ("a", "b", "c", "d", "e", "order", "select", "user_name", "x1")
COLLECTIONS = ("posts", "tags", "orders", "group", "table")

Json = dict[str, Any]


def empty_catalog(project_id: UUID = PROJECT) -> Catalog:
    """A new project's catalog: ``users`` and nothing else."""
    parts: Json = {
        "project_id": project_id,
        "schema": project_schema(project_id),
        "version": 1,
        "collections": [users_collection()],
    }
    return make_catalog(**parts, hash=catalog_hash(make_catalog(**parts, hash="")))


def document_of(catalog: Catalog) -> Json:
    """What ``GET …/schema`` shows."""
    return {"collections": [collection_to_json(c, catalog) for c in catalog.collections.values()]}


def parsed_or_none(document: Json, current: Catalog) -> Catalog | None:
    try:
        return parse_desired(document, current)
    except SchemaInvalidError:
        return None


def scalar_types() -> st.SearchStrategy[Json]:
    """A type with options that fit it."""
    flags = st.fixed_dictionaries(
        {},
        optional={
            "required": st.booleans(),
            "unique": st.booleans(),
            "index": st.booleans(),
            "hidden": st.booleans(),
            "label": st.sampled_from(["A label", "'); DROP TABLE x;--", "ü\n\\! id"]),
        },
    )
    return st.tuples(st.one_of(*_TYPES), flags).map(lambda pair: {**pair[1], **pair[0]})


def _typed(name: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"type": st.just(name)}, optional=options)


_TEXT_DEFAULT = st.sampled_from(["x", "'); DROP TABLE x;--", "50%", "\\", "$1", "{x}", "a:b", "ß"])
_TYPES = (
    _typed("string", max_length=st.integers(20, 300), default=_TEXT_DEFAULT),
    _typed("text", min_length=st.integers(0, 1), default=_TEXT_DEFAULT),
    _typed("email", default=st.just("a@example.com")),
    _typed("url"),
    _typed("int", min=st.integers(-9, 0), max=st.integers(50, 99), default=st.integers(0, 50)),
    _typed("float", default=st.sampled_from([0, 1.5, -2.25])),
    _typed("decimal", default=st.sampled_from([0, 1.5, "0.1"])),
    st.fixed_dictionaries(
        {"type": st.just("decimal"), "precision": st.integers(8, 12), "scale": st.integers(0, 4)}
    ),
    _typed("boolean", default=st.booleans()),
    _typed("date", default=st.one_of(st.just("2026-01-31"), st.just({"generated": "today"}))),
    _typed("datetime", default=st.just({"generated": "now"})),
    _typed("json", default=st.sampled_from([{"a": [1, "'"]}, [], "text", 1.5])),
    _typed("uuid", default=st.just({"generated": "uuid"})),
    st.fixed_dictionaries(
        {
            "type": st.just("enum"),
            "values": st.sampled_from([["x"], ["x", "y"], ["y'", "z\\", "x"]]),
        },
        optional={"default": st.just("x")},
    ),
    _typed("array(string)", default=st.sampled_from([[], ["a", "'"]])),
    _typed("array(int)", default=st.just([1, 2])),
    _typed("file"),
)


@st.composite
def fields(draw: st.DrawFn, names: tuple[str, ...] = COLLECTIONS) -> Json:
    """A field: two of three are scalars."""
    if draw(st.integers(0, 2)):
        return draw(scalar_types())
    target = draw(st.sampled_from((*names, "users")))
    kind = draw(st.sampled_from(["belongs_to", "belongs_to", "many_to_many"]))
    relation: Json = {"type": "relation", "to": target, "kind": kind}
    if kind == "belongs_to":
        relation["on_delete"] = draw(st.sampled_from(["restrict", "cascade"]))
        relation["unique"] = draw(st.booleans())
    return relation


@st.composite
def collections(draw: st.DrawFn, name: str, names: tuple[str, ...]) -> Json:
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    made = [{**draw(fields(names)), "name": each} for each in chosen]
    collection: Json = {
        "name": name,
        "fields": made,
        "id_type": draw(st.sampled_from(["uuid", "uuid", "int", "text"])),
        "created_by": draw(st.booleans()),
    }
    _index(draw, collection)
    return collection


@st.composite
def schemas(draw: st.DrawFn) -> Json:
    """A whole document; has_many fields mirror some of its belongs_to fields."""
    names = tuple(draw(st.lists(st.sampled_from(COLLECTIONS), unique=True, min_size=1, max_size=3)))
    found = [draw(collections(name, names)) for name in names]
    for collection in found:
        for field in list(collection["fields"]):
            if field.get("kind") == "belongs_to" and draw(st.booleans()):
                _mirror(found, collection["name"], field)
    return {"collections": found}


def _mirror(found: list[Json], name: str, field: Json) -> None:
    owner = next((c for c in found if c["name"] == field["to"]), None)
    many = f"{name}_of_{field['name']}"
    if owner is not None and all(f["name"] != many for f in owner["fields"]):
        via = {"type": "relation", "kind": "has_many", "to": name, "via": field["name"]}
        owner["fields"].append({**via, "name": many})


def _index(draw: st.DrawFn, collection: Json) -> None:
    plain = [f["name"] for f in collection["fields"] if f["type"] in ("string", "int", "date")]
    if len(plain) > 1 and draw(st.booleans()):
        collection["indexes"] = [{"fields": [plain[0], f"-{plain[1]}"]}]
    if plain and draw(st.integers(0, 3)) == 0:
        collection["unique"] = [[plain[0], "created_at"]]


@st.composite
def edits(draw: st.DrawFn, catalog: Catalog) -> Json:
    """A stored schema's document after a few random changes by an editor who keeps the ids."""
    document = copy.deepcopy(document_of(catalog))
    for _ in range(draw(st.integers(1, 4))):
        _edit(draw, document)
    return document


def _edit(draw: st.DrawFn, document: Json) -> None:
    own = [c for c in document["collections"] if not c.get("system")]
    action = draw(st.sampled_from(_ACTIONS))
    if own:
        action(draw, document, draw(st.sampled_from(own)))


def _rename_field(draw: st.DrawFn, _document: Json, collection: Json) -> None:
    if collection["fields"]:
        field = draw(st.sampled_from(collection["fields"]))
        _replace_name(collection, field, draw(st.sampled_from((*NAMES, "renamed"))))


def _replace_name(collection: Json, field: Json, new: str) -> None:
    """A name that is taken is swapped."""
    old = field["name"]
    for other in collection["fields"]:
        if other["name"] == new:
            other["name"] = old
    field["name"] = new
    swap = {old: new, new: old}
    for key in ("indexes", "unique"):
        for index in collection.get(key, []):
            parts = index["fields"] if isinstance(index, dict) else index
            parts[:] = [
                f"-{swap.get(p[1:], p[1:])}" if p.startswith("-") else swap.get(p, p) for p in parts
            ]


def _rename_collection(draw: st.DrawFn, document: Json, collection: Json) -> None:
    old, new = collection["name"], draw(st.sampled_from((*COLLECTIONS, "fresh")))
    swap = {old: new, new: old}
    for each in document["collections"]:
        each["name"] = swap.get(each["name"], each["name"])
        for field in each["fields"]:
            if "to" in field:
                field["to"] = swap.get(field["to"], field["to"])


def _drop_field(draw: st.DrawFn, document: Json, collection: Json) -> None:
    if not collection["fields"]:
        return
    field = draw(st.sampled_from(collection["fields"]))
    collection["fields"].remove(field)
    _forget_indexes(collection, field["name"])
    for each in document["collections"]:
        each["fields"] = [
            f
            for f in each["fields"]
            if not (f.get("to") == collection["name"] and f.get("via") == field["name"])
        ]


def _forget_indexes(collection: Json, name: str) -> None:
    collection["indexes"] = [
        i for i in collection.get("indexes", []) if name not in {p.lstrip("-") for p in i["fields"]}
    ]
    collection["unique"] = [u for u in collection.get("unique", []) if name not in u]


def _add_field(draw: st.DrawFn, document: Json, collection: Json) -> None:
    names = tuple(c["name"] for c in document["collections"])
    field = {**draw(fields(names)), "name": draw(st.sampled_from((*NAMES, "added")))}
    taken = {f["name"] for f in collection["fields"]}
    if field["name"] not in taken:
        collection["fields"].insert(draw(st.integers(0, len(taken))), field)


def _change_field(draw: st.DrawFn, _document: Json, collection: Json) -> None:
    scalars = [f for f in collection["fields"] if f["type"] != "relation"]
    if scalars:
        field = draw(st.sampled_from(scalars))
        kept = {k: field[k] for k in ("id", "name") if k in field}
        field.clear()
        field.update(kept | draw(scalar_types()))


def _flip(draw: st.DrawFn, _document: Json, collection: Json) -> None:
    columns = [f for f in collection["fields"] if f.get("kind") in (None, "belongs_to")]
    if columns:
        field = draw(st.sampled_from(columns))
        key = draw(st.sampled_from(["required", "unique", "index"]))
        field[key] = not field.get(key, False)


def _drop_collection(_draw: st.DrawFn, document: Json, collection: Json) -> None:
    document["collections"].remove(collection)
    for each in document["collections"]:
        gone = [f["name"] for f in each["fields"] if f.get("to") == collection["name"]]
        each["fields"] = [f for f in each["fields"] if f["name"] not in gone]
        for name in gone:
            _forget_indexes(each, name)


def _add_collection(draw: st.DrawFn, document: Json, _collection: Json) -> None:
    names = tuple(c["name"] for c in document["collections"])
    name = draw(st.sampled_from((*COLLECTIONS, "another")))
    if name not in names:
        document["collections"].append(draw(collections(name, (*names, name))))


def _change_options(draw: st.DrawFn, _document: Json, collection: Json) -> None:
    collection["created_by"] = draw(st.booleans())
    collection["history"] = draw(st.sampled_from(["full", "keys", "off"]))
    collection["fields"] = draw(st.permutations(collection["fields"]))


_ACTIONS = (
    _rename_field,
    _rename_collection,
    _drop_field,
    _add_field,
    _change_field,
    _flip,
    _drop_collection,
    _add_collection,
    _change_options,
)
