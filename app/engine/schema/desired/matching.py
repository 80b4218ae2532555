"""Which stored object an object of the document is: by id, else by name; the rest is new."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.engine.schema.desired.faults import Reader


class Named(Protocol):
    """A stored collection or field."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


Stored = TypeVar("Stored", bound=Named)


@dataclass(frozen=True, slots=True)
class Match(Generic[Stored]):
    """An object of the document, its id, and the stored object it continues, if any."""

    reader: Reader
    id: str
    name: str
    current: Stored | None


def match_objects(
    readers: Iterable[Reader],
    stored: Mapping[str, Stored],
    new_id: Callable[[str], str],
    name_fault: Callable[[object], tuple[str, str] | None],
) -> list[Match[Stored]]:
    """Match by id first, then by ``renamed_from``, then by name. ``stored`` is by id."""
    known = list(readers)
    claimed = {r.get("id") for r in known if isinstance(r.get("id"), str)}
    by_name = {each.name: each for each in stored.values() if each.id not in claimed}
    matches: list[Match[Stored]] = []
    names = {each.name for each in stored.values()}
    seen: set[str] = set()
    for reader in known:
        name = _read_name(reader, seen, names, name_fault)
        if name is not None:
            current, valid = _find(reader, name, stored, by_name)
            if valid:
                matches.append(
                    Match(reader, current.id if current else new_id(name), name, current)
                )
    _refuse_twins(matches)
    return matches


def make_id(prefix: str, *seed: object) -> str:
    """A new object's id: the same for the same seed, so that a plan and its apply agree."""
    digest = hashlib.sha256("\x1f".join(map(str, seed)).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest)[:12].decode().lower()}"


def _read_name(
    reader: Reader,
    seen: set[str],
    stored_names: set[str],
    name_fault: Callable[[object], tuple[str, str] | None],
) -> str | None:
    name = reader.get("name")
    fault = None if isinstance(name, str) and name in stored_names else name_fault(name)
    if fault is not None:
        reader.fault("name", *fault)
        return None
    assert isinstance(name, str)  # noqa: S101 - name_fault looked
    if name in seen:
        reader.fault("name", "name_taken", f"The name {name!r} is used twice.")
        return None
    seen.add(name)
    return name


def _find(
    reader: Reader, name: str, stored: Mapping[str, Stored], by_name: Mapping[str, Stored]
) -> tuple[Stored | None, bool]:
    """The stored object and whether the reference to it is valid."""
    given = reader.get("id")
    if given is not None:
        found = stored.get(given) if isinstance(given, str) else None
        if found is None:
            hint = "Leave the id out to make a new object; the server gives it one."
            reader.fault("id", "id_unknown", "There is no object with this id.", hint)
        return found, found is not None
    former = reader.get("renamed_from")
    if name not in by_name and isinstance(former, str) and former in by_name:
        return by_name[former], True
    return by_name.get(name), True


def _refuse_twins(matches: Iterable[Match[Stored]]) -> None:
    seen: set[str] = set()
    for match in matches:
        if match.id in seen:
            match.reader.fault("id", "id_twice", f"The object {match.id!r} stands here twice.")
        seen.add(match.id)
