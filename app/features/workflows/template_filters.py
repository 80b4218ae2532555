"""The filters of templates: pure functions on JSON values.

None of them fails on a value: what has no answer (the length of a number, the day of a text that
is no date) is null, which ``default`` turns into something.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from app.core.json_text import dump_json

LONGEST_FORMAT: Final = 100

_DIRECTIVES: Final = re.compile(r"(?:[^%]|%[YymdeHIMSpjabABu%])*+")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].{1,30})?")


class BadArgsError(ValueError):
    """A filter was given what it does not take."""


@dataclass(frozen=True, slots=True)
class FilterKind:
    """``check`` raises BadArgsError when the template is read."""

    apply: Callable[..., Any]
    check: Callable[[tuple[Any, ...]], None]


def as_text(value: Any) -> str:
    """A value within a text: null is nothing, objects and lists are JSON text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else dump_json(value)


def unknown_filter(name: str) -> tuple[str, str, str]:
    """The message, pointer and hint about a filter that there is not."""
    near = difflib.get_close_matches(name[:40], FILTERS, n=1)
    known = f"The filters are: {', '.join(sorted(FILTERS))}."
    hint = f"Did you mean {near[0]!r}? {known}" if near else known
    return f"There is no filter {name[:40]!r}.", "", hint


def _textual(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """Null stays null, so that a default may still follow."""
    return lambda value: None if value is None else change(as_text(value))


def _default(value: Any, instead: Any) -> Any:
    return instead if value is None else value


def _length(value: Any) -> int | None:
    if value is None:
        return 0
    return len(value) if isinstance(value, str | list | dict) else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, str | list) and value else None


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, str | list) and value else None


def _join(value: Any, separator: str = ", ") -> Any:
    if not isinstance(value, list):
        return value
    return separator.join(map(as_text, value))


def _date(value: Any, layout: str = "%Y-%m-%d") -> str | None:
    """The moment in UTC, under an strftime layout."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
        at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return at.strftime(layout)
    except (ValueError, OverflowError):
        return None


def _nothing(args: tuple[Any, ...]) -> None:
    if args:
        raise BadArgsError("This filter takes no argument.")


def _one_value(args: tuple[Any, ...]) -> None:
    if len(args) != 1:
        raise BadArgsError('default takes one value: default("…").')


def _one_text(args: tuple[Any, ...]) -> None:
    if len(args) > 1 or not all(isinstance(each, str) and len(each) <= 100 for each in args):
        raise BadArgsError('join takes a text of at most 100 characters: join(", ").')


def _layout(args: tuple[Any, ...]) -> None:
    if len(args) > 1 or not all(isinstance(each, str) for each in args):
        raise BadArgsError('date takes a text: date("%Y-%m-%d").')
    for each in args:
        if len(each) > LONGEST_FORMAT or not each.isprintable() or not _DIRECTIVES.fullmatch(each):
            raise BadArgsError("date knows %Y %y %m %d %e %H %I %M %S %p %j %a %A %b %B %u and %%.")


FILTERS: Final[Mapping[str, FilterKind]] = {
    "upper": FilterKind(_textual(str.upper), _nothing),
    "lower": FilterKind(_textual(str.lower), _nothing),
    "trim": FilterKind(_textual(str.strip), _nothing),
    "json": FilterKind(dump_json, _nothing),
    "default": FilterKind(_default, _one_value),
    "length": FilterKind(_length, _nothing),
    "first": FilterKind(_first, _nothing),
    "last": FilterKind(_last, _nothing),
    "join": FilterKind(_join, _one_text),
    "date": FilterKind(_date, _layout),
}
