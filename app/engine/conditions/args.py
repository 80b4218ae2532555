"""The arguments of a compiled statement: where each ``$n`` gets its value from."""

from collections.abc import Callable, Sequence
from typing import Any

from app.engine.conditions.tree import Context, InvalidValueError

Source = Callable[[Sequence[Any], Context], Any]
"""From the request's values and the context to the value of one placeholder."""


class Args:
    """Collects the sources of a statement while its text is built."""

    def __init__(self) -> None:
        self.sources: list[Source] = []

    def add(self, source: Source, cast: str) -> str:
        """A new placeholder, cast: ``$3::bigint``."""
        self.sources.append(source)
        return f"${len(self.sources)}::{cast}"

    def const(self, value: Any, cast: str) -> str:
        """A placeholder for a value known when the statement is compiled."""
        return self.add(lambda _values, _context: value, cast)

    def slot(self, index: int, parse: Callable[[Any], Any], where: str, cast: str) -> str:
        """A placeholder for the request's value ``index``; a refused value names ``where``."""
        return self.add(slot_source(index, parse, where), cast)

    def variable(self, name: str, parse: Callable[[Any], Any], cast: str) -> str:
        """A placeholder for a variable; what does not fit the field's type is null."""
        return self.add(variable_source(name, parse), cast)


def slot_source(index: int, parse: Callable[[Any], Any], where: str) -> Source:
    def value(values: Sequence[Any], _context: Context) -> Any:
        try:
            return parse(values[index])
        except ValueError as error:
            raise InvalidValueError(f"{where}: {error}", parameter=where) from None

    return value


def variable_source(name: str, parse: Callable[[Any], Any]) -> Source:
    def value(_values: Sequence[Any], context: Context) -> Any:
        held = context.get(name)
        if held is None:
            return None
        try:
            return parse(held)
        except ValueError:
            return None

    return value


def resolve(sources: Sequence[Source], values: Sequence[Any], context: Context) -> list[Any]:
    """The arguments of one execution."""
    return [source(values, context) for source in sources]
