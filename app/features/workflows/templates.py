"""``{{ record.name | upper }}`` in the values of a step: a language of paths and filters.

Values are filled into the parsed JSON tree, never into its text: what a value holds is not read
as a template, and cannot change the tree around it. Only keys of objects and indexes of lists are
looked up. No call, arithmetic, loop or condition.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Final

from app.core.errors import Violation
from app.core.json_text import JsonSyntaxError, parse_json
from app.features.workflows.template_filters import FILTERS, BadArgsError, as_text, unknown_filter

LONGEST_TEXT: Final = 64 * 1024
MOST_EXPRESSIONS: Final = 100
LARGEST_RESULT: Final = 1024 * 1024
"""Of one ``render``: the characters of every text in it, and of every text made on the way."""

DEEPEST: Final = 32
LONGEST_PATH: Final = 32

Path = tuple[str | int, ...]

_PATH: Final = re.compile(
    r"[A-Za-z_][A-Za-z0-9_-]*+(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*+|[0-9]{1,9}))*+"
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
_LITERAL: Final = re.compile(
    r'"(?:[^"\\]|\\.)*+"|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null', re.DOTALL
)
_BLANK: Final = re.compile(r"[ \t\r\n]*+")


class TemplateError(Exception):
    """A template that cannot be read, or whose result is too much. ``pointer`` says where."""

    def __init__(self, code: str, message: str, pointer: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.pointer = pointer
        self.hint = hint

    def as_violation(self, under: str = "") -> Violation:
        """The fault as a body's: ``under`` is the pointer of the value that was read."""
        return Violation(under + self.pointer, self.code, self.message, self.hint)


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    path: Path
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """Texts and expressions in the order they stand in."""

    parts: tuple[str | Expression, ...]

    @property
    def single(self) -> Expression | None:
        """The expression that the whole text is, if it is one."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Expression) else None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))


def parse(text: str) -> Template:
    """Raises TemplateError."""
    if "{{" not in text:
        return Template((text,))
    if len(text) > LONGEST_TEXT:
        raise TemplateError(
            "template_too_long", f"A text with templates has at most {LONGEST_TEXT} characters."
        )
    return _parsed(text)


def parse_path(text: str) -> Path | None:
    """``record.lines.0.price`` in its parts; None where it is no path."""
    found = _PATH.fullmatch(text[: LONGEST_TEXT + 1])
    path = _as_path(text) if found else ()
    return path if 0 < len(path) <= LONGEST_PATH else None


def look_up(path: Path, scope: Mapping[str, Any]) -> Any:
    """What a path leads to: keys of objects and indexes of lists; None where it leads nowhere."""
    value: Any = scope.get(str(path[0]))
    for step in path[1:]:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def find_paths(value: Any) -> Iterator[tuple[str, Path]]:
    """Every path that the templates of a JSON value name, with the pointer of its text.

    Raises TemplateError at the first text that cannot be read.
    """
    return ((pointer, expression.path) for pointer, expression in find_expressions(value))


def find_expressions(value: Any) -> Iterator[tuple[str, Expression]]:
    """The same with the filters. Raises TemplateError."""
    return _find(value, "", 0)


def render(value: Any, scope: Mapping[str, Any], html: Collection[str] = ()) -> Any:
    """The JSON value with its templates filled in.

    A text that is one expression becomes the value itself; within a text a value is text. Keys
    stay as they are. ``html`` names the members at the top whose text is HTML: there every value
    is text, escaped. Raises TemplateError.
    """
    return _Renderer(scope, html).render(value, "", 0)


def _find(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, Expression]]:
    _check_depth(depth, pointer)
    if isinstance(value, str):
        for expression in _at(value, pointer).expressions:
            yield pointer, expression
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _find(item, _below(pointer, key), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find(item, _below(pointer, index), depth + 1)


class _Renderer:
    """One rendering: the scope, and how much may still be made."""

    def __init__(self, scope: Mapping[str, Any], html: Collection[str]) -> None:
        self._scope = scope
        self._html = frozenset(_below("", name) for name in html)
        self._left = LARGEST_RESULT

    def render(self, value: Any, pointer: str, depth: int) -> Any:
        _check_depth(depth, pointer)
        if isinstance(value, str):
            return self._text(value, pointer, depth)
        if isinstance(value, dict):
            return {k: self.render(v, _below(pointer, k), depth + 1) for k, v in value.items()}
        if isinstance(value, list):
            return [self.render(v, _below(pointer, n), depth + 1) for n, v in enumerate(value)]
        return value

    def _text(self, text: str, pointer: str, depth: int) -> Any:
        template = _at(text, pointer)
        if pointer in self._html:
            return "".join(self._piece(part, pointer, escape) for part in template.parts)
        if template.single is not None:
            value = self._evaluate(template.single, pointer)
            self._take(value, pointer, depth)
            return value
        return "".join(self._piece(part, pointer) for part in template.parts)

    def _piece(
        self, part: str | Expression, pointer: str, change: Callable[[str], str] = str
    ) -> str:
        made = part if isinstance(part, str) else change(as_text(self._evaluate(part, pointer)))
        self._spend(len(made), pointer)
        return made

    def _evaluate(self, expression: Expression, pointer: str) -> Any:
        value = look_up(expression.path, self._scope)
        for each in expression.filters:
            value = FILTERS[each.name].apply(value, *each.args)
            self._spend(len(value) if isinstance(value, str) else 1, pointer)
        return value

    def _take(self, value: Any, pointer: str, depth: int) -> None:
        """Account for a value that is put in whole: its size, and how deep it makes the tree."""
        _check_depth(depth, pointer)
        self._spend(len(value) if isinstance(value, str) else 1, pointer)
        if isinstance(value, dict):
            for key, item in value.items():
                self._spend(len(key), pointer)
                self._take(item, pointer, depth + 1)
        elif isinstance(value, list):
            for item in value:
                self._take(item, pointer, depth + 1)

    def _spend(self, size: int, pointer: str) -> None:
        self._left -= size
        if self._left < 0:
            raise TemplateError(
                "template_result_too_large",
                f"What the templates make has more than {LARGEST_RESULT} characters.",
                pointer,
            )


def _at(text: str, pointer: str) -> Template:
    try:
        return parse(text)
    except TemplateError as error:
        raise TemplateError(error.code, error.message, pointer, error.hint) from None


def _check_depth(depth: int, pointer: str) -> None:
    if depth > DEEPEST:
        raise TemplateError(
            "template_too_deep", f"Values are nested at most {DEEPEST} deep.", pointer
        )


def _below(pointer: str, key: str | int) -> str:
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _as_path(text: str) -> Path:
    return tuple(int(step) if step[0].isdigit() else step for step in text.split("."))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Template:
    parts: list[str | Expression] = []
    number = end = 0
    while (start := text.find("{{", end)) >= 0:
        if start > end:
            parts.append(text[end:start])
        number += 1
        if number > MOST_EXPRESSIONS:
            raise _unreadable(f"A text holds at most {MOST_EXPRESSIONS} templates.")
        expression, end = _Reader(text, start).expression()
        parts.append(expression)
    if end < len(text):
        parts.append(text[end:])
    return Template(tuple(parts))


class _Reader:
    """Reads one expression; ``start`` is where its ``{{`` stands."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self._at = start + 2

    def expression(self) -> tuple[Expression, int]:
        """The expression and where the text goes on."""
        path = self._path()
        filters: list[Filter] = []
        while self._takes("|"):
            filters.append(self._filter())
        if not self._takes("}}"):
            raise self._unreadable("It does not end with }}, or holds what no template can hold.")
        return Expression(path, tuple(filters)), self._at

    def _path(self) -> Path:
        found = self._match(_PATH)
        if found is None:
            raise self._unreadable("It must begin with a name, such as record.name.")
        path = _as_path(found)
        if len(path) > LONGEST_PATH:
            raise self._unreadable(f"A path has at most {LONGEST_PATH} parts.")
        return path

    def _filter(self) -> Filter:
        name = self._match(_NAME)
        if name is None:
            raise self._unreadable("After | stands the name of a filter.")
        if name not in FILTERS:
            raise TemplateError("template_unknown_filter", *unknown_filter(name))
        args = self._args() if self._takes("(") else ()
        try:
            FILTERS[name].check(args)
        except BadArgsError as error:
            raise TemplateError("template_invalid", str(error)) from None
        return Filter(name, args)

    def _args(self) -> tuple[Any, ...]:
        args: list[Any] = []
        while not self._takes(")"):
            if args and not self._takes(","):
                raise self._unreadable("The arguments of a filter end with ).")
            args.append(self._literal())
        return tuple(args)

    def _literal(self) -> Any:
        found = self._match(_LITERAL)
        if found is None:
            raise self._unreadable('Arguments are texts in "…", numbers, true, false or null.')
        try:
            return parse_json(found)
        except JsonSyntaxError as error:
            raise self._unreadable(error.detail) from None

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        self._skip()
        found = pattern.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group()

    def _takes(self, mark: str) -> bool:
        self._skip()
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _skip(self) -> None:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _unreadable(self, why: str) -> TemplateError:
        shown = self._text[self._start : self._start + 40]
        return _unreadable(f"The template {shown!r} cannot be read. {why}")


def _unreadable(why: str) -> TemplateError:
    return TemplateError(
        "template_invalid",
        why,
        hint='A template is a path and filters: {{ record.name | upper | default("nobody") }}.',
    )
