"""The validation rules of a field, on values already parsed by its type.

Regular expressions are RE2: they run in linear time whatever the pattern and the text.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import re2

from app.core.json_text import dump_json
from app.engine.catalog.field_types.email import EMAIL
from app.engine.catalog.field_types.url import is_web_url
from app.engine.catalog.model import Field, Rule

RULES = frozenset(
    {
        "email", "url", "regex", "min", "max", "between", "min_length", "max_length", "enum",
        "not_empty", "uuid", "date_format",
    }
)  # fmt: skip


def broken_rules(field: Field, value: Any) -> list[Rule]:
    """The rules of ``field`` that a non-null driver value breaks."""
    return [rule for rule in field.validations if not _CHECKS[rule.rule](rule.value, value)]


def broken_message(rule: Rule) -> str:
    """What a value is told that breaks the rule: its own words, else what it asks for."""
    if rule.message:
        return rule.message
    asked = "" if rule.value is None else f": {dump_json(rule.value)}"
    return f"The value does not meet the rule {rule.rule}{asked}."


def check_rule_value(rule: Rule) -> None:
    """Refuse a rule whose own value makes no sense; raises ValueError with a sentence."""
    if rule.rule not in RULES:
        raise ValueError(f"There is no rule {rule.rule!r}. Rules are: {', '.join(sorted(RULES))}.")
    _VALUE_CHECKS.get(rule.rule, lambda _value: None)(rule.value)


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> Any:
    """A compiled pattern; raises ValueError."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"The pattern cannot be read: {error}.") from None


def _regex(pattern: str, value: Any) -> bool:
    return compiled(pattern).search(str(value)) is not None


def _number(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal | str) else value


def _at_least(bound: Any, value: Any) -> bool:
    return bool(_comparable(value) >= _like(bound, value))


def _at_most(bound: Any, value: Any) -> bool:
    return bool(_comparable(value) <= _like(bound, value))


def _comparable(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) else value


def _like(bound: Any, value: Any) -> Any:
    """A rule's bound as a value of the kind it is compared with."""
    if isinstance(value, datetime):
        parsed = datetime.fromisoformat(str(bound))
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=value.tzinfo)
    if isinstance(value, date):
        return date.fromisoformat(str(bound)[:10])
    return str(bound) if isinstance(value, str) else _number(bound)


def _date_format(pattern: str, value: Any) -> bool:
    try:
        datetime.strptime(str(value), pattern)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def _is_uuid(_value: Any, text: Any) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "email": lambda _, value: EMAIL.fullmatch(str(value)) is not None,
    "url": lambda _, value: is_web_url(str(value)),
    "regex": _regex,
    "min": _at_least,
    "max": _at_most,
    "between": lambda ends, value: _at_least(ends[0], value) and _at_most(ends[1], value),
    "min_length": lambda least, value: len(value) >= least,
    "max_length": lambda most, value: len(value) <= most,
    "enum": lambda known, value: str(value) in {str(each) for each in known},
    "not_empty": lambda _, value: bool(value.strip() if isinstance(value, str) else value),
    "uuid": _is_uuid,
    "date_format": _date_format,
}


def _want_pattern(value: Any) -> None:
    if not isinstance(value, str) or len(value) > 1_000:
        raise ValueError("regex takes a pattern of at most 1,000 characters.")
    compiled(value)


def _want_length(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("A length is a whole number from 0.")


def _want_pair(value: Any) -> None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("between takes two values.")


def _want_list(value: Any) -> None:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("enum takes a list of values.")


def _want_bound(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("A bound is a number, a date or a text.")


def _want_format(value: Any) -> None:
    if not isinstance(value, str) or "%" not in value:
        raise ValueError("date_format takes a pattern such as %Y-%m-%d.")


_VALUE_CHECKS: dict[str, Callable[[Any], None]] = {
    "regex": _want_pattern,
    "min_length": _want_length,
    "max_length": _want_length,
    "between": _want_pair,
    "enum": _want_list,
    "min": _want_bound,
    "max": _want_bound,
    "date_format": _want_format,
}
