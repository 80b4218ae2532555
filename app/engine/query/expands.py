"""``author,comments(limit=5,sort=-created_at).author``: relations to embed."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.json_text import parse_json
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import NOTHING
from app.engine.query.parameters import (
    MOST_EXPAND_LEVELS,
    NAME,
    InvalidParameterError,
    both,
    parse_fields,
    parse_sort,
    split_pairs,
    unknown_parameter,
    whole_number,
)
from app.engine.query.read_shape import DEFAULT_LIMIT, MOST_ROWS, Expand

_MARK = re.compile(r"[(){}\[\].,]")
_MARK_OR_STRING = re.compile(_MARK.pattern + r'|"(?:[^"\\]|\\.)*"?', re.DOTALL)
_OPTIONS = frozenset({"limit", "sort", "fields", "filter"})


def parse_expand(text: str, values: list[Any]) -> tuple[Expand, ...]:
    """``author,comments(limit=5,sort=-created_at).author``; appends values to ``values``."""
    return _merge_expands(
        _expand(part, values, 1) for part in _split_top(text, ",") if part or text
    )


def _expand(text: str, values: list[Any], level: int) -> Expand:
    if level > MOST_EXPAND_LEVELS:
        raise InvalidParameterError(
            f"expand goes at most {MOST_EXPAND_LEVELS} levels deep.", parameter="expand"
        )
    head, *rest = _split_top(text, ".", once=True)
    name, _, options = head.partition("(")
    if not NAME.fullmatch(name) or (options and not options.endswith(")")):
        raise InvalidParameterError(
            f"expand: {text[:60]!r} is no relation.",
            hint="Write author, author.org, or comments(limit=5,sort=-created_at).author.",
            parameter="expand",
        )
    children = (_expand(rest[0], values, level + 1),) if rest else ()
    return _with_options(name, options.removesuffix(")"), children, values)


def _with_options(
    name: str, options: str, children: tuple[Expand, ...], values: list[Any]
) -> Expand:
    given, conditions = split_pairs(_options(options))
    unknown = set(given) - _OPTIONS
    if unknown:
        raise unknown_parameter(min(unknown), _OPTIONS)
    condition = parse_pairs(conditions, values)
    if "filter" in given:
        document = parse_json(given["filter"])
        condition = both(condition, parse_json_condition(document, values, where="/expand"))
    limit = None
    if "limit" in given:
        values.append(whole_number(given, "limit", DEFAULT_LIMIT, 1, MOST_ROWS))
        limit = len(values) - 1
    sort, fields = parse_sort(given.get("sort", "")), parse_fields(given.get("fields", ""))
    return Expand(name, fields, condition, sort, limit, children)


def _options(text: str) -> list[tuple[str, str]]:
    """``limit=5,sort=-a,b`` as pairs: a part without ``=`` goes on with the one before."""
    pairs: list[tuple[str, str]] = []
    for part in _split_top(text, ",") if text else []:
        name, equals, value = part.partition("=")
        if equals:
            pairs.append((name, value))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{part}")
        else:
            raise InvalidParameterError(f"expand: {part[:60]!r} has no value.", parameter="expand")
    return pairs


def _split_top(text: str, separator: str, *, once: bool = False) -> list[str]:
    """Split at separators that stand outside parentheses, brackets, braces and JSON's strings."""
    parts, depth, start = [], 0, 0
    for mark in _marks(text):
        if mark[0] in "([{":
            depth += 1
        elif mark[0] in ")]}":
            depth -= 1
        elif mark[0] == separator and depth == 0:
            parts.append(text[start : mark.start()])
            start = mark.end()
            if once:
                break
    if depth != 0 and not once:
        raise InvalidParameterError("expand: parentheses do not match.", parameter="expand")
    return [*parts, text[start:]]


def _marks(text: str) -> Iterator[re.Match[str]]:
    """What a text may be split by; within brackets and braces, strings are passed over whole."""
    position = within = 0
    while mark := (_MARK_OR_STRING if within > 0 else _MARK).search(text, position):
        within += (mark[0] in "[{") - (mark[0] in "]}")
        position = mark.end()
        yield mark


def _merge_expands(expands: Iterable[Expand]) -> tuple[Expand, ...]:
    """``author.org,author.team`` asks for one author with both."""
    merged: dict[str, Expand] = {}
    for each in expands:
        known = merged.get(each.name)
        merged[each.name] = _merged(known, each) if known else each
    return tuple(merged.values())


def _merged(one: Expand, other: Expand) -> Expand:
    return Expand(
        one.name,
        one.fields or other.fields,
        one.condition if one.condition != NOTHING else other.condition,
        one.sort or other.sort,
        one.limit if one.limit is not None else other.limit,
        _merge_expands((*one.children, *other.children)),
    )
