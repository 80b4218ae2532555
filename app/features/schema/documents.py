"""Edits of a schema document: one collection or field added, changed or taken out.

Pure. References are by name, or by id, or by a former name.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.catalog.field_types import NAMES, named_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.catalog.snapshot import collection_to_json
from app.engine.schema.errors import (
    SchemaDependentsError,
    SchemaExistsError,
    SchemaNotFoundError,
    SchemaProtectedError,
)
from app.engine.schema.physical import own_fields
from app.engine.schema.system import is_system

Json = dict[str, Any]
_EVERY_TYPE = frozenset(
    {
        *("id", "name", "type", "label", "description", "required", "unique", "index", "default"),
        *("hidden", "searchable", "validations"),
    }
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A whole document, and the part of it that the client sent: faults are told relative to it."""

    document: Json
    part: Json | None = None


def schema_document(catalog: Catalog, *, system: bool = False) -> Json:
    """What the API shows: the user's collections and ``users``; with ``system``, all."""
    shown = [
        collection_to_json(collection, catalog)
        for collection in catalog.collections.values()
        if system or not collection.name.startswith("_")
    ]
    return {"collections": shown}


def find_collection(catalog: Catalog, reference: str) -> Collection:
    """By name, id or former name. Raises SchemaNotFoundError."""
    found = catalog.by_id.get(reference) or catalog.find_collection(reference)
    if found is None:
        raise SchemaNotFoundError("There is no such collection.")
    return found


def find_field(collection: Collection, reference: str) -> Field:
    """One of the collection's own fields. Raises SchemaNotFoundError."""
    found = collection.by_id.get(reference) or collection.find_field(reference)
    if found is None or found.id not in own_fields(collection):
        raise SchemaNotFoundError("There is no such field.")
    return found


def find_owner(catalog: Catalog, field_id: str) -> Collection:
    """The collection that has the field with an id. Raises SchemaNotFoundError."""
    for collection in catalog.collections.values():
        if field_id in own_fields(collection):
            return collection
    raise SchemaNotFoundError("There is no such field.")


def with_collection(catalog: Catalog, body: Mapping[str, Any]) -> Edit:
    """The document with one collection more. Raises SchemaExistsError."""
    document = schema_document(catalog, system=True)
    if catalog.collections.get(str(body.get("name"))):
        raise SchemaExistsError(f"There is a collection {body['name']!r} already.")
    document["collections"].append(dict(body))
    return Edit(document, document["collections"][-1])


def with_changed_collection(
    catalog: Catalog, collection: Collection, change: Mapping[str, Any]
) -> Edit:
    """The document with a collection's members replaced; null takes one out."""
    document, shown = _opened(catalog, collection)
    _merge(shown, change)
    return Edit(document, shown)


def without_collection(catalog: Catalog, collection: Collection, *, cascade: bool) -> Edit:
    """The document without a collection. Raises SchemaDependentsError."""
    if collection.system:
        raise SchemaProtectedError(f"The collection {collection.name!r} belongs to the product.")
    document = schema_document(catalog, system=True)
    dependents = [
        f"{other.name}.{field.name}"
        for other in catalog.collections.values()
        for field in other.fields.values()
        if field.relation and field.relation.to == collection.id and other.id != collection.id
    ]
    if dependents and not cascade:
        raise SchemaDependentsError(collection.name, dependents)
    document["collections"] = [c for c in document["collections"] if c["id"] != collection.id]
    for shown in document["collections"]:
        gone = {f["name"] for f in shown["fields"] if f.get("to") == collection.name}
        _take_out(shown, gone)
    return Edit(document)


def with_field(catalog: Catalog, collection: Collection, body: Mapping[str, Any]) -> Edit:
    """The document with one field more. Raises SchemaExistsError."""
    document, shown = _opened(catalog, collection)
    if any(f["name"] == body.get("name") for f in shown["fields"]):
        raise SchemaExistsError(f"{collection.name!r} has a field {body['name']!r} already.")
    shown["fields"].append(dict(body))
    return Edit(document, shown["fields"][-1])


def with_changed_field(
    catalog: Catalog, collection: Collection, field: Field, change: Mapping[str, Any]
) -> Edit:
    """The document with a field's options replaced. Options that a new type does not have go."""
    document, shown = _opened(catalog, collection)
    found = next(f for f in shown["fields"] if f["id"] == field.id)
    if change.get("type", found["type"]) != found["type"]:
        _keep_fitting(found, str(change["type"]))
    _merge(found, change)
    return Edit(document, found)


def without_field(catalog: Catalog, collection: Collection, field: Field, *, cascade: bool) -> Edit:
    """The document without a field, and without the indexes it is in.

    Raises SchemaDependentsError when a has_many stands on it.
    """
    if is_system(field.id):
        raise SchemaProtectedError(f"The field {field.name!r} belongs to the product.")
    document, shown = _opened(catalog, collection)
    dependents = [
        (other, each)
        for other in catalog.collections.values()
        for each in other.fields.values()
        if each.relation and each.relation.via == field.id
    ]
    if dependents and not cascade:
        names = [f"{other.name}.{each.name}" for other, each in dependents]
        raise SchemaDependentsError(field.name, names)
    _take_out(shown, {field.name})
    for other, each in dependents:
        _take_out(_shown(document, other), {each.name})
    return Edit(document)


def _opened(catalog: Catalog, collection: Collection) -> tuple[Json, Json]:
    document = copy.deepcopy(schema_document(catalog, system=True))
    return document, _shown(document, collection)


def _shown(document: Json, collection: Collection) -> Json:
    found: Json = next(c for c in document["collections"] if c["id"] == collection.id)
    return found


def _merge(shown: Json, change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if value is None:
            shown.pop(key, None)
        else:
            shown[key] = value


def _keep_fitting(shown: Json, type_name: str) -> None:
    known = named_type(type_name).options if type_name in NAMES else frozenset()
    for key in list(shown):
        if key not in known | _EVERY_TYPE:
            del shown[key]


def _take_out(shown: Json, names: set[str]) -> None:
    if not names:
        return
    shown["fields"] = [f for f in shown["fields"] if f["name"] not in names]
    if "indexes" in shown:
        kept = [i for i in shown["indexes"] if not names & {p.lstrip("-") for p in i["fields"]}]
        shown["indexes"] = kept
    if "unique" in shown:
        shown["unique"] = [u for u in shown["unique"] if not names & set(u)]
