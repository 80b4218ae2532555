"""The SQL and the Python of one condition answer alike, nulls included."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.db import Database
from app.engine.conditions.args import Args, resolve
from app.engine.conditions.bind import bind
from app.engine.conditions.compile import Scope, compile_condition
from app.engine.conditions.evaluate import Facts, matches, settled
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import NO_CONTEXT, Condition, Context
from tests.engine.conditions.world import (
    CATALOG,
    NUMBERS,
    THINGS,
    WORDS,
    build,
    make_rows,
    related_rows,
)

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "500"))
ROWS = make_rows()

words = st.sampled_from(WORDS)
numbers = st.sampled_from(NUMBERS)
days = st.sampled_from([f"2026-01-0{n}" for n in range(1, 6)])
moments = st.sampled_from([f"2026-01-01T0{n}:00:00Z" for n in range(6)])
kinds = st.sampled_from(["red", "green", "blue"])
flags = st.booleans()
decimals = st.sampled_from([0, 1.5, -3.1, 10, 2])
jsons = st.sampled_from(["x", 10, True, {}, [], {"a": 1}, {"n": 10}, ["x"], {"a": {}}])
scalars = st.sampled_from(["1", "10", 10, 1.5, True, "x", "ab", "true"])
lists = {"tags": st.lists(words, max_size=3), "marks": st.lists(numbers, max_size=3)}

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "word": words, "note": words, "amount": numbers, "ratio": decimals, "price": decimals,
    "done": flags, "day": days, "moment": moments, "kind": kinds,
    "group_id": st.integers(1, 4), "group__size": numbers, "group__title": words,
    "labels__color": words, "group__things__amount": numbers, "group__things__word": words,
}  # fmt: skip
ORDER = ("gt", "gte", "lt", "lte")
TEXT = ("contains", "startswith", "endswith", "icontains", "istartswith", "iexact", "search")
TEXTS = ("word", "note", "group__title", "labels__color", "group__things__word")


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["scalar", "text", "list", "null", "between", "array", "json"]))
    return draw(_KINDS[kind])


@st.composite
def _scalar(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(VALUES)))
    operators = (
        ("", "__eq", "__neq") if name == "done" else ("", "__neq", *(f"__{o}" for o in ORDER))
    )
    return {name + draw(st.sampled_from(operators)): draw(VALUES[name])}


@st.composite
def _text(draw: st.DrawFn) -> dict[str, Any]:
    return {f"{draw(st.sampled_from(TEXTS))}__{draw(st.sampled_from(TEXT))}": draw(words)}


@st.composite
def _list(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(VALUES)))
    operator = draw(st.sampled_from(["in", "notin"]))
    return {f"{name}__{operator}": draw(st.lists(VALUES[name], max_size=3))}


@st.composite
def _null(draw: st.DrawFn) -> dict[str, Any]:
    names = [*sorted(VALUES), "data", "data__a", "tags", "labels", "group", "group__things"]
    return {f"{draw(st.sampled_from(names))}__isnull": draw(flags)}


@st.composite
def _between(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(set(VALUES) - {"done"})))
    return {f"{name}__between": [draw(VALUES[name]), draw(VALUES[name])]}


@st.composite
def _array(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(["tags", "marks"]))
    operator = draw(st.sampled_from(["any", "all", "contains", "eq", "neq"]))
    return {f"{name}__{operator}": draw(lists[name])}


@st.composite
def _json(draw: st.DrawFn) -> dict[str, Any]:
    if draw(flags):
        operator = draw(st.sampled_from(["eq", "neq", "contains"]))
        return {f"data__{operator}": draw(jsons)}
    path = draw(st.sampled_from(["a", "n", "t", "a__b", "a__0"]))
    operator = draw(st.sampled_from(["eq", "neq", *ORDER, "in", "notin", "has_key", *TEXT[:-1]]))
    if operator in {"in", "notin"}:
        return {f"data__{path}__{operator}": draw(st.lists(scalars, max_size=2))}
    value = draw(words) if operator in {"has_key", *TEXT} else draw(scalars)
    return {f"data__{path}__{operator}": value}


_KINDS = {
    "scalar": _scalar(), "text": _text(), "list": _list(), "null": _null(),
    "between": _between(), "array": _array(), "json": _json(),
}  # fmt: skip
conditions = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(lambda item: {"not": item}, inner),
        st.builds(lambda items: {"or": items}, st.lists(inner, max_size=3)),
        st.builds(lambda items: {"and": items}, st.lists(inner, max_size=3)),
        st.builds(lambda one, other: {**one, **other}, inner, inner),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.dsn)
    await build(connection, ROWS)
    yield connection
    await connection.close()


async def by_sql(
    connection: asyncpg.Connection, tree: Condition, values: list[Any], context: Context
) -> set[Any]:
    args = Args()
    where = compile_condition(bind(tree, THINGS, CATALOG), "t", Scope(CATALOG, args))
    text = f"SELECT id FROM {CATALOG.table(THINGS)} t WHERE {where}"
    rows = await connection.fetch(text, *resolve(args.sources, values, context))
    return {row["id"] for row in rows}


def by_python(tree: Condition, values: list[Any], context: Context) -> set[Any]:
    bound = bind(tree, THINGS, CATALOG)
    facts = Facts(values, context, lambda field, row: related_rows(ROWS, field, row))
    return {row["id"] for row in ROWS["things"] if matches(bound, row, facts)}


def by_python_once_settled(tree: Condition, values: list[Any]) -> set[Any]:
    bound = settled(bind(tree, THINGS, CATALOG, literals=values))
    facts = Facts(related=lambda field, row: related_rows(ROWS, field, row))
    return {row["id"] for row in ROWS["things"] if matches(bound, row, facts)}


def test_sql_and_python_agree_on_json_conditions(connection: asyncpg.Connection) -> None:
    loop = asyncio.get_event_loop_policy().get_event_loop()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(conditions)
    def agree(document: dict[str, Any]) -> None:
        values: list[Any] = []
        tree = parse_json_condition(document, values)
        found = loop.run_until_complete(by_sql(connection, tree, values, NO_CONTEXT))
        assert found == by_python(tree, values, NO_CONTEXT)
        assert found == by_python_once_settled(tree, values)

    agree()


variables = st.sampled_from(["user.id", "user.teams", "user.missing"])
held = st.sampled_from([None, [], ["red"], ["red", "blue"], "red", "green"])


@st.composite
def variable_conditions(draw: st.DrawFn) -> dict[str, Any]:
    operator = draw(st.sampled_from(["eq", "neq", "in", "notin"]))
    name = draw(st.sampled_from(["kind", "word", "group__title", "labels__color", "data__t"]))
    if name == "data__t" and draw(flags):
        operator = draw(st.sampled_from(["has_key", "contains"]))
    return {f"{name}__{operator}": f"${draw(variables)}"}


beside = st.recursive(
    st.one_of(comparisons(), variable_conditions()),
    lambda inner: st.one_of(
        st.builds(lambda item: {"not": item}, inner),
        st.builds(lambda items: {"or": items}, st.lists(inner, max_size=3)),
        st.builds(lambda items: {"and": items}, st.lists(inner, max_size=3)),
    ),
    max_leaves=4,
)
negatable = st.one_of(variable_conditions(), st.builds(lambda c: {"not": c}, variable_conditions()))


@st.composite
def negations(draw: st.DrawFn) -> dict[str, Any]:
    """A negation with a variable somewhere within, beside whatever else."""
    items = [draw(variable_conditions()), *draw(st.lists(beside, min_size=1, max_size=3))]
    items = draw(st.permutations(items))
    return {"not": {draw(st.sampled_from(["and", "or"])): list(items)}}


def test_a_variable_without_a_value_makes_no_negation_true(
    connection: asyncpg.Connection,
) -> None:
    loop = asyncio.get_event_loop_policy().get_event_loop()

    @settings(max_examples=EXAMPLES // 2, deadline=None, database=None)
    @given(negations(), st.one_of(beside, st.none()), held)
    def agree(negation: dict[str, Any], other: Any, value: Any) -> None:
        context = Context({"user.id": value, "user.teams": value})
        for document in (negation, {"not": {"not": negation}}, {"or": [negation, other or {}]}):
            values: list[Any] = []
            tree = parse_json_condition(document, values, variables=True)
            found = loop.run_until_complete(by_sql(connection, tree, values, context))
            assert found == by_python(tree, values, context)
            if value in (None, []) and "or" not in document:
                assert found == set()

    agree()


def test_sql_and_python_agree_on_variables(connection: asyncpg.Connection) -> None:
    loop = asyncio.get_event_loop_policy().get_event_loop()

    @settings(max_examples=EXAMPLES // 2, deadline=None, database=None)
    @given(negatable, held)
    def agree(document: dict[str, Any], value: Any) -> None:
        values: list[Any] = []
        context = Context({"user.id": value, "user.teams": value})
        tree = parse_json_condition(document, values, variables=True)
        found = loop.run_until_complete(by_sql(connection, tree, values, context))
        assert found == by_python(tree, values, context)
        if value in (None, []):
            assert found == set()

    agree()


pairs = st.sampled_from(
    [
        ("word", "a"), ("word__in", "a,ab,"), ("amount__gte", "0"), ("amount__between", "-1,10"),
        ("price", "1.5"), ("done", "true"), ("day__lt", "2026-01-03"), ("data__n", "10"),
        ("data__n__gte", "9"), ("data__a__b", "true"), ("tags__any", "a,x"), ("marks", "[1]"),
        ("moment__gt", "2026-01-01T01:00:00+01:00"), ("group", "1"), ("group__size__gt", "0"),
        ("labels", "l1"), ("labels__any", "l1,l2"), ("labels__isnull", "true"),
        ("kind__neq", "red"), ("note__search", "a b"), ("group__things__done", "false"),
        ("f.word", "x"),
    ]
)  # fmt: skip


def test_sql_and_python_agree_on_query_strings(connection: asyncpg.Connection) -> None:
    loop = asyncio.get_event_loop_policy().get_event_loop()

    @settings(max_examples=EXAMPLES // 2, deadline=None, database=None)
    @given(st.lists(pairs, min_size=1, max_size=4))
    def agree(given_pairs: list[tuple[str, str]]) -> None:
        values: list[Any] = []
        tree = parse_pairs(given_pairs, values)
        found = loop.run_until_complete(by_sql(connection, tree, values, NO_CONTEXT))
        assert found == by_python(tree, values, NO_CONTEXT)

    agree()


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_value_never_reaches_the_sql_text(one: str, other: str) -> None:
    def text(value: str) -> str:
        args = Args()
        tree = parse_json_condition({"word__contains": value, "data__a": value}, [])
        return compile_condition(bind(tree, THINGS, CATALOG), "t", Scope(CATALOG, args))

    assert text(one) == text(other)
