"""A policy as it is stored: names have become immutable ids, conditions are JSON.

A collection or field that is dropped and made anew under its old name is another one: no policy
comes back with it. Within a stored condition a field is ``#<id>`` (``#<id>.id`` for the column of
a belongs_to relation), in ``$user.#<id>`` too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, Literal
from uuid import UUID

from app.engine.catalog.model import EMPTY, Catalog, Collection, Field
from app.engine.policy.model import Action

Effect = Literal["allow", "deny"]
PRINCIPALS = ("anonymous", "app_user", "api_key", "admin_user")
ROLE = "role:"
USERS = "users"
_ROWS = ("$old.", "$record.")
_USER = "$user."


@dataclass(frozen=True, slots=True)
class Policy:
    """``collection`` and ``fields`` are ids, ``presets`` are by field id; ``position`` orders."""

    id: UUID
    name: str
    collection: str
    actions: frozenset[Action]
    principals: tuple[str, ...]
    effect: Effect = "allow"
    where: Any = None
    check: Any = None
    fields: tuple[str, ...] | None = None
    presets: Mapping[str, Any] = member(default_factory=lambda: EMPTY)
    require_verified_email: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies of a project, in their order, at one version."""

    project_id: UUID
    version: int
    policies: tuple[Policy, ...] = ()


class BrokenPolicyError(Exception):
    """A stored policy speaks of a field that is no more."""


def condition_to_ids(document: Any, collection: Collection, catalog: Catalog) -> Any:
    """A condition in today's names, as it is stored. What names nothing stays as it is."""
    return _Translator(catalog, _id_of, _user_to_id).condition(document, collection)


def condition_to_names(document: Any, collection: Collection, catalog: Catalog) -> Any:
    """A stored condition in today's names. Raises BrokenPolicyError."""
    return _Translator(catalog, _name_of, _user_to_name).condition(document, collection)


def value_to_ids(value: Any, catalog: Catalog) -> Any:
    """A preset's value, as it is stored."""
    return _user_to_id(value, catalog)


def value_to_names(value: Any, catalog: Catalog) -> Any:
    """A stored preset's value in today's names. Raises BrokenPolicyError."""
    return _user_to_name(value, catalog)


Step = Callable[[Collection, str], tuple[str, Field | None]]
"""From a path's word to the word that replaces it, and the field it names."""


class _Translator:
    def __init__(self, catalog: Catalog, step: Step, user: Callable[[Any, Catalog], Any]) -> None:
        self._catalog = catalog
        self._step = step
        self._user = user

    def condition(self, document: Any, collection: Collection) -> Any:
        if not isinstance(document, dict):
            return document
        return dict(self._member(key, value, collection) for key, value in document.items())

    def _member(self, key: str, value: Any, collection: Collection) -> tuple[str, Any]:
        if key in {"and", "or"} and isinstance(value, list):
            return key, [self.condition(item, collection) for item in value]
        if key == "not":
            return key, self.condition(value, collection)
        path, target = self._path(key, collection)
        if isinstance(value, dict) and target is not None:
            return path, self.condition(value, target)
        return path, self._value(value, collection)

    def _path(self, key: str, collection: Collection) -> tuple[str, Collection | None]:
        """The path in the other spelling, and the collection it leads to, if it does."""
        words = key.removeprefix("f.").split("__")
        done: list[str] = []
        current: Collection | None = collection
        for word in words:
            if current is None:
                done.append(word)
                continue
            said, field = self._step(current, word)
            done.append(said)
            current = self._catalog.target(field) if field and field.relation else None
        prefix = "f." if key.startswith("f.") else ""
        return prefix + "__".join(done), current

    def _value(self, value: Any, collection: Collection) -> Any:
        for prefix in _ROWS:
            if isinstance(value, str) and value.startswith(prefix):
                return prefix + self._step(collection, value.removeprefix(prefix))[0]
        return self._user(value, self._catalog)


def _id_of(collection: Collection, word: str) -> tuple[str, Field | None]:
    field = collection.find_field(word)
    if field is None:
        return word, None
    suffix = ".id" if field.is_belongs_to and word == field.column else ""
    return f"#{field.id}{suffix}", None if suffix else field


def _name_of(collection: Collection, word: str) -> tuple[str, Field | None]:
    if not word.startswith("#"):
        return word, None
    field_id, _, is_column = word[1:].partition(".")
    field = collection.by_id.get(field_id)
    if field is None:
        raise BrokenPolicyError(f"A field of {collection.name!r} that it names is gone.")
    return (field.column, None) if is_column else (field.name, field)


def _user_to_id(value: Any, catalog: Catalog) -> Any:
    if not isinstance(value, str) or not value.startswith(_USER):
        return value
    return _USER + _id_of(catalog.collections[USERS], value.removeprefix(_USER))[0]


def _user_to_name(value: Any, catalog: Catalog) -> Any:
    if not isinstance(value, str) or not value.startswith(_USER):
        return value
    return _USER + _name_of(catalog.collections[USERS], value.removeprefix(_USER))[0]
