"""Pure edits of catalogs: each returns a new one."""

from collections.abc import Callable, Iterable
from dataclasses import fields as members
from dataclasses import replace
from typing import Any

from app.engine.catalog.model import (
    Catalog,
    Collection,
    Field,
    make_catalog,
    make_collection,
)
from app.engine.catalog.snapshot import with_key_types
from app.engine.schema.physical import fixed_fields

_LOOKUPS = frozenset({"by_id", "by_column", "stored_fields"})


def edit_catalog(catalog: Catalog, **parts: Any) -> Catalog:
    """The catalog with some members replaced; ``collections`` as an iterable."""
    kept = _members(catalog) | {"collections": tuple(catalog.collections.values())}
    return make_catalog(**kept | parts)


def edit_collection(collection: Collection, **parts: Any) -> Collection:
    """The collection with some members replaced; ``fields`` as an iterable."""
    kept = _members(collection) | {"fields": tuple(collection.fields.values())}
    return make_collection(**kept | parts)


def put_collection(catalog: Catalog, collection: Collection) -> Catalog:
    """The catalog with the collection in the place of the one with its id, or added."""
    known = catalog.collections.values()
    if collection.id in catalog.by_id:
        return edit_catalog(
            catalog, collections=[collection if c.id == collection.id else c for c in known]
        )
    return edit_catalog(catalog, collections=[*known, collection])


def remove_collection(catalog: Catalog, collection_id: str) -> Catalog:
    kept = [c for c in catalog.collections.values() if c.id != collection_id]
    return edit_catalog(catalog, collections=kept)


def change_collection(
    catalog: Catalog, collection_id: str, change: Callable[[Collection], Collection]
) -> Catalog:
    return put_collection(catalog, change(catalog.by_id[collection_id]))


def put_field(collection: Collection, field: Field) -> Collection:
    """The collection with the field in the place of the one with its id, or added."""
    known = collection.fields.values()
    if field.id in collection.by_id:
        return edit_collection(collection, fields=[field if f.id == field.id else f for f in known])
    return edit_collection(collection, fields=[*known, field])


def remove_field(collection: Collection, field_id: str) -> Collection:
    kept = [f for f in collection.fields.values() if f.id != field_id]
    return edit_collection(collection, fields=kept)


def replace_fields(collection: Collection, own: Iterable[Field]) -> Collection:
    """The collection with other fields of its own behind the fixed ones."""
    return edit_collection(collection, fields=(*fixed_fields(collection), *own))


def move(value: Field, source: Field, attributes: Iterable[str]) -> Field:
    """``value`` with the named attributes taken from ``source``."""
    return replace(value, **{name: getattr(source, name) for name in attributes})


def refreshed_keys(catalog: Catalog) -> Catalog:
    """The catalog with every relation field knowing its target's kind of key."""
    return edit_catalog(catalog, collections=with_key_types(catalog.collections.values()))


def _members(value: Any) -> dict[str, Any]:
    return {m.name: getattr(value, m.name) for m in members(value) if m.name not in _LOOKUPS}
