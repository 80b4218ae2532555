"""What a project's schema is: frozen values, replaced whole, never changed.

A logical name (``author``) is what clients say; ``column`` is what the table has (``author_id``).
Ids are immutable: renames keep them, and policies, grants and physical constraint names hang on
them. No I/O here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from app.core.sql import qualified

IdType = Literal["uuid", "int", "text"]
RelationKind = Literal["belongs_to", "has_many", "many_to_many"]
OnDelete = Literal["cascade", "restrict", "set_null"]
History = Literal["full", "keys", "off"]

EMPTY: Mapping[str, Any] = MappingProxyType({})


def _empty() -> Mapping[str, Any]:
    return EMPTY


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a relation field leads.

    ``to`` is the target collection's id. ``via`` is, for has_many, the id of the belongs_to field
    on the other side. ``link_table`` is, for many_to_many, the join table
    (``source_id``, ``target_id``).
    """

    kind: RelationKind
    to: str
    on_delete: OnDelete = "restrict"
    via: str | None = None
    link_table: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A validation rule as in the API: ``rule`` names it, ``where`` belongs to ``condition``."""

    rule: str
    value: Any = None
    message: str | None = None
    where: Any = None


@dataclass(frozen=True, slots=True)
class Generated:
    """A default made by a named generator at write time."""

    generator: Literal["now", "today", "uuid", "user_id"]


@dataclass(frozen=True, slots=True)
class Shadow:
    """The second column of a field whose type is being changed online: written with the first."""

    column: str
    type: str
    options: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``column`` is empty for has_many and many_to_many, which have none."""

    id: str
    name: str
    type: str
    column: str
    label: str | None = None
    description: str | None = None
    required: bool = False
    unique: bool = False
    index: bool | Literal["trigram"] = False
    default: Any = None
    has_default: bool = False
    hidden: bool = False
    searchable: bool = False
    read_only: bool = False
    max_length: int | None = None
    min_length: int | None = None
    min: Any = None
    max: Any = None
    values: tuple[str, ...] = ()
    precision: int | None = None
    scale: int | None = None
    items: str | None = None
    collation: str | None = None
    relation: Relation | None = None
    validations: tuple[Rule, ...] = ()
    shadow: Shadow | None = None

    @property
    def is_stored(self) -> bool:
        """Whether the collection's own table has a column for it."""
        return bool(self.column)

    @property
    def is_belongs_to(self) -> bool:
        return self.relation is not None and self.relation.kind == "belongs_to"


@dataclass(frozen=True, slots=True)
class Index:
    """A composite index; a field name with a leading ``-`` is descending. Names are field ids."""

    id: str
    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A table. ``fields`` holds the system fields (id, created_at, updated_at, …) too.

    ``fields`` is keyed by logical name; ``aliases`` maps a former field name to a field id;
    ``stored_fields`` are those that the table has a column for.
    """

    id: str
    name: str
    table: str
    fields: Mapping[str, Field]
    label: str | None = None
    description: str | None = None
    id_type: IdType = "uuid"
    indexes: tuple[Index, ...] = ()
    history: History = "full"
    system: bool = False
    created_by: bool = False
    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=_empty)
    by_id: Mapping[str, Field] = field(default_factory=_empty, compare=False)
    by_column: Mapping[str, Field] = field(default_factory=_empty, compare=False)
    stored_fields: tuple[Field, ...] = field(default=(), compare=False)

    def find_field(self, name: str) -> Field | None:
        """By logical name (``author``), column (``author_id``), or former name."""
        found = self.fields.get(name) or self.by_column.get(name)
        if found is None and name in self.aliases:
            found = self.by_id.get(self.aliases[name])
        return found

    @property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """Every set of field ids that is unique together, the primary key first."""
        singles = tuple((f.id,) for f in self.fields.values() if f.unique)
        return (("id",), *singles, *(i.fields for i in self.indexes if i.unique))


@dataclass(frozen=True, slots=True)
class Catalog:
    """A project's whole schema at one version.

    ``schema`` is the Postgres schema (``p_<hex>``); ``collections`` is keyed by name;
    ``aliases`` maps a former collection name to a collection id.
    """

    project_id: UUID
    schema: str
    version: int
    hash: str
    collections: Mapping[str, Collection]
    aliases: Mapping[str, str] = field(default_factory=_empty)
    by_id: Mapping[str, Collection] = field(default_factory=_empty, compare=False)

    def find_collection(self, name: str) -> Collection | None:
        """By name or former name."""
        found = self.collections.get(name)
        if found is None and name in self.aliases:
            found = self.by_id.get(self.aliases[name])
        return found

    def table(self, collection: Collection) -> str:
        """The quoted, schema-qualified table."""
        return qualified(self.schema, collection.table)

    def target(self, relation_field: Field) -> Collection:
        """The collection that a relation field leads to."""
        assert relation_field.relation is not None  # noqa: S101 - callers check the type
        return self.by_id[relation_field.relation.to]


def make_collection(**parts: Any) -> Collection:
    """Build a collection and its look-up tables from ``fields`` given as an iterable."""
    fields = tuple(parts.pop("fields"))
    return Collection(
        **parts,
        fields=MappingProxyType({f.name: f for f in fields}),
        by_id=MappingProxyType({f.id: f for f in fields}),
        by_column=MappingProxyType({f.column: f for f in fields if f.column}),
        stored_fields=tuple(f for f in fields if f.column),
    )


def make_catalog(**parts: Any) -> Catalog:
    """Build a catalog and its look-up tables from ``collections`` given as an iterable."""
    collections = tuple(parts.pop("collections"))
    return Catalog(
        **parts,
        collections=MappingProxyType({c.name: c for c in collections}),
        by_id=MappingProxyType({c.id: c for c in collections}),
    )
