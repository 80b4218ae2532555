"""The budget of a read: parts that are allowed, and a whole that is not."""

import pytest

from app.engine.query.budget import QueryTooCostlyError, check_budget
from app.engine.query.read_shape import ReadRequest
from app.engine.query.request import parse_get, parse_list, parse_query


def listed(**given: str) -> ReadRequest:
    return parse_list(list(given.items()))


@pytest.mark.parametrize(
    "request_",
    [
        listed(limit="1000"),
        listed(limit="1000", expand="author.org"),
        listed(limit="1000", expand="comments(limit=1000)"),
        listed(limit="10", expand="comments(limit=100).replies(limit=1000)"),
        parse_get("1", [("expand", "comments(limit=1000).replies(limit=1000)")]),
    ],
)
def test_what_is_within_the_budget_passes_unchanged(request_: ReadRequest) -> None:
    assert check_budget(request_) is request_


@pytest.mark.parametrize(
    "request_",
    [
        listed(limit="1000", expand="comments(limit=1000),likes(limit=1)"),
        listed(limit="11", expand="comments(limit=100).replies(limit=1000)"),
        listed(expand="a(limit=1000).b(limit=1000).c(limit=1000)"),
        parse_get("1", [("expand", "a(limit=1000).b(limit=1000).c(limit=2)")]),
        parse_query({"limit": 1000, "expand": ["comments(limit=1000)", "likes(limit=1000)"]}),
    ],
)
def test_limits_are_multiplied(request_: ReadRequest) -> None:
    with pytest.raises(QueryTooCostlyError, match="multiply"):
        check_budget(request_)


def test_conditions_of_all_levels_are_added_up() -> None:
    many = ",".join(f"f{n}=1" for n in range(60))
    within = listed(expand=f"a({many}),b(x=1)", y="2")
    beyond = listed(expand=f"a({many}).b({many})", y="2")

    assert check_budget(within) is within
    with pytest.raises(QueryTooCostlyError, match="conditions"):
        check_budget(beyond)
