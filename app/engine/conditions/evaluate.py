"""A bound condition evaluated on a row in Python: the same answers as the SQL, nulls included."""

import operator as op
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from dataclasses import field as member
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.core.json_text import parse_json
from app.engine.catalog.model import Field
from app.engine.conditions.bind import Bound, BoundAll, BoundAny, BoundNot, Exists, Test, Unless
from app.engine.conditions.jsonb import jsonb_text
from app.engine.conditions.operands import is_nullable, operand_parser
from app.engine.conditions.tree import (
    NO_CONTEXT,
    Context,
    Literal,
    Parsed,
    Reference,
    Slot,
    Variable,
)

Row = Mapping[str, Any]
"""A row as driver values by column name (json columns as JSON text)."""

Related = Callable[[Field, Row], Sequence[Row]]


def no_relations(_field: Field, _row: Row) -> Sequence[Row]:
    """The ``related`` of conditions that stay on their row."""
    return ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What an evaluation may look at besides the row.

    ``related`` gives the records that a relation field leads to from a row; ``rows`` holds the
    rows that ``$old`` and ``$record`` stand for.
    """

    values: Sequence[Any] = ()
    context: Context = NO_CONTEXT
    related: Related = no_relations
    rows: Mapping[str, Row] = member(default_factory=dict)


def matches(bound: Bound, row: Row, facts: Facts) -> bool:
    """Whether the row meets the condition; unknown (null) does not."""
    return evaluate(bound, row, facts) is True


def evaluate(bound: Bound, row: Row, facts: Facts) -> bool | None:
    """The condition's truth in three values."""
    if isinstance(bound, Test):
        return _test(bound, row, facts)
    if isinstance(bound, BoundAll):
        return _together(bound.items, row, facts, decisive=False)
    if isinstance(bound, BoundAny):
        return _together(bound.items, row, facts, decisive=True)
    if isinstance(bound, BoundNot):
        return _not(bound, row, facts)
    if isinstance(bound, Exists):
        return _exists(bound, row, facts)
    return not matches(bound.item, row, facts) and not _has_null_operand(bound.item, facts)


def settled(bound: Bound) -> Bound:
    """The condition with its literals parsed, once for all evaluations. For this evaluator alone.

    Raises ValueError.
    """
    if isinstance(bound, Test):
        return _settled_test(bound)
    if isinstance(bound, BoundAll | BoundAny):
        return replace(bound, items=tuple(settled(item) for item in bound.items))
    if isinstance(bound, Exists):
        return bound
    return replace(bound, item=settled(bound.item))


def _settled_test(test: Test) -> Test:
    if not isinstance(test.operand, Literal):
        return test
    value = operand_parser(test)(test.operand.value)
    is_one_of = test.operator in ("in", "notin") and test.field.type != "array"
    if is_one_of and value is not None and (test.json_path or test.field.type != "json"):
        with suppress(TypeError):  # values that cannot be hashed stay a list
            value = frozenset(value)
    return replace(test, operand=Parsed(value))


def _not(bound: BoundNot, row: Row, facts: Facts) -> bool | None:
    """Unknown wherever an operand of what is negated has no value, whatever stands beside it."""
    inner = evaluate(bound.item, row, facts)
    return None if inner is None or _has_null_operand(bound.item, facts) else not inner


def _together(items: Sequence[Bound], row: Row, facts: Facts, *, decisive: bool) -> bool | None:
    """Of several, the first that gives the decisive answer ends it; else one unknown makes all."""
    answer: bool | None = not decisive
    for item in items:
        one = evaluate(item, row, facts)
        if one is decisive:
            return decisive
        if one is None:
            answer = None
    return answer


def _exists(bound: Exists, row: Row, facts: Facts) -> bool | None:
    if bound.item is None:
        return bool(_seen(bound, row, facts))
    return any(matches(bound.item, each, facts) for each in _seen(bound, row, facts))


def _seen(bound: Exists, row: Row, facts: Facts) -> Sequence[Row]:
    """The related records that count."""
    if bound.mask is not None and not matches(bound.mask, row, facts):
        return ()
    found = facts.related(bound.field, row)
    if bound.rows is None:
        return found
    return [each for each in found if matches(bound.rows, each, facts)]


def _has_null_operand(bound: Bound, facts: Facts) -> bool:
    if isinstance(bound, BoundAll | BoundAny):
        return any(_has_null_operand(item, facts) for item in bound.items)
    if isinstance(bound, BoundNot | Unless):
        return _has_null_operand(bound.item, facts)
    if isinstance(bound, Exists):
        return bound.item is not None and _has_null_operand(bound.item, facts)
    if not is_nullable(bound) or isinstance(bound.operand, Reference):
        return False
    return _operand(bound, facts) is None


def _test(test: Test, row: Row, facts: Facts) -> bool | None:
    is_seen = test.mask is None or matches(test.mask, row, facts)
    held = row.get(test.field.column) if is_seen else None
    if test.json_path:
        return _json_path_test(test, held, facts)
    if test.operator == "isnull":
        return (held is None) is test.operand
    wanted = _operand(test, facts)
    if held is None or wanted is None:
        return None
    if test.field.type == "json":
        return _json_test(test.operator, _document(held), wanted)
    return bool(_OPERATIONS[test.operator](_comparable(held), _comparable(wanted)))


