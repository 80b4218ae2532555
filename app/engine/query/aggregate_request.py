"""What a client asked to add up: a shape to cache statements by, and the values beside it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.json_text import parse_json
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import NOTHING, All, Condition
from app.engine.query.parameters import (
    InvalidParameterError,
    field_path,
    parse_sort,
    split_pairs,
    unknown_parameter,
    whole_number,
)
from app.engine.query.read_shape import MOST_ROWS, SortKey

FUNCTIONS = ("count", "count_distinct", "sum", "avg", "min", "max")
BUCKETS = ("year", "quarter", "month", "week", "day", "hour")
AGGREGATE_WORDS = frozenset({*FUNCTIONS, "group_by", "having", "sort", "limit", "filter"})
_OF_LISTS = frozenset({"offset", "cursor", "expand", "fields", "search"})
MOST_FUNCTIONS, MOST_GROUPS = 20, 5

_BUCKET = re.compile(rf"({'|'.join(BUCKETS)})\(([a-z0-9_.]+)\)")


@dataclass(frozen=True, slots=True)
class Measure:
    """``sum`` of a path; ``count`` of records where there is none."""

    function: str
    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The key of the answer: ``count``, ``sum_total``, ``avg_customer_age``."""
        return "_".join((self.function, *self.path))


@dataclass(frozen=True, slots=True)
class Group:
    """A path to group by, or a bucket of a date."""

    path: tuple[str, ...]
    bucket: str | None = None

    @property
    def name(self) -> str:
        """The key of the answer: ``country``, ``customer_country``, ``created_at_month``."""
        return "_".join((*self.path, *((self.bucket,) if self.bucket else ())))


@dataclass(frozen=True, slots=True)
class AggregateShape:
    """Everything about an aggregate but its values. The first value is the limit."""

    measures: tuple[Measure, ...]
    groups: tuple[Group, ...] = ()
    condition: Condition = NOTHING
    having: Condition = NOTHING
    sort: tuple[SortKey, ...] = ()


def parse_aggregate(pairs: Iterable[tuple[str, str]]) -> tuple[AggregateShape, list[Any]]:
    """``count=*&sum=total&group_by=country,month(created_at)&having={"sum_total__gt":100}``."""
    given, conditions = _split(pairs)
    values: list[Any] = [whole_number(given, "limit", MOST_ROWS, 1, MOST_ROWS)]
    shape = AggregateShape(
        measures=tuple(_measures(given)),
        groups=tuple(_groups(given.get("group_by", ""))),
        condition=_condition(given, conditions, values),
        having=_having(given, values),
        sort=parse_sort(given.get("sort", "")),
    )
    if not shape.measures and not shape.groups:
        raise InvalidParameterError(
            "An aggregate needs a function or a group_by.",
            hint="Write ?count=* or ?sum=total&group_by=country.",
            parameter="count",
        )
    return shape, values


def _split(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    given, conditions = split_pairs(pairs, AGGREGATE_WORDS)
    for name, _ in conditions:
        if name in _OF_LISTS:
            raise unknown_parameter(name, AGGREGATE_WORDS)
    return given, conditions


def _measures(given: Mapping[str, str]) -> Iterable[Measure]:
    found = [
        Measure(function, () if part == "*" else field_path(part, function))
        for function in FUNCTIONS
        for part in given.get(function, "").split(",")
        if part
    ]
    if len(found) > MOST_FUNCTIONS:
        raise InvalidParameterError(f"At most {MOST_FUNCTIONS} functions.", parameter="count")
    for measure in found:
        if not measure.path and measure.function != "count":
            raise InvalidParameterError(
                f"{measure.function} takes a field, not *.", parameter=measure.function
            )
    return dict.fromkeys(found)


def _groups(text: str) -> Iterable[Group]:
    parts = text.split(",") if text else []
    if len(parts) > MOST_GROUPS:
        raise InvalidParameterError(f"At most {MOST_GROUPS} groups.", parameter="group_by")
    return dict.fromkeys(_group(part) for part in parts)


def _group(part: str) -> Group:
    bucket = _BUCKET.fullmatch(part)
    if bucket:
        return Group(field_path(bucket.group(2), "group_by"), bucket.group(1))
    if "(" in part:
        raise InvalidParameterError(
            f"group_by: {part[:60]!r} is no bucket.",
            hint=f"Buckets are {', '.join(BUCKETS)}, as in month(created_at).",
            parameter="group_by",
        )
    return Group(field_path(part, "group_by"))


def _condition(
    given: Mapping[str, str], pairs: list[tuple[str, str]], values: list[Any]
) -> Condition:
    condition = parse_pairs(pairs, values)
    if "filter" not in given:
        return condition
    where = parse_json_condition(parse_json(given["filter"]), values, where="/filter")
    return where if condition == NOTHING else All((condition, where))


def _having(given: Mapping[str, str], values: list[Any]) -> Condition:
    if "having" not in given:
        return NOTHING
    return parse_json_condition(parse_json(given["having"]), values, where="/having")
