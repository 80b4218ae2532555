"""Validation rules of fields and collections: only their form; they are evaluated elsewhere."""

from collections.abc import Callable
from typing import Any

import re2

from app.engine.catalog.model import Rule
from app.engine.conditions.parse import parse_json_condition
from app.engine.conditions.tree import QueryConditionError
from app.engine.schema.desired.faults import Reader, nearest
from app.engine.schema.desired.values import plain_json

MOST_RULES = 50
LONGEST_PATTERN = 1_000
LONGEST_MESSAGE = 500
_MEMBERS = ("rule", "value", "message")


def read_rules(owner: Reader) -> tuple[Rule, ...]:
    """The rules of a field."""
    found = (_read_rule(each) for each in owner.objects("validations", MOST_RULES))
    return tuple(rule for rule in found if rule is not None)


def read_conditions(owner: Reader) -> tuple[Rule, ...]:
    """The rules of a collection: conditions between the fields of a record."""
    found = (_read_condition(each) for each in owner.objects("validations", MOST_RULES))
    return tuple(rule for rule in found if rule is not None)


def _read_rule(reader: Reader) -> Rule | None:
    name = reader.get("rule")
    if not isinstance(name, str) or name not in _VALUES:
        hint = nearest(str(name)[:60], _VALUES) or f"There are: {', '.join(_VALUES)}."
        reader.fault("rule", "rule_unknown", "There is no such validation rule.", hint)
        return None
    reader.refuse_unknown(_MEMBERS, f"The rule {name!r}")
    value = plain_json(reader.get("value"))
    fault = _VALUES[name](value)
    if fault:
        reader.fault("value", "rule_invalid", fault)
    return Rule(name, value=value, message=reader.text("message", LONGEST_MESSAGE))


def _read_condition(reader: Reader) -> Rule | None:
    if reader.get("rule") != "condition":
        hint = "A collection's rules are conditions; other rules belong to a field."
        reader.fault("rule", "rule_unknown", "There is no such rule for collections.", hint)
        return None
    reader.refuse_unknown(("rule", "where", "message"), "A condition")
    where = reader.get("where")
    if not isinstance(where, dict) or not where:
        reader.fault("where", "rule_invalid", "A condition has a 'where' object.")
    else:
        _check_form(reader, where)
    message = reader.text("message", LONGEST_MESSAGE)
    return Rule("condition", message=message, where=plain_json(where))


def _check_form(reader: Reader, where: Any) -> None:
    """What cannot be read as a condition, whatever its fields, would refuse every write."""
    try:
        parse_json_condition(where, [], variables=True)
    except QueryConditionError as error:
        reader.fault("where", "rule_invalid", error.detail, error.hint)


def _nothing(value: Any) -> str | None:
    return None if value in (None, True) else "The rule takes no value."


def _pattern(value: Any) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATTERN:
        return f"The value must be a regular expression of at most {LONGEST_PATTERN} characters."
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(value, options)
    except (re2.error, ValueError, UnicodeError) as error:
        return f"The regular expression cannot be used: {_decoded(error)}."
    return None


def _decoded(error: Exception) -> str:
    reason = error.args[0] if error.args else "it is not valid"
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def _bound(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return "The value must be a number, a date or a time."
    return None


def _bounds(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) != 2 or any(map(_bound, value)):
        return "The value must be a pair: the least and the greatest."
    return None


def _length(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return "The value must be a whole number from 0."
    return None


def _choices(value: Any) -> str | None:
    if not isinstance(value, list) or not 0 < len(value) <= 1_000:
        return "The value must be a list of the values that are allowed."
    return None


def _format(value: Any) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        return "The value must be a date format such as '%Y-%m-%d'."
    return None


_VALUES: dict[str, Callable[[Any], str | None]] = {
    "email": _nothing,
    "url": _nothing,
    "uuid": _nothing,
    "not_empty": _nothing,
    "regex": _pattern,
    "min": _bound,
    "max": _bound,
    "between": _bounds,
    "min_length": _length,
    "max_length": _length,
    "enum": _choices,
    "date_format": _format,
}
