"""Reading a JSON document strictly while collecting what is wrong with it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import Violation
from app.engine.catalog.field_types.type import text_value

LONGEST_LABEL = 200
LONGEST_DESCRIPTION = 2_000


@dataclass(slots=True)
class Faults:
    """The faults found so far, in the order of the document."""

    found: list[Violation] = field(default_factory=list)

    def add(self, pointer: str, code: str, message: str, hint: str | None = None) -> None:
        self.found.append(Violation(pointer, code, message, hint))


@dataclass(frozen=True, slots=True)
class Reader:
    """One JSON object of the document and where it stands."""

    data: Mapping[str, Any]
    pointer: str
    faults: Faults

    def fault(self, key: str | None, code: str, message: str, hint: str | None = None) -> None:
        """Note a fault of a member, or (None) of the whole object."""
        self.faults.add(self.at(key) if key else self.pointer, code, message, hint)

    def at(self, key: str | int) -> str:
        """The JSON Pointer of a member."""
        return f"{self.pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"

    def get(self, key: str) -> Any:
        return self.data.get(key)

    def refuse_unknown(self, known: Iterable[str], what: str) -> None:
        """Note every member whose name is none of the known ones."""
        names = sorted(known)
        for key in self.data:
            if key not in names:
                shown = str(key)[:60]
                self.fault(
                    key if len(key) <= 200 else None,
                    "option_unknown",
                    f"{what} has no option {shown!r}.",
                    nearest(shown, names) or f"It has: {', '.join(names)}.",
                )

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.fault(key, "option_invalid", f"{key!r} must be true or false.")
        return False

    def text(self, key: str, longest: int) -> str | None:
        """An optional text that is data only: never part of a statement."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            found = text_value(value)
        except ValueError as error:
            self.fault(key, "option_invalid", str(error))
            return None
        if len(found) > longest:
            self.fault(key, "option_invalid", f"{key!r} has more than {longest} characters.")
        return found or None

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.data.get(key)
        if value is None:
            return default
        if value in choices:
            return str(value)
        self.fault(key, "option_invalid", f"{key!r} must be one of: {', '.join(choices)}.")
        return default

    def whole(self, key: str, least: int, most: int) -> int | None:
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        message = f"{key!r} must be a whole number from {least} to {most}."
        self.fault(key, "option_invalid", message)
        return None

    def objects(self, key: str, most: int) -> list["Reader"]:
        """The objects of a list; anything else in it is a fault."""
        readers = []
        for position, each in enumerate(self.items(key, most)):
            pointer = f"{self.at(key)}/{position}"
            if isinstance(each, dict):
                readers.append(Reader(each, pointer, self.faults))
            else:
                self.faults.add(pointer, "type_invalid", "An object is expected here.")
        return readers

    def items(self, key: str, most: int) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, "type_invalid", f"{key!r} must be an array.")
            return []
        if len(value) > most:
            self.fault(key, "too_many", f"{key!r} holds more than {most} items.")
        return value[:most]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word most like an unknown one."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else None
