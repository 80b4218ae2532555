"""The words of a read's parameters, each by itself."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.core.errors import BadRequestError
from app.engine.conditions.tree import NOTHING, All, Condition
from app.engine.query.read_shape import COUNTS, Count, SortKey

RESERVED = frozenset(
    {
        *("sort", "limit", "offset", "cursor", "fields", "expand", "search", "count", "filter"),
        "as_of",
    }
)
MOST_EXPAND_LEVELS, MOST_SORT_KEYS, MOST_NAMES = 3, 10, 300

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class InvalidParameterError(BadRequestError):
    """A parameter of a read that cannot be read."""

    code = "request_invalid_parameter"


def unknown_parameter(name: str, known: Iterable[str]) -> BadRequestError:
    return InvalidParameterError(
        f"There is no parameter {name[:60]!r}.",
        hint=f"Known here: {', '.join(sorted(known))}.",
        parameter=name[:60],
    )


def split_pairs(
    pairs: Iterable[tuple[str, str]], words: frozenset[str] = RESERVED
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The parameters that are ``words``, each given once, and the conditions."""
    given: dict[str, str] = {}
    conditions: list[tuple[str, str]] = []
    for name, value in pairs:
        if name not in words:
            conditions.append((name, value))
        elif name in given:
            raise InvalidParameterError(f"{name} is given twice.", parameter=name)
        else:
            given[name] = value
    return given, conditions


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """``-created_at,author.name:nullslast``."""
    keys = tuple(_sort_key(part) for part in text.split(",")) if text else ()
    if len(keys) > MOST_SORT_KEYS:
        raise InvalidParameterError(f"sort takes at most {MOST_SORT_KEYS} keys.", parameter="sort")
    return keys


def parse_fields(text: str) -> tuple[tuple[str, ...], ...]:
    """``id,title,author.name`` as paths."""
    paths = tuple(field_path(part, "fields") for part in text.split(",")) if text else ()
    if len(paths) > MOST_NAMES:
        raise InvalidParameterError(f"fields takes at most {MOST_NAMES} names.", parameter="fields")
    return tuple(dict.fromkeys(paths))


def parse_count(text: str) -> Count:
    for known in COUNTS:
        if text == known:
            return known
    raise InvalidParameterError(f"count takes one of {', '.join(COUNTS)}.", parameter="count")


def whole_number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A parameter's number within its bounds."""
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        raise InvalidParameterError(
            f"{name} takes a whole number from {least} to {most}.", parameter=name
        )
    return int(text)


def both(one: Condition, other: Condition) -> Condition:
    return other if one == NOTHING else All((one, other))


def _sort_key(part: str) -> SortKey:
    name, _, nulls = part.partition(":")
    if nulls not in {"", "nullsfirst", "nullslast"}:
        raise InvalidParameterError(
            f"sort: {nulls[:40]!r} is neither nullsfirst nor nullslast.", parameter="sort"
        )
    path = field_path(name.removeprefix("-"), "sort")
    where: Any = nulls.removeprefix("nulls") or None
    return SortKey(path, name.startswith("-"), where)


def field_path(text: str, parameter: str) -> tuple[str, ...]:
    """``author.name`` as a path; raises InvalidParameterError naming ``parameter``."""
    parts = tuple(text.removeprefix("f.").split("."))
    if len(parts) > MOST_EXPAND_LEVELS + 1 or not all(NAME.fullmatch(part) for part in parts):
        raise InvalidParameterError(
            f"{parameter}: {text[:60]!r} is no field name.", parameter=parameter
        )
    return parts
