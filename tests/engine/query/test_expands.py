"""What stands in the parentheses of an expand, and where it ends."""

import json
from typing import Any

import pytest

from app.engine.conditions.tree import Comparison
from app.engine.query.expands import parse_expand
from app.engine.query.parameters import InvalidParameterError


def told(text: str) -> tuple[list[str], list[Any]]:
    """The relations' paths, and the values of their options."""
    values: list[Any] = []
    names = []
    for each in parse_expand(text, values):
        below = "".join(f".{child.name}" for child in each.children)
        names.append(each.name + below)
    return names, values


@pytest.mark.parametrize(
    "text", ["a}b", "c) d", "x, y", "[", "}])", 'say "x"', "a\\", '\\"}', "a.b", "line\nbreak}"]
)
def test_texts_of_a_json_filter_end_nothing(text: str) -> None:
    document = json.dumps({"title": text, "n": [1, 2]})
    names, values = told(f"comments(filter={document},limit=3).author,org")
    assert names == ["comments.author", "org"]
    assert (values[0], values[-1]) == (text, 3)


def test_outside_json_a_quote_is_a_letter() -> None:
    values: list[Any] = []
    comments, _ = parse_expand('comments(title__contains=6" x),org', values)
    assert isinstance(comments.condition, Comparison)
    assert values == ['6" x']


@pytest.mark.parametrize(
    "text", ["a(", "a(limit=3", 'a(filter={"x)', "a(" * 20_000, 'a(filter={"' + '\\"' * 30_000]
)
def test_what_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError):
        parse_expand(text, [])
