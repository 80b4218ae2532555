"""What a client asked to read: a shape that statements are cached by, and the values beside it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from dataclasses import field as member
from typing import Any, Literal

from app.core.errors import BadRequestError
from app.core.json_text import parse_json
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import NOTHING, All, Condition, Slot

Count = Literal["none", "capped", "estimated", "exact"]
COUNTS: tuple[Count, ...] = ("none", "capped", "estimated", "exact")
RESERVED = frozenset(
    {"sort", "limit", "offset", "cursor", "fields", "expand", "search", "count", "filter"}
)
DEFAULT_LIMIT, MOST_ROWS, MOST_OFFSET = 50, 1_000, 2**62
MOST_EXPAND_LEVELS, MOST_SORT_KEYS, MOST_NAMES = 3, 10, 300

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class InvalidParameterError(BadRequestError):
    """A parameter of a read that cannot be read."""

    code = "request_invalid_parameter"


@dataclass(frozen=True, slots=True)
class SortKey:
    """A path to a field, its direction, and where nulls go (None: as Postgres does)."""

    path: tuple[str, ...]
    descending: bool = False
    nulls: Literal["first", "last"] | None = None


@dataclass(frozen=True, slots=True)
class Expand:
    """A relation to embed. ``limit`` is an index into the values, or None for the default."""

    name: str
    fields: tuple[tuple[str, ...], ...] = ()
    condition: Condition = NOTHING
    sort: tuple[SortKey, ...] = ()
    limit: int | None = None
    children: tuple["Expand", ...] = ()


@dataclass(frozen=True, slots=True)
class ReadShape:
    """Everything about a read but its values; hashable, the key of the statement cache.

    ``cursor`` says for each sort key whether the cursor's value is null; None: no cursor.
    ``search`` is the slot of the searched words.
    """

    condition: Condition = NOTHING
    sort: tuple[SortKey, ...] = ()
    fields: tuple[tuple[str, ...], ...] = ()
    expand: tuple[Expand, ...] = ()
    search: Slot | None = None
    count: Count = "none"
    cursor: tuple[bool, ...] | None = None
    single: bool = False
    text_numbers: bool = False
    hashed: int = member(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Hash once: a shape is looked up on every request, and walks deep."""
        parts = (getattr(self, name) for name in _HASHED)
        object.__setattr__(self, "hashed", hash(tuple(parts)))

    def __hash__(self) -> int:
        return self.hashed


_HASHED = tuple(each.name for each in fields(ReadShape) if each.compare)


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A shape with its values. A list's first two values are limit + 1 and offset."""

    shape: ReadShape
    values: list[Any]
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str | None = None


_PLAIN_GET = ReadShape(single=True)


def parse_list(pairs: Iterable[tuple[str, str]]) -> ReadRequest:
    """A list's query string."""
    given, conditions = _split_pairs(pairs)
    values: list[Any] = [None, None]
    condition = parse_pairs(conditions, values)
    if "filter" in given:
        where = parse_json_condition(parse_json(given["filter"]), values, where="/filter")
        condition = _both(condition, where)
    return _list_request(given, condition, values)


def parse_export(pairs: Iterable[tuple[str, str]]) -> ReadRequest:
    """An export's query string: a list without a page."""
    request = parse_list(pairs)
    request.values[0] = None
    return request


def parse_query(body: Any) -> ReadRequest:
    """The JSON body of ``POST …/query``: the same words."""
    if not isinstance(body, dict):
        raise BadRequestError("The body must be an object.")
    unknown = sorted(set(body) - RESERVED)
    if unknown:
        raise unknown_parameter(unknown[0], RESERVED)
    values: list[Any] = [None, None]
    condition = parse_json_condition(body.get("filter", {}), values, where="/filter")
    given = {name: _as_text(name, body[name]) for name in body if name != "filter"}
    return _list_request(given, condition, values)


