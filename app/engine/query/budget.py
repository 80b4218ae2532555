"""What one read may cost: the conditions of all its levels together, and the rows they multiply to.

Each level alone is within its own limits; it is their product that would hold a connection. What a
to-one relation embeds is one record; a list without a limit has the default one, which shows only
when the relations are known.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from app.core.errors import BadRequestError
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.tree import (
    MOST_CONDITIONS,
    All,
    AnyOf,
    Comparison,
    Condition,
    Not,
)
from app.engine.query.read_shape import DEFAULT_LIMIT, Expand, ReadRequest

MOST_ROWS_EMBEDDED: Final = 1_000_000


class QueryTooCostlyError(BadRequestError):
    """Each part of the query is allowed, all of it together is too much."""

    code = "query_too_costly"


def check_budget(request: ReadRequest) -> ReadRequest:
    """The request itself. Raises QueryTooCostlyError."""
    expands = request.shape.expand
    if not expands:
        return request
    conditions = count_conditions(request.shape.condition) + sum(_conditions_in(expands))
    if conditions > MOST_CONDITIONS:
        raise QueryTooCostlyError(
            f"A query has at most {MOST_CONDITIONS} conditions, those of its expands included."
        )
    _check_rows(request, _rows(expands, request.values))
    return request


def check_rows(request: ReadRequest, collection: Collection, catalog: Catalog) -> None:
    """The same once the relations are known, to whoever may expand them: a list without a limit
    counts with its default. Raises QueryTooCostlyError."""
    expands = request.shape.expand
    if expands:
        _check_rows(request, _known_rows(expands, request.values, collection, catalog))


def _check_rows(request: ReadRequest, below_one: int) -> None:
    page = 1 if request.shape.single else request.limit
    if page * below_one > MOST_ROWS_EMBEDDED:
        raise QueryTooCostlyError(
            f"The limits multiply to more than {MOST_ROWS_EMBEDDED:,} records.",
            hint="Ask for smaller pages, or for fewer records in each expand.",
        )


def count_conditions(condition: Condition) -> int:
    """How many comparisons a condition makes."""
    match condition:
        case Comparison():
            return 1
        case All(items) | AnyOf(items):
            return sum(count_conditions(item) for item in items)
        case Not(item):
            return count_conditions(item)
        case related:
            return count_conditions(related.item)


def _conditions_in(expands: Sequence[Expand]) -> Iterator[int]:
    for expand in expands:
        yield count_conditions(expand.condition)
        yield from _conditions_in(expand.children)


def _known_rows(
    expands: Sequence[Expand], values: Sequence[Any], collection: Collection, catalog: Catalog
) -> int:
    total = 0
    for expand in expands:
        field = collection.fields[expand.name]
        default = 1 if field.is_belongs_to else DEFAULT_LIMIT
        own = values[expand.limit] if expand.limit is not None else default
        below = _known_rows(expand.children, values, catalog.target(field), catalog)
        total += own * max(1, below)
    return total


def _rows(expands: Sequence[Expand], values: Sequence[Any]) -> int:
    """How many records stand below one, at most, as far as limits say."""
    total = 0
    for expand in expands:
        own = values[expand.limit] if expand.limit is not None else 1
        total += own * max(1, _rows(expand.children, values))
    return total
