"""What a comparison's right side becomes before it is bound: parsed by the field's type.

A list without values becomes null, so that nothing matches it, not even negated.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.core.json_text import dump_json
from app.engine.catalog.field_types import field_type, scalar_type
from app.engine.catalog.field_types.type import json_kind, text_value
from app.engine.conditions.bind import Test
from app.engine.conditions.tree import Literal, Slot

Parse = Callable[[Any], Any]

LIST_OPERATORS = frozenset({"in", "notin", "any", "all"})
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")


def operand_parser(test: Test) -> Parse:
    """From the raw value (text or JSON, as the slot says) to the driver value.

    A text operator yields the text; ``between`` two values; a list operator a list or None; a
    test on a JSON path ``(text, number or None)``. The parser raises ValueError.
    """
    if test.json_path:
        return _JSON_PATH_PARSERS.get(test.operator, _json_scalar)(test)
    return _PARSERS.get(test.operator, _value)(test)


def is_nullable(test: Test) -> bool:
    """Whether the operand may turn out to be null: a variable, or a list that may be empty."""
    if isinstance(test.operand, Slot | Literal):
        return test.operator in LIST_OPERATORS or test.operator in {"contains", "search"}
    return not isinstance(test.operand, bool)


def words(text: str) -> list[str] | None:
    """The words of a search; None when there are none."""
    return text.split() or None


def _value(test: Test) -> Parse:
    kind, field = field_type(test.field), test.field
    if _is_text(test):
        return lambda raw: kind.parse_text(field, raw)
    return lambda raw: kind.parse(field, raw)


def _list(test: Test) -> Parse:
    one = _item(test) if test.field.type == "array" else _value(test)
    text = _is_text(test)
    return lambda raw: [one(each) for each in _split(raw, text=text)] or None


def _item(test: Test) -> Parse:
    kind, field = scalar_type(test.field.items or "string"), test.field
    if _is_text(test):
        return lambda raw: kind.parse_text(field, raw)
    return lambda raw: kind.parse(field, raw)


def _pair(test: Test) -> Parse:
    several = _list(test)

    def parse(raw: Any) -> Any:
        ends = several(raw)
        if ends is None or len(ends) != 2:
            raise ValueError("between takes two values.")
        return ends

    return parse


def _text(_test: Test) -> Parse:
    return text_value


def _words(_test: Test) -> Parse:
    return lambda raw: words(text_value(raw))


def _container(test: Test) -> Parse:
    """``contains``: text looks for text, an array for values, json for json."""
    if test.field.type == "json":
        return _value(test)
    return _list(test) if test.field.type == "array" else text_value


def _json_scalar(test: Test) -> Parse:
    text = _is_text(test)

    def parse(raw: Any) -> tuple[str, Decimal | None]:
        if isinstance(raw, str):
            number = Decimal(raw) if text and _NUMBER.fullmatch(raw) else None
            return text_value(raw), number
        if isinstance(raw, bool):
            return dump_json(raw), None
        if isinstance(raw, int | Decimal | float):
            return dump_json(raw), Decimal(str(raw))
        raise ValueError(f"Expected a text, number or boolean, got {json_kind(raw)}.")

    return parse


def _json_list(test: Test) -> Parse:
    one, text = _json_scalar(test), _is_text(test)
    return lambda raw: [one(each)[0] for each in _split(raw, text=text)] or None


def _split(raw: Any, *, text: bool) -> list[Any]:
    if isinstance(raw, list | tuple):
        return list(raw)
    if text and isinstance(raw, str):
        return [part for part in raw.split(",") if part]
    return [raw]


def _is_text(test: Test) -> bool:
    return isinstance(test.operand, Slot) and test.operand.text


_TEXT_OPERATORS = ("startswith", "endswith", "icontains", "istartswith", "iexact", "has_key")
_PARSERS: dict[str, Callable[[Test], Parse]] = {
    **dict.fromkeys(LIST_OPERATORS, _list),
    **dict.fromkeys(_TEXT_OPERATORS, _text),
    "between": _pair,
    "contains": _container,
    "search": _words,
}
_JSON_PATH_PARSERS: dict[str, Callable[[Test], Parse]] = {
    **dict.fromkeys((*_TEXT_OPERATORS, "contains"), _text),
    **dict.fromkeys(("in", "notin"), _json_list),
}
