"""Plans as they read: what is done, how, at what price, and how it is undone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from app.engine.catalog.model import Catalog
from app.engine.schema.desired.parse import parse_desired
from app.engine.schema.plan import Plan, make_plan, plan_to_json
from app.engine.schema.size import Size
from tests.engine.schema.strategies import (
    document_of,
    edits,
    empty_catalog,
    parsed_or_none,
    schemas,
)
from tests.engine.schema.test_apply import BLOG, field_of

EMPTY = empty_catalog()


def blog() -> Catalog:
    return replace(parse_desired(BLOG, EMPTY), version=2)


def shown(plan: Plan) -> str:
    lines = [f"risk {plan.risk}, confirmed {plan.needs_confirmation}"]
    for step in plan_to_json(plan)["steps"]:
        lines.append(f"{step['description']} [{step['risk']}, {step['mode']}]")
        lines += [f"  {sql}" for sql in step["sql"]]
        lines += [f"  locks {lock['lock']} on {lock['table']}" for lock in step["locks"]]
        lines += [f"  undo {sql}" for sql in step["reverse"]]
    return "\n".join(lines).replace(EMPTY.schema, "p").replace('"p".', "")


def plan_of(change: Any, *, rows: int = 3) -> Plan:
    before = blog()
    document = document_of(before)
    change(document)
    sizes = {c.id: Size(rows, 8192) for c in before.collections.values()}
    return make_plan(before, parse_desired(document, before), sizes)


def _swap(document: dict[str, Any]) -> None:
    title, status = field_of(document, "posts", "title"), field_of(document, "posts", "status")
    title["name"], status["name"] = "status", "title"


def _drop_posts(document: dict[str, Any]) -> None:
    document["collections"] = [c for c in document["collections"] if c["name"] != "posts"]
    comments = next(c for c in document["collections"] if c["name"] == "comments")
    comments["fields"] = [f for f in comments["fields"] if f["name"] != "post"]


def _retype(document: dict[str, Any]) -> None:
    field_of(document, "posts", "price").update({"precision": 8, "scale": 1})


def _tighten(document: dict[str, Any]) -> None:
    field_of(document, "posts", "author").update({"required": True, "on_delete": "cascade"})
    field_of(document, "posts", "title").update({"max_length": 50, "unique": True})


def _extend(document: dict[str, Any]) -> None:
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"] += [
        {"name": "slug", "type": "string", "default": "x", "required": True, "index": True},
        {"name": "editor", "type": "relation", "to": "users"},
        {"name": "seen", "type": "datetime", "required": True, "default": {"generated": "now"}},
    ]


CHANGES = {
    "swap": _swap,
    "drop": _drop_posts,
    "retype": _retype,
    "tighten": _tighten,
    "extend": _extend,
}


def test_a_new_schema_reads_as_sql(snapshot: SnapshotAssertion) -> None:
    assert shown(make_plan(EMPTY, blog(), {})) == snapshot


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_small_tables_reads_as_sql(name: str, snapshot: SnapshotAssertion) -> None:
    assert shown(plan_of(CHANGES[name])) == snapshot


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_large_tables_reads_as_sql(name: str, snapshot: SnapshotAssertion) -> None:
    assert shown(plan_of(CHANGES[name], rows=1_000_000)) == snapshot


def test_a_plans_hash_is_the_same_for_the_same_change_and_no_other() -> None:
    assert plan_of(_swap).plan_hash == plan_of(_swap).plan_hash
    assert plan_of(_swap).plan_hash != plan_of(_retype).plan_hash


def test_a_lossy_change_of_no_rows_loses_nothing() -> None:
    assert plan_of(_retype).risk == "lossy"
    assert plan_of(_retype, rows=0).risk == "safe"


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(schemas(), st.data(), st.sampled_from([0, 5, 1_000_000]))
def test_every_statement_keeps_to_what_a_sharded_postgres_takes(
    document: dict[str, Any], data: st.DataObject, rows: int
) -> None:
    first = parsed_or_none(document, EMPTY)
    assume(first is not None)
    assert first is not None
    second = parsed_or_none(data.draw(edits(first)), first)
    assume(second is not None)
    assert second is not None
    sizes = {c.id: Size(rows, 0) for c in first.collections.values()}
    for plan in (make_plan(EMPTY, first, {}), make_plan(first, second, sizes)):
        for sql in _statements(plan):
            bare = re.sub(r"E?'(?:[^'\\]|''|\\.)*'", "''", sql)
            assert ";" not in bare
            assert bare.count("ADD CONSTRAINT") <= 1
            for word in ("TRIGGER", "IDENTITY", "RENAME CONSTRAINT", "ON DELETE", "INHERITS"):
                assert word not in bare
            if "ADD COLUMN" in bare or "CREATE TABLE" in bare:
                assert not re.search(r"\b(CHECK|UNIQUE|REFERENCES)\b", bare), bare


def _statements(plan: Plan) -> Iterator[str]:
    for planned in plan.changes:
        yield from (step.sql for step in (*planned.steps, *planned.reverse))
