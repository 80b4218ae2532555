"""Scopes: said with a collection's name, stored with its id.

A scope so follows a collection that is renamed, and none passes to a new one of the same name.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from app.core.errors import Violation
from app.engine.catalog.model import Catalog
from app.engine.policy.channels import find_guarded, guarded_by_id
from app.features.api_keys.errors import InvalidScopesError

ANY: Final = "*"
ACTIONS: Final = ("list", "read", "create", "update", "delete", "write", ANY)


def store_scopes(scopes: Sequence[str], catalog: Catalog) -> list[str]:
    """The scopes with collections' ids, each once. Raises InvalidScopesError."""
    found = [_store(scope, catalog, f"/scopes/{n}") for n, scope in enumerate(scopes)]
    violations = [scope for scope in found if isinstance(scope, Violation)]
    if violations:
        raise InvalidScopesError("A scope is not valid.", errors=violations)
    return list(dict.fromkeys(scope for scope in found if isinstance(scope, str)))


def show_scopes(stored: Sequence[str], catalog: Catalog) -> list[str]:
    """The scopes with collections' names; those of collections that are gone are left out."""
    shown = []
    for scope in stored:
        collection_id, _, action = scope.partition(":")
        if collection_id == ANY:
            shown.append(scope)
        elif (collection := guarded_by_id(catalog, collection_id)) is not None:
            shown.append(f"{collection.name}:{action}")
    return shown


def _store(scope: str, catalog: Catalog, pointer: str) -> str | Violation:
    name, _, action = scope.partition(":")
    if action not in ACTIONS:
        actions = ", ".join(ACTIONS)
        return Violation(
            pointer, "unknown_action", f"{scope!r} names no action.", f"Actions: {actions}."
        )
    if name == ANY:
        return scope
    collection = find_guarded(catalog, name)
    if collection is None:
        nearest = get_close_matches(name, catalog.collections, n=1)
        hint = f"Did you mean {nearest[0]!r}?" if nearest else None
        return Violation(pointer, "unknown_collection", f"There is no collection {name!r}.", hint)
    return f"{collection.id}:{action}"