def _comparable(value: Any) -> Any:
    return [_comparable(each) for each in value] if isinstance(value, list | tuple) else value


def _operand(test: Test, facts: Facts) -> Any:
    if isinstance(test.operand, Parsed):
        return test.operand.value
    if isinstance(test.operand, Reference):
        return facts.rows[test.operand.row].get(test.operand.field)
    parse = operand_parser(test)
    if isinstance(test.operand, Literal):
        return parse(test.operand.value)
    if isinstance(test.operand, Slot):
        return parse(facts.values[test.operand.index])
    assert isinstance(test.operand, Variable)  # noqa: S101 - the only kind left
    held = facts.context.get(test.operand.name)
    try:
        return None if held is None else parse(held)
    except ValueError:
        return None


def _contains(held: Any, wanted: Any) -> bool:
    return set(wanted) <= set(held) if isinstance(held, list) else wanted in held


def lower(text: str) -> str:
    """Lower case as Postgres' C.UTF-8 has it: one character for one character."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


class _Lower(dict[int, str]):
    def __missing__(self, code: int) -> str:
        small = chr(code).lower()
        self[code] = small if len(small) == 1 else chr(code)
        return self[code]


_LOWER = _Lower()


@lru_cache(maxsize=8)
def _document(text: str) -> Any:
    """A json column's value: many tests, of many conditions, look at one row in turn."""
    return parse_json(text)


_OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": op.eq,
    "neq": op.ne,
    "gt": op.gt,
    "gte": op.ge,
    "lt": op.lt,
    "lte": op.le,
    "in": lambda held, wanted: held in wanted,
    "notin": lambda held, wanted: held not in wanted,
    "between": lambda held, wanted: wanted[0] <= held <= wanted[1],
    "any": lambda held, wanted: bool(set(held) & set(wanted)),
    "all": lambda held, wanted: set(wanted) <= set(held),
    "contains": _contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "icontains": lambda held, wanted: lower(wanted) in lower(held),
    "istartswith": lambda held, wanted: lower(held).startswith(lower(wanted)),
    "iexact": lambda held, wanted: lower(held) == lower(wanted),
    "search": lambda held, wanted: all(lower(word) in lower(held) for word in wanted),
}


def _json_test(operator: str, held: Any, wanted: Any) -> bool:
    if operator == "has_key":
        return wanted in held if isinstance(held, dict | list) else held == wanted
    if operator in {"in", "notin"}:
        found = any(_json_equal(held, parse_json(each)) for each in wanted)
        return found is (operator == "in")
    other = parse_json(wanted)
    if operator == "contains":
        return _json_contains(held, other) or (isinstance(held, list) and _holds(held, other))
    return _json_equal(held, other) is (operator == "eq")


def _json_equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_json_equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_json_equal, one, other))
    return bool(one == other)


def _json_contains(held: Any, wanted: Any) -> bool:
    """Postgres' ``@>``: objects by key, arrays as sets of elements."""
    if isinstance(held, dict) and isinstance(wanted, dict):
        return all(k in held and _json_contains(held[k], v) for k, v in wanted.items())
    if isinstance(held, list) and isinstance(wanted, list):
        return all(any(_json_contains(h, w) for h in held) for w in wanted)
    return not isinstance(wanted, dict | list) and _json_equal(held, wanted)


def _holds(held: list[Any], wanted: Any) -> bool:
    """At the top, an array contains a bare scalar that is one of its elements."""
    return not isinstance(wanted, dict | list) and any(_json_equal(h, wanted) for h in held)


def _json_path_test(test: Test, held: Any, facts: Facts) -> bool | None:
    found = _at_path(None if held is None else _document(held), test.json_path)
    if test.operator == "has_key":
        key = _operand(test, facts)
        return None if found is _MISSING or key is None else _json_test("has_key", found, key)
    text = _as_text(found)
    if test.operator == "isnull":
        return (text is None) is test.operand
    wanted = _operand(test, facts)
    if text is None or wanted is None:
        return None
    if isinstance(wanted, tuple):
        number = isinstance(found, int | Decimal) and not isinstance(found, bool)
        left, right = (found, wanted[1]) if number and wanted[1] is not None else (text, wanted[0])
        return bool(_OPERATIONS[test.operator](left, right))
    return bool(_OPERATIONS[test.operator](text, wanted))


_MISSING = object()


def _at_path(value: Any, path: Sequence[str]) -> Any:
    for key in path:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key) and -len(value) <= int(key) < len(value):
            value = value[int(key)]
        else:
            return _MISSING
    return value


def _is_index(key: str) -> bool:
    return key.removeprefix("-").isdecimal() and key.isascii()


def _as_text(value: Any) -> str | None:
    """What ``#>>`` gives: text bare, everything else as JSON text, null as null."""
    if value is _MISSING or value is None:
        return None
    if isinstance(value, str):
        return value
    return jsonb_text(value)
