"""A catalog as a JSON document and back: what a schema version stores, and what the API shows.

The stored form keeps every internal detail (columns, link tables, shadows); system fields are
left out of it, because code defines them. The public form is the collection JSON of the API.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any
from uuid import UUID

from app.engine.catalog.model import (
    Catalog,
    Collection,
    Field,
    Generated,
    Index,
    Relation,
    Rule,
    Shadow,
    make_catalog,
    make_collection,
)

Json = dict[str, Any]

_ID_FIELD_TYPES = {"uuid": "uuid", "int": "int", "text": "string"}
_LOOKUPS = frozenset({"by_id", "by_column", "stored_fields"})


def system_fields(id_type: str, *, created_by: bool) -> tuple[Field, ...]:
    """The fields that every record has, under fixed ids."""
    common = (
        Field("id", "id", _ID_FIELD_TYPES[id_type], "id", required=True, unique=True),
        Field("created_at", "created_at", "datetime", "created_at", read_only=True),
        Field("updated_at", "updated_at", "datetime", "updated_at", read_only=True),
    )
    if not created_by:
        return common
    return (*common, Field("created_by", "created_by", "uuid", "created_by", read_only=True))


def user_fields(collection: Collection) -> tuple[Field, ...]:
    """The fields that are not system fields."""
    fixed = {"id", "created_at", "updated_at", "created_by"}
    return tuple(f for f in collection.fields.values() if f.id not in fixed)


def catalog_to_snapshot(catalog: Catalog) -> Json:
    """The stored form: ``{"collections": […], "aliases": {…}}``."""
    return {
        "collections": [_collection_to_json(c) for c in catalog.collections.values()],
        "aliases": dict(catalog.aliases),
    }


def catalog_from_snapshot(
    project_id: UUID, schema: str, version: int, digest: str, snapshot: Mapping[str, Any]
) -> Catalog:
    """The catalog that ``catalog_to_snapshot`` was given."""
    id_types = {c["id"]: c.get("id_type", "uuid") for c in snapshot["collections"]}
    return make_catalog(
        project_id=project_id,
        schema=schema,
        version=version,
        hash=digest,
        collections=[_collection_from_json(c, id_types) for c in snapshot["collections"]],
        aliases=snapshot.get("aliases", {}),
    )


def collection_to_stored(collection: Collection) -> Json:
    """One collection in the stored form."""
    return _collection_to_json(collection)


def collection_from_stored(stored: Mapping[str, Any], id_types: Mapping[str, str]) -> Collection:
    """The collection that ``collection_to_stored`` was given; ``id_types`` by collection id."""
    return _collection_from_json(stored, id_types)


def field_to_stored(field: Field) -> Json:
    """One field in the stored form."""
    return _field_to_json(field)


def field_from_stored(stored: Mapping[str, Any]) -> Field:
    """The field that ``field_to_stored`` was given."""
    return _field_from_json(stored)


def with_key_types(collections: Iterable[Collection]) -> tuple[Collection, ...]:
    """The collections with every relation field knowing its target's kind of key."""
    known = tuple(collections)
    id_types = {c.id: c.id_type for c in known}
    return tuple(
        make_collection(**_parts(c), fields=[_with_key(f, id_types) for f in c.fields.values()])
        for c in known
    )


def collection_to_json(collection: Collection, catalog: Catalog) -> Json:
    """The public form, with immutable ids; references are by name."""
    names = {f.id: f.name for f in collection.fields.values()}
    shown: Json = {
        "id": collection.id,
        "name": collection.name,
        "label": collection.label,
        "description": collection.description,
        "id_type": collection.id_type,
        "fields": [field_to_json(f, catalog) for f in user_fields(collection)],
        "indexes": [
            {"id": i.id, "fields": _named(i.fields, names)}
            for i in collection.indexes
            if not i.unique
        ],
        "unique": [_named(i.fields, names) for i in collection.indexes if i.unique],
        "history": collection.history,
        "created_by": collection.created_by,
        "validations": [_without_defaults(r) for r in collection.rules],
        "system": collection.system,
    }
    return {k: v for k, v in shown.items() if v not in (None, [], False) or k in _ALWAYS}


