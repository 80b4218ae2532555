"""Names of types from names of collections: no two alike, none that is taken."""

from collections.abc import Collection as Some
from collections.abc import Iterable

ENDINGS = ("", "Create", "Update", "Filter")
"""What stands behind a collection's type name for what is read, created, updated and asked."""


def type_names(collections: Iterable[str], taken: Some[str]) -> dict[str, str]:
    """``order_lines`` is ``OrderLines``; where that is another's name already, ``OrderLines2``."""
    used = set(taken)
    named = {}
    for collection in collections:
        wanted = "".join(part.capitalize() for part in collection.split("_") if part)
        name, number = wanted, 1
        while used.intersection(name + ending for ending in ENDINGS):
            number += 1
            name = f"{wanted}{number}"
        used.update(name + ending for ending in ENDINGS)
        named[collection] = name
    return named
