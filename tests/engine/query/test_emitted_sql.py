"""The SQL that requests become, reviewed as a snapshot, and the rules that all of it keeps."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from app.engine.catalog.model import Catalog, Collection, make_catalog, make_collection
from app.engine.conditions.bind import bind
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.policy.model import EVERYTHING, Access, Action, Grant, WriteRule
from app.engine.query.compile import compile_read
from app.engine.query.compile_write import compile_write
from app.engine.query.cursor import encode_cursor, with_cursor
from app.engine.query.past import find_past, plan_at
from app.engine.query.plan import plan_read
from app.engine.query.plan_write import Operation, WriteShape, plan_write
from app.engine.query.request import parse_get, parse_list
from tests.engine.conditions.world import CATALOG, THINGS

GROUPS = CATALOG.collections["groups"]


def _all(_collection: Collection, _action: Action) -> Grant:
    return EVERYTHING


MEMBER = Access("member:owner", _all)


def _narrow(collection: Collection, _action: Action) -> Grant:
    if collection.id != "c_things":
        return EVERYTHING
    values: list[object] = []
    tree = parse_json_condition({"word": "$user.id"}, values, variables=True)
    rows = bind(tree, collection, CATALOG, literals=values)
    fields = frozenset({"id", "f_word", "f_amount", "f_group"})
    return Grant(rows=rows, fields=fields, rules=(WriteRule(rows, rows, fields),), shown=fields)


APP_USER = Access("policies:1", _narrow)

LISTS = {
    "plain": "",
    "filtered": "amount__gte=1&group__title=a&sort=-moment,word:nullsfirst&limit=10&count=exact",
    "expanded": "expand=group,labels(limit=2,sort=-color)&fields=id,word,labels",
    "through_a_relation": "sort=group.size&group__things__word__contains=x&labels__any=l1,l2",
    "json_and_search": "data__a__b__gte=10&search=some words&count=capped",
}


def _read(query: str, access: Access = MEMBER, catalog: Catalog = CATALOG) -> str:
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
    request = parse_list(pairs)  # type: ignore[arg-type]  # pairs of two
    grant = access.find(THINGS, "list")
    assert grant is not None
    return compile_read(plan_read(request.shape, THINGS, grant, catalog, access)).text


def _write(operation: Operation, access: Access = MEMBER, **options: object) -> str:
    collection = options.pop("collection", THINGS)
    assert isinstance(collection, Collection)
    shape = WriteShape(operation, **options)  # type: ignore[arg-type]  # as each case gives them
    grant = access.find(collection, "update")
    assert grant is not None
    plan = plan_write(shape, collection, grant, CATALOG, access, update=grant)
    return compile_write(plan).text


COLUMNS = tuple(field.column for field in THINGS.stored_fields if field.column[-3:] != "_at")
WRITES: dict[str, dict[str, object]] = {
    "create": {"operation": "create", "columns": COLUMNS, "links": ("f_labels",)},
    "create_many": {"operation": "create", "columns": COLUMNS, "many": True},
    "create_joined": {"operation": "create", "columns": COLUMNS, "joined": True},
    "update": {
        "operation": "update", "columns": ("group_id", "word"), "changes": (("amount", "inc"),),
    },
    "update_joined": {
        "operation": "update", "columns": ("group_id", "word"), "changes": (("amount", "inc"),),
        "joined": True,
    },
    "update_links": {"operation": "update", "links": ("f_labels",)},
    "update_many": {
        "operation": "update", "columns": ("word",), "many": True,
        "condition": parse_pairs([("amount__lt", "1")], []),
    },
    "upsert": {"operation": "upsert", "columns": ("word", "amount"), "key": ("word",)},
    "upsert_many": {
        "operation": "upsert", "columns": ("word", "amount"), "key": ("word",), "many": True,
    },
    "delete": {"operation": "delete"},
    "delete_with_children": {"operation": "delete", "collection": GROUPS},
}  # fmt: skip


def _every_statement() -> Iterator[str]:
    for access in (MEMBER, APP_USER):
        for query in LISTS.values():
            if access is MEMBER or not set(query.split("&")) & {"sort=-moment"}:
                yield from _unless_hidden(query, access)
        for case in WRITES.values():
            yield _write(**case, access=access)  # type: ignore[arg-type]  # as above


def _unless_hidden(query: str, access: Access) -> Iterator[str]:
    try:
        yield _read(query, access)
    except Exception as error:
        if getattr(error, "code", "") not in {"query_unknown_field", "query_invalid_condition"}:
            raise


@pytest.mark.parametrize("name", LISTS)
def test_lists_compile_to(name: str, snapshot: SnapshotAssertion) -> None:
    assert _pretty(_read(LISTS[name])) == snapshot


@pytest.mark.parametrize("name", WRITES)
def test_writes_compile_to(name: str, snapshot: SnapshotAssertion) -> None:
    assert _pretty(_write(**WRITES[name])) == snapshot  # type: ignore[arg-type]  # as above


def test_policies_are_predicates_of_the_same_statement(snapshot: SnapshotAssertion) -> None:
    assert _pretty(_read("amount=1&expand=group", APP_USER)) == snapshot
    assert _pretty(_write("update", APP_USER, columns=("amount",))) == snapshot


def test_a_past_time_compiles_to(snapshot: SnapshotAssertion) -> None:
    """As of version 3; in version 4 two fields got other names, in version 5 one another type."""
    fields = THINGS.fields.values()
    renamed = {"f_word": replace(THINGS.by_id["f_word"], name="name", column="name")}
    typed = {**renamed, "f_amount": replace(THINGS.by_id["f_amount"], type="string")}
    forms = [
        make_collection(
            id=THINGS.id, name="things", table="things",
            fields=[changed.get(each.id, each) for each in fields],
        )
        for changed in (typed, renamed, {})
    ]  # fmt: skip
    versions = [
        replace(CATALOG, version=n, by_id={THINGS.id: form})
        for n, form in enumerate(forms, start=3)
    ]
    pairs = [("word", "a"), ("sort", "-amount"), ("count", "exact"), ("as_of", "2026-01-01")]
    shape = parse_list(pairs).shape
    plan = plan_read(replace(shape, as_of=None), THINGS, EVERYTHING, CATALOG, MEMBER)
    past = find_past(THINGS, versions, shape.as_of or 0)
    assert _pretty(compile_read(plan_at(plan, shape, past)).text) == snapshot


def test_one_record_and_a_cursor_compile_to(snapshot: SnapshotAssertion) -> None:
    request = parse_get("x", [])
    plan = plan_read(request.shape, THINGS, EVERYTHING, CATALOG, MEMBER)
    assert _pretty(compile_read(plan).text) == snapshot
    listed = parse_list([("sort", "-amount,id")])
    token = encode_cursor("c_things", listed.shape.sort, ["1", "x"])
    after = with_cursor(parse_list([("sort", "-amount,id"), ("cursor", token)]), "c_things")
    plan = plan_read(after.shape, THINGS, EVERYTHING, CATALOG, MEMBER)
    assert _pretty(compile_read(plan).text) == snapshot


def test_every_statement_is_fenced_by_the_catalog_version() -> None:
    for text in _every_statement():
        assert '"_meta"' in text
        assert "version = $" in text


def test_on_conflict_do_nothing_is_the_only_form() -> None:
    for text in _every_statement():
        for found in re.findall(r"ON CONFLICT[^)]*\)? ?DO (\w+)|ON CONFLICT DO (\w+)", text):
            assert "NOTHING" in found


def test_a_statement_touches_one_project_schema_only() -> None:
    for text in _every_statement():
        assert set(re.findall(r'(?:FROM|JOIN|INTO|UPDATE) "([a-z_0-9]+)"\."', text)) == {
            CATALOG.schema
        }


def test_statements_hold_no_volatile_functions() -> None:
    for text in _every_statement():
        assert not re.search(r"random\(|clock_timestamp|gen_random|uuidv7\(|txid_|pg_current", text)


def test_values_stand_only_in_placeholders() -> None:
    text = _read("word=secret-value&data__path=other-value&labels=third-value")
    assert "value" not in text


def test_the_statement_of_another_version_differs_only_in_its_arguments() -> None:
    parts = {"project_id": CATALOG.project_id, "schema": CATALOG.schema, "hash": ""}
    newer = make_catalog(**parts, version=2, collections=CATALOG.collections.values())
    assert _read("amount=1") == _read("amount=1", catalog=newer)


def _pretty(text: str) -> str:
    """One clause a line, so that a change can be read."""
    return re.sub(
        r"(?<=\S) (?=(?:FROM|WHERE|LEFT JOIN|ORDER BY|LIMIT|RETURNING|WITH) )|(?<=\),) ", "\n", text
    )
