"""From a query string's pairs or a JSON value to a tree and its values."""

from collections.abc import Iterable
from typing import Any

from app.engine.conditions.tree import (
    MOST_CONDITIONS,
    MOST_ITEMS,
    MOST_STANDING_ITEMS,
    OPERATORS,
    All,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operand,
    QueryConditionError,
    Reference,
    Related,
    Slot,
    Variable,
)

_GROUPS = frozenset({"and", "or", "not"})
_LISTS = frozenset({"in", "notin", "any", "all"})
_VALUES = frozenset({"eq", "neq", "contains", "in", "notin"})
"""The operators whose operand may be an object; else an object is a condition."""

_ROWS = frozenset({"old", "record"})
_VARIABLE_ROOTS = frozenset({"user", "key", "now", "today", "request"})


def parse_pairs(pairs: Iterable[tuple[str, str]], values: list[Any]) -> Condition:
    """Django-style pairs such as ``("price__gte", "100")``; appends their values to ``values``."""
    items = tuple(_parse_pair(name, value, values) for name, value in pairs)
    if len(items) > MOST_CONDITIONS:
        raise _too_many()
    return items[0] if len(items) == 1 else All(items)


def parse_json_condition(
    document: Any,
    values: list[Any],
    *,
    where: str = "",
    variables: bool = False,
    standing: bool = False,
) -> Condition:
    """The JSON spelling. ``variables`` allows ``$user.id`` and its like (stored conditions only).

    ``where`` is the JSON Pointer of ``document``, for messages; ``standing``: it is asked again and
    again, as stored ones are.
    """
    before = len(values)
    tree = _Parser(values, variables).condition(document, where)
    if len(values) - before > MOST_CONDITIONS or count(tree) > MOST_CONDITIONS:
        raise _too_many()
    most = MOST_STANDING_ITEMS if standing or variables else MOST_ITEMS
    if sum(len(value) for value in values[before:] if isinstance(value, list)) > most:
        raise QueryConditionError(f"The lists of a condition hold at most {most} values here.")
    return tree


def without_nulls(document: Any) -> Any:
    """A JSON condition whose null operands match nothing, rather than ask for null.

    For conditions whose values were filled in: what has no value must not find what has none. An
    empty list says it, which nothing matches, not even negated.
    """
    if isinstance(document, list):
        return [without_nulls(item) for item in document]
    if not isinstance(document, dict):
        return document
    members = [_without_null(key, value) for key, value in document.items()]
    merged = dict(members)
    return merged if len(merged) == len(members) else {"and": [dict([each]) for each in members]}


def _without_null(key: str, value: Any) -> tuple[str, Any]:
    if key in _GROUPS:
        return key, without_nulls(value)
    *path, last = key.split("__")
    if value is None and last != "isnull":
        return "__".join((*path, "in") if path and last in OPERATORS else (key, "in")), []
    if isinstance(value, list) and last in _LISTS:
        return key, [item for item in value if item is not None]
    if isinstance(value, dict) and last not in _VALUES:
        return key, without_nulls(value)
    return key, value


def count(tree: Condition) -> int:
    """How many comparisons a tree holds."""
    if isinstance(tree, All | AnyOf):
        return sum(count(item) for item in tree.items)
    if isinstance(tree, Not | Related):
        return count(tree.item)
    return 1


def _parse_pair(name: str, value: str, values: list[Any]) -> Comparison:
    path = tuple((name[2:] if name.startswith("f.") else name).split("__"))
    if path[-1] == "isnull":
        return Comparison(path, _truth(value, name), name)
    values.append(value)
    return Comparison(path, Slot(len(values) - 1, text=True), name)


def _truth(value: Any, where: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False, True: True, False: False}
    if isinstance(value, str | bool) and value in words:
        return words[value]
    raise QueryConditionError(f"{where} takes true or false.")


class _Parser:
    """Walks a JSON condition, moving its values out."""

    def __init__(self, values: list[Any], variables: bool) -> None:
        self._values = values
        self._variables = variables

    def condition(self, document: Any, where: str) -> Condition:
        if not isinstance(document, dict):
            raise QueryConditionError(f"The condition at {where or '/'} must be an object.")
        items = tuple(self._member(key, value, where) for key, value in document.items())
        return items[0] if len(items) == 1 else All(items)

    def _member(self, key: str, value: Any, where: str) -> Condition:
        here = f"{where}/{key}"
        if key in {"and", "or"}:
            return self._group(key, value, here)
        if key == "not":
            return Not(self.condition(value, here))
        path = tuple((key[2:] if key.startswith("f.") else key).split("__"))
        if isinstance(value, dict) and path[-1] not in _VALUES:
            return Related(path, self.condition(value, here), here)
        return self._comparison(path, value, here)

    def _group(self, key: str, value: Any, where: str) -> Condition:
        if not isinstance(value, list):
            raise QueryConditionError(f"{where} takes a list of conditions.")
        items = tuple(self.condition(item, f"{where}/{n}") for n, item in enumerate(value))
        return All(items) if key == "and" else AnyOf(items)

    def _comparison(self, path: tuple[str, ...], value: Any, where: str) -> Comparison:
        if path[-1] == "isnull":
            return Comparison(path, _truth(value, where), where)
        if value is None:
            return self._null(path, where)
        return Comparison(path, self._operand(value, where), where)

    def _null(self, path: tuple[str, ...], where: str) -> Comparison:
        """``{"x": null}`` asks for null; no other operator has an answer for it."""
        if path[-1] == "neq":
            return Comparison((*path[:-1], "isnull"), operand=False, where=where)
        bare = path[:-1] if path[-1] == "eq" else path
        return Comparison((*bare, "isnull"), operand=True, where=where)

    def _operand(self, value: Any, where: str) -> Operand:
        if self._variables and _names_variable(value):
            return _variable(value[1:], where)
        if self._variables:
            _refuse_variables(value, where)
        self._values.append(value)
        return Slot(len(self._values) - 1, text=False)


def _names_variable(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$")


def _refuse_variables(value: Any, where: str) -> None:
    """A variable within a list or an object would be taken for the text that it is."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            _refuse_variables(item, f"{where}/{number}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_variables(item, f"{where}/{key}")
    elif _names_variable(value):
        raise QueryConditionError(
            f"A variable cannot stand within a list or an object: {value[:60]}.",
            hint="Write one comparison for each, such as "
            '{"or": [{"x": "$user.id"}, {"x": "a"}]}; a variable that is a list stands alone.',
            parameter=where,
        )


def _variable(name: str, where: str) -> Operand:
    root, _, rest = name.partition(".")
    if root in _ROWS and rest:
        return Reference(root, rest)
    if root in _VARIABLE_ROOTS:
        return Variable(name)
    raise QueryConditionError(
        f"There is no variable ${name}.",
        hint="Variables are $user.<field>, $key.id, $now, $today, $request.ip, $old.<field>.",
        parameter=where,
    )


def _too_many() -> QueryConditionError:
    return QueryConditionError(f"A query holds at most {MOST_CONDITIONS} conditions.")
