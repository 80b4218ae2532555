"""A JSON array read item by item, in flat memory, by the rules of any other JSON text."""

import re
from collections.abc import Iterator
from typing import Any, TextIO

from app.core.errors import TooLargeError
from app.core.json_text import JsonSyntaxError, parse_json_prefix

CHUNK = 1 << 16
_ENDS = tuple(",] \t\r\n")
_blank: Any = re.compile(r"[ \t\r\n]*").match


def array_items(file: TextIO, longest: int) -> Iterator[Any]:
    """The items of the array that the whole text is.

    Raises JsonSyntaxError, and TooLargeError for an item of more than ``longest`` characters.
    """
    window = _Window(file, longest)
    window.take("[")
    if window.peek() == "]":
        window.take("]")
    else:
        yield window.value()
        while window.take(",]") == ",":
            yield window.value()
    if window.peek():
        raise JsonSyntaxError("The JSON text goes on behind the end of its array.")


class _Window:
    """The part of the text that was read and not yet used."""

    def __init__(self, file: TextIO, longest: int) -> None:
        self._file = file
        self._longest = longest
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self._at = _blank(self._text, self._at).end()
            if self._at < len(self._text) or not self._grow():
                return self._text[self._at : self._at + 1]

    def take(self, wanted: str) -> str:
        """Go on behind the next character, which must be one of ``wanted``."""
        found = self.peek()
        if not found or found not in wanted:
            shown = repr(found) if found else "the end"
            raise JsonSyntaxError(
                f"The JSON text cannot be read: {' or '.join(wanted)} wanted, {shown} found."
            )
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            found = parse_json_prefix(self._text, self._at)
            if found is not None and self._is_whole(found[1]):
                value, self._at = found
                return value
            if not self._grow():
                raise JsonSyntaxError("The JSON text ends too early.")

    def _is_whole(self, end: int) -> bool:
        """Whether a value ends there. A number may go on: ``1``, ``1.``, ``1e+`` hold the same."""
        return self._text[end : end + 1] in _ENDS or end + len("e+") < len(self._text)

    def _grow(self) -> bool:
        """Read on, doubling what is held, so that a long item is not parsed again and again."""
        held = self._text[self._at :]
        if len(held) > self._longest:
            raise TooLargeError(f"An item is longer than {self._longest} characters.")
        more = self._file.read(max(CHUNK, len(held)))
        self._text, self._at = held + more, 0
        return bool(more)
