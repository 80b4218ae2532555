"""A project's own OpenAPI document: its collections, typed field by field for the caller."""

from collections.abc import Iterator
from typing import Any

from app import __version__
from app.api.services import Services
from app.core.errors import UnauthenticatedError
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.identity.principal import Caller
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.parameters import RESERVED
from app.engine.query.pipeline import Call

Json = dict[str, Any]

_PROBLEM = {"$ref": "#/components/responses/Problem"}


async def describe_project(services: Services, caller: Caller) -> Json:
    """OpenAPI 3.1 of every collection that the caller may reach, with what they may do there.

    Raises UnauthenticatedError where there is none without credentials.
    """
    catalog, access = await services.pipeline.ground(Call(caller, ""))
    collections = [
        c for c in catalog.collections.values() if access.find(c, "list") or access.find(c, "read")
    ]
    if not collections and caller.principal.kind == "anonymous":
        raise UnauthenticatedError("This needs credentials.", hint="Send an Authorization header.")
    paths: Json = {}
    schemas: Json = {}
    for collection in collections:
        paths |= _paths(collection, access, caller.project.slug)
        schemas |= _schemas(collection, catalog, access)
    return {
        "openapi": "3.1.0",
        "info": {"title": caller.project.slug, "version": str(catalog.version)},
        "servers": [{"url": services.settings.base_url}],
        "security": [{"bearer": []}, {"apiKey": []}],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Problem": _problem_schema()},
            "responses": {"Problem": _problem_response()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "x-backendify-version": __version__,
    }


def _paths(collection: Collection, access: Access, slug: str) -> Json:
    base = f"/api/projects/{slug}/data/{collection.name}"
    key = {
        "name": "id", "in": "path", "required": True,
        "schema": field_type(collection.fields["id"]).json_schema(collection.fields["id"]),
    }  # fmt: skip
    many: Json = {}
    one: Json = {"parameters": [key]}
    actions: tuple[tuple[Action, Json, str], ...] = (
        ("list", many, "get"), ("create", many, "post"), ("read", one, "get"),
        ("update", one, "patch"), ("delete", one, "delete"),
    )  # fmt: skip
    for action, path, method in actions:
        grant = access.find(collection, action)
        if grant is not None:
            path[method] = _operation(collection, action, grant)
    return {base: many, f"{base}/{{id}}": one}


def _operation(collection: Collection, action: Action, grant: Grant) -> Json:
    name = _title(collection.name)
    operation: Json = {
        "operationId": f"{action}_{collection.name}",
        "tags": [collection.name],
        "summary": f"{action.capitalize()} {collection.label or collection.name}",
        "responses": {"default": _PROBLEM} | _answer(action, name),
    }
    if action == "list":
        operation["parameters"] = list(_list_parameters(collection, grant))
    if action in {"create", "update"}:
        kind = "Create" if action == "create" else "Update"
        operation["requestBody"] = {"required": True, "content": _json(f"{name}{kind}")}
    return operation


def _answer(action: Action, name: str) -> Json:
    if action == "delete":
        return {"204": {"description": "Deleted"}}
    if action == "create":
        return {"201": {"description": "Created", "content": _json(name)}}
    shown = f"{name}List" if action == "list" else name
    return {"200": {"description": "Found", "content": _json(shown)}}


def _list_parameters(collection: Collection, grant: Grant) -> Iterator[Json]:
    for name in sorted(RESERVED):
        kind = "integer" if name in {"limit", "offset"} else "string"
        yield {"name": name, "in": "query", "schema": {"type": kind}}
    for field in collection.stored_fields:
        if grant.may_touch(field.id) and not field.hidden:
            said = f"Operators: {', '.join(sorted(field_type(field).operators))} as `__<operator>`."
            name = f"f.{field.name}" if field.name in RESERVED else field.name
            yield {"name": name, "in": "query", "schema": {"type": "string"}, "description": said}


def _schemas(collection: Collection, catalog: Catalog, access: Access) -> Json:
    name = _title(collection.name)
    read = access.find(collection, "read") or access.find(collection, "list")
    schemas: Json = {name: _record_schema(collection, catalog, access, read)}
    schemas[f"{name}List"] = _list_schema(name)
    create, update = access.find(collection, "create"), access.find(collection, "update")
    if create is not None:
        schemas[f"{name}Create"] = _write_schema(collection, create, creating=True)
    if update is not None:
        schemas[f"{name}Update"] = _write_schema(collection, update, creating=False)
    return schemas


def _record_schema(
    collection: Collection, catalog: Catalog, access: Access, grant: Grant | None
) -> Json:
    properties: Json = {}
    for field in collection.fields.values():
        if grant is None or not grant.may_touch(field.id) or field.hidden:
            continue
        if field.is_stored:
            properties[field.column] = _field_schema(field)
        if field.relation is not None:
            properties |= _relation_schema(field, catalog, access)
    return {"type": "object", "properties": properties} | _described(collection)


def _relation_schema(field: Field, catalog: Catalog, access: Access) -> Json:
    """The relation's member; where nothing of the other collection is seen, it is not named."""
    found = catalog.target(field)
    target = {"$ref": f"#/components/schemas/{_title(found.name)}"}
    is_seen = access.find(found, "read" if field.is_belongs_to else "list") is not None
    links = field.relation is not None and field.relation.kind == "many_to_many"
    listed: Json = {"type": "array", "items": target}
    if links and not is_seen:
        return {field.name: _ids_schema(field)}
    if not is_seen:
        return {}
    if field.is_belongs_to:
        return {field.name: {"oneOf": [target, {"type": "null"}], "description": "With expand."}}
    if links:
        told = {"oneOf": [_ids_schema(field), listed], "description": "Ids; records with expand."}
        return {field.name: told}
    return {field.name: listed | {"description": "With expand."}}


def _write_schema(collection: Collection, grant: Grant, *, creating: bool) -> Json:
    properties: Json = {}
    required = []
    for field in collection.fields.values():
        is_list = field.relation is not None and field.relation.kind == "has_many"
        hidden = field.read_only or is_list or not grant.may_touch(field.id)
        if hidden or (field.id == "id" and not creating):
            continue
        key = field.column or field.name
        properties[key] = _field_schema(field) if field.is_stored else _ids_schema(field)
        if creating and field.required and not field.has_default and field.id != "id":
            required.append(key)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _ids_schema(field: Field) -> Json:
    return {"type": "array", "items": field_type(field).json_schema(field)}


def _field_schema(field: Field) -> Json:
    schema = field_type(field).json_schema(field)
    if field.label:
        schema["title"] = field.label
    if field.description:
        schema["description"] = field.description
    if field.required or "type" not in schema:
        return schema
    return schema | {"type": [schema["type"], "null"]}


def _described(collection: Collection) -> Json:
    return {"description": collection.description} if collection.description else {}


def _list_schema(name: str) -> Json:
    return {
        "type": "object",
        "required": ["data", "page"],
        "properties": {
            "data": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
            "page": {
                "type": "object",
                "properties": {
                    "limit": {"type": "integer"},
                    "offset": {"type": "integer"},
                    "has_more": {"type": "boolean"},
                    "next_cursor": {"type": ["string", "null"]},
                },
            },
            "total": {"type": "integer"},
        },
    }


def _problem_schema() -> Json:
    text = {"type": "string"}
    names = ("type", "title", "detail", "instance", "code", "hint", "request_id")
    return {
        "type": "object",
        "properties": dict.fromkeys(names, text) | {"status": {"type": "integer"}},
    }


def _problem_response() -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "A problem", "content": {"application/problem+json": {"schema": schema}}}


def _json(name: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
