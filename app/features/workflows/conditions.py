"""Conditions on what a run knows: ``{"record.total__gte": 500, "steps.call.status": 200}``.

The one condition language, its names being paths into the run's scope: the same parser, the same
evaluator, and a comparison means what it means within a json field. Numbers compare as numbers and
texts as texts, moments too (they are RFC 3339 texts in UTC). What is null is met by ``isnull``
alone: a template without a value makes its comparison hold of nothing, not even of null.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.core.errors import BadRequestError
from app.core.json_text import dump_json
from app.engine.catalog.model import Field
from app.engine.conditions.bind import (
    JSON_PATH_OPERATORS,
    Bound,
    BoundAll,
    BoundAny,
    BoundNot,
    Test,
)
from app.engine.conditions.evaluate import Facts, matches
from app.engine.conditions.operands import operand_parser
from app.engine.conditions.parse import parse_json_condition, without_nulls
from app.engine.conditions.tree import (
    All,
    AnyOf,
    Comparison,
    Condition,
    InvalidValueError,
    Literal,
    Not,
    Operand,
    QueryConditionError,
    Related,
    Slot,
    UnknownFieldError,
    UnknownOperatorError,
    as_stored,
)
from app.features.workflows.templates import Path, look_up, parse_path

_OF_WHOLE_VALUES: Final = frozenset({"eq", "neq", "in", "notin", "contains"})
"""What json fields can do with objects and lists, beside telling their text."""


def check_condition(where: Any, pointer: str, names: frozenset[str]) -> None:
    """Refuse what no scope could be asked; operands may still be templates.

    ``names`` are the scope's. Raises StoredConditionError: 422, with the pointer of the fault.
    """
    _Reading({}, names).answer(where, pointer)


def condition_paths(where: Any, pointer: str) -> Iterator[tuple[str, Path]]:
    """Every path that a condition which can stand compares, with the pointer of its name."""
    yield from _paths(parse_json_condition(where, [], where=pointer))


def holds(where: Any, scope: Mapping[str, Any]) -> bool:
    """Whether a condition, its templates filled in, is true of the scope.

    Raises StoredConditionError where an operand turns out to be what its operator cannot take.
    """
    return _Reading(scope, None).answer(where, "")


class _Reading:
    """One condition about one scope; each comparison gets a json field of its own."""

    def __init__(self, scope: Mapping[str, Any], names: frozenset[str] | None) -> None:
        self._scope = scope
        self._names = names
        self._values: list[Any] = []
        self._row: dict[str, str | None] = {}

    def answer(self, where: Any, pointer: str) -> bool:
        try:
            tree = parse_json_condition(without_nulls(where), self._values, where=pointer)
            return matches(self._bound(tree), self._row, Facts())
        except BadRequestError as error:
            raise as_stored(error, str(error.extra.get("parameter", pointer))) from None

    def _bound(self, tree: Condition) -> Bound:
        if isinstance(tree, All):
            return BoundAll(tuple(map(self._bound, tree.items)))
        if isinstance(tree, AnyOf):
            return BoundAny(tuple(map(self._bound, tree.items)))
        if isinstance(tree, Not):
            return BoundNot(self._bound(tree.item))
        if isinstance(tree, Related):
            raise _no_nesting(tree)
        return self._test(tree)

    def _test(self, tree: Comparison) -> Test:
        value = look_up(self._path(tree), self._scope)
        operator, operand = _operator(tree), self._operand(tree.operand)
        is_whole = operator in _OF_WHOLE_VALUES and (_is_whole(value) or _is_whole(_given(operand)))
        column = str(len(self._row))
        self._row[column] = _as_json(value if is_whole else [value])
        field = Field(id=column, name=tree.path[0], type="json", column=column)
        test = Test(field, operator, operand, tree.where, () if is_whole else ("0",))
        _check_operand(test)
        return test

    def _path(self, tree: Comparison) -> Path:
        path = parse_path(tree.path[0])
        if path is None:
            raise QueryConditionError(
                f"{tree.path[0][:60]!r} is no path.",
                hint="Name what is compared by its path: record.total, steps.call.response.status.",
                parameter=tree.where,
            )
        if self._names is not None and path[0] not in self._names:
            raise _unknown_name(str(path[0]), self._names, tree.where)
        return path

    def _operand(self, operand: Operand) -> Operand:
        return Literal(self._values[operand.index]) if isinstance(operand, Slot) else operand


def _paths(tree: Condition) -> Iterator[tuple[str, Path]]:
    if isinstance(tree, Comparison):
        yield tree.where, parse_path(tree.path[0]) or ()
        return
    for item in tree.items if isinstance(tree, All | AnyOf) else (tree.item,):
        yield from _paths(item)


def _operator(tree: Comparison) -> str:
    operator = "__".join(tree.path[1:]) or "eq"
    if operator in JSON_PATH_OPERATORS:
        return operator
    known = sorted(JSON_PATH_OPERATORS)
    near = difflib.get_close_matches(operator[:40], known, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise UnknownOperatorError(
        f"There is no operator {operator[:40]!r} here.",
        hint=f"{hint}The operators are: {', '.join(known)}; a path goes on with a dot.",
        parameter=tree.where,
    )


def _check_operand(test: Test) -> None:
    if not isinstance(test.operand, Literal):
        return
    try:
        operand_parser(test)(test.operand.value)
    except ValueError as error:
        raise InvalidValueError(f"{test.where}: {error}", parameter=test.where) from None


def _given(operand: Operand) -> Any:
    return operand.value if isinstance(operand, Literal) else None


def _is_whole(value: Any) -> bool:
    return isinstance(value, dict | list)


def _as_json(value: Any) -> str | None:
    return None if value is None else dump_json(value)


def _unknown_name(name: str, names: frozenset[str], where: str) -> UnknownFieldError:
    known = sorted(names)
    near = difflib.get_close_matches(name[:60], known, n=1)
    return UnknownFieldError(
        f"A run knows no {name[:60]!r}.",
        hint=f"Did you mean {near[0]!r}?" if near else f"It knows: {', '.join(known)}.",
        parameter=where,
    )


def _no_nesting(tree: Related) -> QueryConditionError:
    return QueryConditionError(
        f"{tree.where} takes a value, not a condition.",
        hint="Write the path and the operator as one name: record.total__gte.",
        parameter=tree.where,
    )
