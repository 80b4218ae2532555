"""What a client asked to read, from a query string or a JSON body."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.errors import BadRequestError
from app.core.json_text import parse_json
from app.engine.catalog.field_types.datetime import TYPE as DATETIME
from app.engine.catalog.model import Field
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import Condition, Slot
from app.engine.query.expands import parse_expand
from app.engine.query.parameters import (
    RESERVED,
    InvalidParameterError,
    both,
    parse_count,
    parse_fields,
    parse_sort,
    split_pairs,
    unknown_parameter,
    whole_number,
)
from app.engine.query.read_shape import (
    DEFAULT_LIMIT,
    MOST_OFFSET,
    MOST_ROWS,
    ReadRequest,
    ReadShape,
)

_MOMENT = Field("as_of", "as_of", "datetime", "")
_PLAIN_GET = ReadShape(single=True)
_OF_ONE = frozenset({"fields", "expand", "as_of"})


def parse_list(pairs: Iterable[tuple[str, str]]) -> ReadRequest:
    """A list's query string."""
    given, conditions = split_pairs(pairs)
    values: list[Any] = [None, None]
    condition = parse_pairs(conditions, values)
    if "filter" in given:
        where = parse_json_condition(parse_json(given["filter"]), values, where="/filter")
        condition = both(condition, where)
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
    """One record: only ``fields``, ``expand`` and ``as_of`` mean something."""
    if not pairs:
        return ReadRequest(_PLAIN_GET, [record_id])
    given, conditions = split_pairs(pairs)
    extra = [name for name, _ in conditions] + sorted(set(given) - _OF_ONE)
    if extra:
        raise unknown_parameter(extra[0], _OF_ONE)
    values: list[Any] = [record_id]
    shape = ReadShape(
        fields=parse_fields(given.get("fields", "")),
        expand=parse_expand(given.get("expand", ""), values),
        single=True,
        as_of=_as_of(given, values),
    )
    return ReadRequest(shape, values)


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
        count=parse_count(given.get("count", "none")),
        as_of=_as_of(given, values),
    )
    return ReadRequest(shape, values, limit, offset, cursor)


def _as_of(given: Mapping[str, str], values: list[Any]) -> int | None:
    """Where the past time that is asked for stands among the values."""
    if "as_of" not in given:
        return None
    try:
        values.append(DATETIME.parse_text(_MOMENT, given["as_of"]))
    except ValueError as error:
        raise InvalidParameterError(
            f"as_of: {error}", hint="In a URL a + is written %2B.", parameter="as_of"
        ) from None
    return len(values) - 1


def _as_text(name: str, value: Any) -> str:
    """A member of a query body in its query-string spelling."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise InvalidParameterError(f"{name} takes a text or a list of texts.", parameter=name)
