"""Conditions on a run's scope speak the one condition language."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine.catalog.model import Catalog, Field, make_collection
from app.engine.conditions.tree import StoredConditionError
from app.features.workflows.checking import Sight, check_steps
from app.features.workflows.conditions import check_condition, condition_paths, holds
from app.features.workflows.definition import read_steps

NAMES = frozenset({"record", "previous_record", "user", "steps", "input", "item", "now"})
SCOPE: dict[str, Any] = {
    "record": {
        "total": Decimal("500.00"),
        "count": 9,
        "status": "paid",
        "owner": None,
        "paid": True,
        "tags": ["new", "vip"],
        "meta": {"color": "red", "sizes": [1, 2]},
        "created_at": "2026-11-20T10:00:00Z",
    },
    "steps": {"call": {"response": {"status": 404, "json": None}}},
    "item": 12,
    "input": ["a", "b"],
    "now": "2026-11-21T10:00:00Z",
}


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ({}, True),
        ({"record.total__gte": 500}, True),
        ({"record.total": Decimal("500")}, True),
        ({"record.total__gt": 500}, False),
        ({"record.count__lt": 10}, True),
        ({"record.count__lt": 10.5}, True),
        ({"item__gt": 9}, True),
        ({"steps.call.response.status__in": [404, 410]}, True),
        ({"steps.call.response.status__notin": [404]}, False),
        ({"record.status": "paid", "record.total__lt": 1}, False),
        ({"or": [{"record.total__lt": 1}, {"record.status__startswith": "pa"}]}, True),
        ({"and": [{"record.paid": True}, {"not": {"record.status": "open"}}]}, True),
        ({"record.status__icontains": "PAI"}, True),
        ({"record.tags__contains": "vip"}, True),
        ({"record.tags__contains": "vi"}, False),
        ({"record.tags__contains": ["vip", "new"]}, True),
        ({"record.tags__has_key": "vip"}, True),
        ({"record.tags": ["new", "vip"]}, True),
        ({"record.tags.1": "vip"}, True),
        ({"record.meta.color": "red"}, True),
        ({"record.meta__eq": {"sizes": [1, 2], "color": "red"}}, True),
        ({"record.meta__contains": {"color": "red"}}, True),
        ({"record.meta__has_key": "color"}, True),
        ({"record.meta__has_key": "weight"}, False),
        ({"record.status__eq": {"a": 1}}, False),
        ({"record.status__neq": {"a": 1}}, True),
        ({"record.created_at__lt": "2026-11-21T10:00:00Z"}, True),
        ({"input__contains": "a"}, True),
        ({"record.nothing": 1}, False),
        ({"record.nothing__isnull": True}, True),
        ({"record.owner__isnull": True}, True),
        ({"record.status__isnull": False}, True),
        ({"user.id__isnull": True}, True),
    ],
)
def test_conditions_hold_as_they_do_of_records(where: Any, answer: bool) -> None:
    check_condition(where, "/where", NAMES)

    assert holds(where, SCOPE) is answer


@pytest.mark.parametrize(
    "comparison",
    [
        {"record.owner": 1},
        {"record.owner__neq": 1},
        {"record.owner__neq": {"a": 1}},
        {"record.owner": None},
        {"record.owner__neq": None},
        {"record.status": None},
        {"record.status__neq": None},
        {"record.status__in": None},
        {"record.status__in": []},
        {"record.status__in": [None]},
        {"record.status__notin": []},
        {"record.tags": None},
        {"record.status__contains": None},
    ],
)
def test_null_matches_nothing_on_either_side_not_even_negated(comparison: Any) -> None:
    assert holds(comparison, SCOPE) is False
    assert holds({"not": comparison}, SCOPE) is False


def test_a_null_within_a_list_is_no_value_of_it() -> None:
    assert holds({"record.status__in": [None, "paid"]}, SCOPE) is True
    assert holds({"record.owner__in": [None, "paid"]}, SCOPE) is False


@pytest.mark.parametrize(
    ("where", "pointer", "code", "hint"),
    [
        ({"recod.total": 1}, "/w/recod.total", "unknown_field", "'record'"),
        ({"total": 1}, "/w/total", "unknown_field", "It knows"),
        ({"record.total__gtee": 1}, "/w/record.total__gtee", "query_unknown_operator", "'gte'"),
        ({"record__total": 1}, "/w/record__total", "query_unknown_operator", "dot"),
        ({"record.x__between": [1, 2]}, "/w/record.x__between", "query_unknown_operator", ""),
        ({"or": [{"a b": 1}]}, "/w/or/0/a b", "query_invalid_condition", "path"),
        ({"record": {"total": 1}}, "/w/record", "query_invalid_condition", "record.total__gte"),
        ({"record.total": [1]}, None, None, None),
        ({"record.total__gt": [1]}, "/w/record.total__gt", "query_invalid_value", ""),
        ({"record.total__contains": 1}, "/w/record.total__contains", "query_invalid_value", ""),
        ({"record.x__isnull": "maybe"}, "/w", "query_invalid_condition", ""),
        ("{{input.where}}", "/w", "query_invalid_condition", ""),
        ({"or": "{{input}}"}, "/w", "query_invalid_condition", ""),
        ({"record.__class__": 1}, "/w/record.__class__", "query_invalid_condition", "path"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(
    where: Any, pointer: str | None, code: str | None, hint: str | None
) -> None:
    if pointer is None:
        check_condition(where, "/w", NAMES)
        return
    with pytest.raises(StoredConditionError) as caught:
        check_condition(where, "/w", NAMES)

    (violation,) = caught.value.errors
    assert (violation.pointer, violation.code) == (pointer, code)
    assert hint is not None
    assert hint in (violation.hint or "")


def test_operands_may_still_be_templates_when_checked() -> None:
    check_condition({"record.total__gte": "{{input.least}}", "item__in": "{{input}}"}, "/w", NAMES)


def test_values_that_were_filled_in_are_no_conditions_and_no_variables() -> None:
    with pytest.raises(StoredConditionError):
        holds({"record.status": {"neq": "x"}}, SCOPE)
    assert holds({"record.status": "$user.id"}, SCOPE) is False
    assert holds({"record.status__gt": "$"}, SCOPE) is True


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=20), st.none() | st.integers() | st.text() | st.lists(
    st.none() | st.integers() | st.text(), max_size=3), max_size=3))  # fmt: skip
def test_any_condition_has_an_answer_or_is_refused(where: Any) -> None:
    try:
        answer = holds(where, SCOPE)
    except StoredConditionError:
        return
    assert answer in (True, False)


def test_every_path_of_a_condition_is_found_with_its_place() -> None:
    where = {"record.total__gte": 1, "or": [{"steps.a.0": 1}, {"not": {"item__isnull": True}}]}

    assert list(condition_paths(where, "/w")) == [
        ("/w/record.total__gte", ("record", "total")),
        ("/w/or/0/steps.a.0", ("steps", "a", 0)),
        ("/w/or/1/not/item__isnull", ("item",)),
    ]


def test_a_condition_names_only_what_its_step_can_know() -> None:
    orders = make_collection(
        id="c", name="orders", table="orders", fields=[Field("f", "total", "decimal", "total")]
    )
    asked = {"record.totl__gt": 1, "steps.before.a": 1, "steps.later.a": 1, "record.total": 1}
    steps = read_steps(
        [
            {"id": "before", "action": "delay"},
            {"id": "ask", "action": "condition", "with": {"where": asked}},
            {"id": "later", "action": "delay"},
        ]
    )

    faults = check_steps(steps, Sight(NAMES, orders), {}, Catalog(UUID(int=0), "", 0, "", {}))

    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/steps/1/with/where/record.totl__gt", "unknown_field"),
        ("/steps/1/with/where/steps.later.a", "unknown_step"),
    ]
