"""Conditions as written: names not yet resolved, values taken out.

A tree is the *shape* of a condition: hashable, equal for equal texts whatever their values. The
values travel beside it, so that one compiled statement serves every request of a shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import BadRequestError, InvalidError, Violation

MOST_CONDITIONS = 100
MOST_HOPS = 5
MOST_ITEMS = 50_000
MOST_STANDING_ITEMS = 1_000
"""What stands (policies, triggers, subscriptions) is asked again and again, of a row each time."""

OPERATORS = frozenset(
    {
        "eq", "neq", "gt", "gte", "lt", "lte", "contains", "startswith", "endswith", "in", "notin",
        "isnull", "icontains", "istartswith", "iexact", "between", "any", "all", "has_key",
        "search",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value: an index into the values beside the tree.

    ``text`` says that the value came as text (query string) rather than as JSON.
    """

    index: int
    text: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """``$user.id`` and its like: known when the statement runs."""

    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """``$old.<field>`` or ``$record.<field>``: another field of the row being written."""

    row: str
    field: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that belongs to the condition itself: a stored condition's, once bound."""

    value: Any


@dataclass(frozen=True, slots=True)
class Parsed:
    """A literal as its parser left it: for conditions that are evaluated again and again."""

    value: Any


Operand = Slot | Variable | Reference | Literal | Parsed | bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path`` as written, split at ``__``, an operator perhaps last; ``where`` locates it."""

    path: tuple[str, ...]
    operand: Operand
    where: str


@dataclass(frozen=True, slots=True)
class All:
    items: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: "Condition"


@dataclass(frozen=True, slots=True)
class Related:
    """``{"comments": {"status": "new", "author": …}}``: one related record meets them all."""

    path: tuple[str, ...]
    item: "Condition"
    where: str


Condition = Comparison | All | AnyOf | Not | Related
NOTHING = All(())


class QueryConditionError(BadRequestError):
    """A condition in a URL that cannot be read."""

    code = "query_invalid_condition"


class UnknownFieldError(BadRequestError):
    code = "query_unknown_field"


class UnknownOperatorError(BadRequestError):
    code = "query_unknown_operator"


class InvalidValueError(BadRequestError):
    """A filter value that its field's type refuses."""

    code = "query_invalid_value"


class StoredConditionError(InvalidError):
    """A condition in a stored definition (policy, rule, view) that cannot stand."""

    code = "condition_invalid"


@dataclass(frozen=True, slots=True)
class Context:
    """What variables stand for when a statement runs; a missing one is null and never matches."""

    variables: Mapping[str, Any]

    def get(self, name: str) -> Any:
        return self.variables.get(name)


NO_CONTEXT = Context({})


def as_stored(error: BadRequestError, pointer: str) -> InvalidError:
    """The same fault told of a stored definition: 422 with a pointer."""
    code = "unknown_field" if isinstance(error, UnknownFieldError) else error.code
    return StoredConditionError(
        error.detail, hint=error.hint, errors=[Violation(pointer, code, error.detail, error.hint)]
    )
