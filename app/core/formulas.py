"""Cells that a spreadsheet would run: escaped on export, and as they were again on import.

An apostrophe in front makes a spreadsheet show a cell as text. A text that already begins with
apostrophes before such a sign gets one more, so that nothing is lost on the way there and back.
"""

import re

_FIRST = frozenset("'=+-@\t\r")
_RISKY = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def escape_formula(text: str) -> str:
    """The cell of a text. Numbers with a sign stay as they are."""
    if text[:1] not in _FIRST or not _RISKY.match(text) or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def unescape_formula(cell: str) -> str:
    """The text of a cell."""
    return cell[1:] if _ESCAPED.match(cell) else cell