def field_to_json(field: Field, catalog: Catalog) -> Json:
    """A field in the public form."""
    shown = _without_defaults(field)
    for internal in ("column", "has_default", "default", "relation", "shadow", "validations"):
        shown.pop(internal, None)
    if field.type == "relation":
        shown.pop("items", None)
        shown |= _relation_to_json(field, catalog)
    elif field.type == "array":
        shown["type"] = f"array({shown.pop('items', 'string')})"
    if field.has_default:
        shown["default"] = _default_to_json(field.default)
    if field.validations:
        shown["validations"] = [_without_defaults(r) for r in field.validations]
    return shown


_ALWAYS = frozenset({"id", "name", "id_type", "fields", "history"})


def _relation_to_json(field: Field, catalog: Catalog) -> Json:
    relation = field.relation
    assert relation is not None  # noqa: S101 - the type says so
    target = catalog.by_id[relation.to]
    shown: Json = {"to": target.name, "kind": relation.kind}
    if relation.kind == "belongs_to":
        shown["on_delete"] = relation.on_delete
    if relation.via is not None:
        shown["via"] = target.by_id[relation.via].name
    return shown


def _named(ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [f"-{names[i[1:]]}" if i.startswith("-") else names[i] for i in ids]


def _without_defaults(value: Any) -> Json:
    """A dataclass as a dict of the members that differ from their defaults."""
    shown = {}
    for member in fields(value):
        held = getattr(value, member.name)
        if member.name in _LOOKUPS or (member.default is not MISSING and held == member.default):
            continue
        shown[member.name] = list(held) if isinstance(held, tuple) else held
    return shown


def _default_to_json(default: Any) -> Any:
    return {"generated": default.generator} if isinstance(default, Generated) else default


def _collection_to_json(collection: Collection) -> Json:
    stored = _without_defaults(collection)
    stored["fields"] = [_field_to_json(f) for f in user_fields(collection)]
    stored["indexes"] = [_without_defaults(i) for i in collection.indexes]
    stored["rules"] = [_without_defaults(r) for r in collection.rules]
    stored["aliases"] = dict(collection.aliases)
    return stored


def _field_to_json(field: Field) -> Json:
    stored = _without_defaults(field)
    if field.has_default:
        stored["default"] = _default_to_json(field.default)
    if field.relation:
        stored["relation"] = _without_defaults(field.relation)
    if field.shadow:
        stored["shadow"] = _without_defaults(field.shadow) | {"options": dict(field.shadow.options)}
    if field.validations:
        stored["validations"] = [_without_defaults(r) for r in field.validations]
    return stored


def _collection_from_json(stored: Mapping[str, Any], id_types: Mapping[str, str]) -> Collection:
    parts = dict(stored)
    own = (_with_key(_field_from_json(f), id_types) for f in parts.pop("fields"))
    fixed = system_fields(parts.get("id_type", "uuid"), created_by=parts.get("created_by", False))
    parts["indexes"] = tuple(
        Index(**i | {"fields": tuple(i["fields"])}) for i in parts.pop("indexes", ())
    )
    parts["rules"] = tuple(Rule(**r) for r in parts.pop("rules", ()))
    return make_collection(**parts, fields=(*fixed, *own))


def _field_from_json(stored: Mapping[str, Any]) -> Field:
    parts = dict(stored)
    if isinstance(parts.get("default"), dict) and set(parts["default"]) == {"generated"}:
        parts["default"] = Generated(parts["default"]["generated"])
    if "relation" in parts:
        parts["relation"] = Relation(**parts["relation"])
    if "shadow" in parts:
        parts["shadow"] = Shadow(**parts["shadow"])
    parts["validations"] = tuple(Rule(**r) for r in parts.get("validations", ()))
    parts["values"] = tuple(parts.get("values", ()))
    return Field(**parts)


def _with_key(field: Field, id_types: Mapping[str, str]) -> Field:
    if field.relation is None:
        return field
    return replace(field, items=id_types.get(field.relation.to, "uuid"))


def _parts(collection: Collection) -> Json:
    skipped = _LOOKUPS | {"fields"}
    return {
        m.name: getattr(collection, m.name) for m in fields(collection) if m.name not in skipped
    }
