"""What the catalog's objects are in Postgres: columns, constraints, indexes, by immutable name.

Pure. Names of constraints and indexes derive from ids, so that a rename touches none of them and
two objects never share one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field, Generated, Index
from app.engine.catalog.snapshot import system_fields

TOMBSTONE = "_d_"
SHADOW = "_s_"
LINK = "_l_"
KEY_TYPES = {"uuid": "uuid", "int": "bigint", "text": "text"}
_FIXED = frozenset({"id", "created_at", "updated_at", "created_by"})
_GIN_TYPES = frozenset({"json", "array"})


@dataclass(frozen=True, slots=True)
class IndexShape:
    """An index. A column with a leading ``-`` is descending; ``method`` may be ``trigram``."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    method: str = "btree"


@dataclass(frozen=True, slots=True)
class ForeignKeyShape:
    name: str
    column: str
    target: str


def primary_key_name(collection_id: str) -> str:
    return f"pk_{collection_id}"


def sequence_name(collection_id: str) -> str:
    """The sequence behind the ids of a collection with ``id_type: int``."""
    return f"sq_{collection_id}"


def unique_name(field_id: str) -> str:
    return f"uq_{field_id}"


def index_name(field_id: str) -> str:
    return f"ix_{field_id}"


def composite_name(index: Index) -> str:
    return f"{'uq' if index.unique else 'ix'}_{index.id}"


def foreign_key_name(field_id: str) -> str:
    return f"fk_{field_id}"


def not_null_name(field_id: str) -> str:
    """The CHECK that stands in while a column becomes NOT NULL online."""
    return f"nn_{field_id}"


def link_name(field_id: str) -> str:
    return f"{LINK}{field_id}"


def tombstone_name(object_id: str) -> str:
    return f"{TOMBSTONE}{object_id}"


def shadow_name(field_id: str) -> str:
    return f"{SHADOW}{field_id}"


def column_type(field: Field) -> str:
    """The column's type with its collation."""
    if field.id in _FIXED and field.type == "string":
        return "text"
    text = field_type(field).ddl_type(field)
    return f'{text} COLLATE "{field.collation}"' if field.collation else text


def default_sql(field: Field) -> str | None:
    """The column's constant default; generated ones are made by the API at write time."""
    if not field.has_default or field.default is None or isinstance(field.default, Generated):
        return None
    kind = field_type(field)
    return kind.render_literal(field, kind.default_from_json(field, field.default))


def checks(field: Field, column: str | None = None) -> dict[str, str]:
    """The CHECK expressions of a field, by constraint name."""
    if not field.is_stored or field.id in _FIXED:
        return {}
    clauses = field_type(field).check_clauses(field, quote_ident(column or field.column))
    return {f"ck_{field.id}_{suffix}": sql for suffix, sql in clauses.items()}


def unique_index(field: Field) -> IndexShape | None:
    if not field.unique or not field.is_stored or field.id in _FIXED:
        return None
    return IndexShape(unique_name(field.id), (field.column,), unique=True)


def plain_index(field: Field) -> IndexShape | None:
    """The field's own index; a unique one makes a plain one needless, a relation asks for one."""
    wanted = field.index or field.is_belongs_to
    if not wanted or not field.is_stored or (field.unique and field.index != "trigram"):
        return None
    return IndexShape(index_name(field.id), (field.column,), method=_method(field))


def composite_index(index: Index, collection: Collection) -> IndexShape:
    """A composite index with its field ids turned into columns."""
    columns = tuple(_signed_column(part, collection) for part in index.fields)
    return IndexShape(composite_name(index), columns, unique=index.unique)


def foreign_key(field: Field, catalog: Catalog) -> ForeignKeyShape | None:
    if not field.is_belongs_to:
        return None
    return ForeignKeyShape(foreign_key_name(field.id), field.column, catalog.target(field).table)


def indexes(collection: Collection) -> Iterator[IndexShape]:
    """Every index of a collection's table but the primary key's."""
    for field in collection.fields.values():
        yield from filter(None, (unique_index(field), plain_index(field)))
    for index in collection.indexes:
        yield composite_index(index, collection)


def own_fields(collection: Collection) -> Mapping[str, Field]:
    """The fields that are not system fields, by id."""
    return {f.id: f for f in collection.fields.values() if f.id not in _FIXED}


def fixed_fields(collection: Collection) -> tuple[Field, ...]:
    return system_fields(collection.id_type, created_by=collection.created_by)


def _method(field: Field) -> str:
    if field.index == "trigram":
        return "trigram"
    return "gin" if field.type in _GIN_TYPES else "btree"


def _signed_column(part: str, collection: Collection) -> str:
    sign, field_id = ("-", part[1:]) if part.startswith("-") else ("", part)
    return sign + collection.by_id[field_id].column