def parse_get(record_id: str, pairs: Sequence[tuple[str, str]]) -> ReadRequest:
    """One record: only ``fields`` and ``expand`` mean something."""
    if not pairs:
        return ReadRequest(_PLAIN_GET, [record_id])
    given, conditions = _split_pairs(pairs)
    extra = [name for name, _ in conditions] + sorted(set(given) - {"fields", "expand"})
    if extra:
        raise unknown_parameter(extra[0], {"fields", "expand"})
    values: list[Any] = [record_id]
    shape = ReadShape(
        fields=parse_fields(given.get("fields", "")),
        expand=parse_expand(given.get("expand", ""), values),
        single=True,
    )
    return ReadRequest(shape, values)


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


def parse_expand(text: str, values: list[Any]) -> tuple[Expand, ...]:
    """``author,comments(limit=5,sort=-created_at).author``; appends values to ``values``."""
    return _merge_expands(
        _expand(part, values, 1) for part in _split_top(text, ",") if part or text
    )


def unknown_parameter(name: str, known: Iterable[str]) -> BadRequestError:
    return InvalidParameterError(
        f"There is no parameter {name[:60]!r}.",
        hint=f"Known here: {', '.join(sorted(known))}.",
        parameter=name[:60],
    )


def _split_pairs(
    pairs: Iterable[tuple[str, str]],
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    given: dict[str, str] = {}
    conditions: list[tuple[str, str]] = []
    for name, value in pairs:
        if name not in RESERVED:
            conditions.append((name, value))
        elif name in given:
            raise InvalidParameterError(f"{name} is given twice.", parameter=name)
        else:
            given[name] = value
    return given, conditions


def _list_request(given: Mapping[str, str], condition: Condition, values: list[Any]) -> ReadRequest:
    limit = whole_number(given, "limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    offset = whole_number(given, "offset", 0, 0, MOST_OFFSET)
    cursor = given.get("cursor")
    if cursor is not None and offset:
        raise InvalidParameterError("cursor and offset exclude each other.", parameter="offset")
    search = None
    if given.get("search", "").strip():
        values.append(given["search"])
        search = Slot(len(values) - 1, text=True)
    values[0], values[1] = limit + 1, offset
    shape = ReadShape(
        condition=condition,
        sort=parse_sort(given.get("sort", "")),
        fields=parse_fields(given.get("fields", "")),
        expand=parse_expand(given.get("expand", ""), values),
        search=search,
        count=_count(given.get("count", "none")),
    )
    return ReadRequest(shape, values, limit, offset, cursor)


def _both(one: Condition, other: Condition) -> Condition:
    return other if one == NOTHING else All((one, other))


def _as_text(name: str, value: Any) -> str:
    """A member of a query body in its query-string spelling."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise InvalidParameterError(f"{name} takes a text or a list of texts.", parameter=name)


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


def _count(text: str) -> Count:
    for known in COUNTS:
        if text == known:
            return known
    raise InvalidParameterError(f"count takes one of {', '.join(COUNTS)}.", parameter="count")


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
    if len(parts) > MOST_EXPAND_LEVELS + 1 or not all(_NAME.fullmatch(part) for part in parts):
        raise InvalidParameterError(
            f"{parameter}: {text[:60]!r} is no field name.", parameter=parameter
        )
    return parts


def _expand(text: str, values: list[Any], level: int) -> Expand:
    if level > MOST_EXPAND_LEVELS:
        raise InvalidParameterError(
            f"expand goes at most {MOST_EXPAND_LEVELS} levels deep.", parameter="expand"
        )
    head, *rest = _split_top(text, ".", once=True)
    name, _, options = head.partition("(")
    if not _NAME.fullmatch(name) or (options and not options.endswith(")")):
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
    given, conditions = _split_pairs(_options(options))
    unknown = set(given) - {"limit", "sort", "fields", "filter"}
    if unknown:
        raise unknown_parameter(min(unknown), {"limit", "sort", "fields", "filter"})
    condition = parse_pairs(conditions, values)
    if "filter" in given:
        document = parse_json(given["filter"])
        condition = _both(condition, parse_json_condition(document, values, where="/expand"))
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
    """Split at separators that stand outside parentheses, brackets and braces."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
            if once:
                break
    if depth != 0 and not once:
        raise InvalidParameterError("expand: parentheses do not match.", parameter="expand")
    return [*parts, text[start:]]


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
