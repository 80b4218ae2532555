"""What a project looks like to one caller, in no language: what every renderer starts from.

Values are told as JSON Schema (``{"type": "string", "format": "date-time"}``), so that a renderer
knows the few kinds of JSON rather than every type of field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.engine.catalog.model import RelationKind
from app.engine.policy.model import Action

Schema = Mapping[str, Any]
Step = Literal["$inc", "$append"]


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field that is read: ``key`` is the record's member, and its name in conditions.

    ``alias`` is the relation's name where the key is its column (``author`` of ``author_id``).
    ``operators`` are those of conditions, sorted. ``is_links``: ids of a many-to-many relation.
    """

    key: str
    value: Schema
    nullable: bool
    operators: tuple[str, ...]
    sortable: bool
    alias: str | None = None
    is_links: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class RelationShape:
    """A relation that can be expanded and walked by conditions; ``to`` is a collection's name."""

    name: str
    kind: RelationKind
    to: str
    target_id: Schema
    description: str | None = None

    @property
    def is_to_one(self) -> bool:
        return self.kind == "belongs_to"


@dataclass(frozen=True, slots=True)
class InputShape:
    """A member of what is written; ``step`` is the relative change that an update may ask for."""

    key: str
    value: Schema
    nullable: bool
    required: bool
    step: Step | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionShape:
    """A collection as the caller may use it. ``creates`` and ``updates`` are empty where they may
    not; ``keys`` are the sets of members that an upsert may name, as ``on_conflict`` takes them."""

    name: str
    fields: tuple[FieldShape, ...]
    relations: tuple[RelationShape, ...]
    creates: tuple[InputShape, ...]
    updates: tuple[InputShape, ...]
    keys: tuple[str, ...]
    actions: frozenset[Action]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectShape:
    slug: str
    version: int
    collections: tuple[CollectionShape, ...]
