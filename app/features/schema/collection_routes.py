"""Routes of single collections and fields: each is a plan and an apply of that one change."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response, status

from app.api.deps import RoleRequiredError
from app.api.openapi import problems
from app.api.paging import PageInfo
from app.api.routing import ApiRoute
from app.engine.catalog.model import Catalog
from app.engine.catalog.snapshot import collection_to_json, field_to_json
from app.engine.schema.errors import (
    SchemaBusyError,
    SchemaCastFailedError,
    SchemaDataConflictError,
    SchemaDependentsError,
    SchemaExistsError,
    SchemaInvalidError,
    SchemaJobRunningError,
    SchemaNotFoundError,
    SchemaUnsafeChangeError,
)
from app.features.schema import documents, service
from app.features.schema.scopes import Reading, Writing

Json = dict[str, Any]
Document = Annotated[Json, Body()]
Confirm = Annotated[
    str | None, Query(max_length=100, description="The plan_hash of a change that loses data.")
]
Cascade = Annotated[bool, Query(description="Drop the relations that lead here too.")]

router = APIRouter(route_class=ApiRoute, tags=["collections"])
_CREATE = problems(
    RoleRequiredError,
    SchemaNotFoundError,
    SchemaExistsError,
    SchemaInvalidError,
    SchemaDataConflictError,
    SchemaJobRunningError,
    SchemaBusyError,
)
_CHANGE = problems(
    RoleRequiredError,
    SchemaNotFoundError,
    SchemaInvalidError,
    SchemaUnsafeChangeError,
    SchemaDataConflictError,
    SchemaCastFailedError,
    SchemaJobRunningError,
    SchemaBusyError,
)
_DROP = problems(
    RoleRequiredError,
    SchemaNotFoundError,
    SchemaDependentsError,
    SchemaUnsafeChangeError,
    SchemaJobRunningError,
    SchemaBusyError,
)


@router.get("/collections")
async def list_collections(scope: Reading) -> Json:
    """The project's collections, and ``users``."""
    shown = documents.schema_document(await service.read_schema(scope))["collections"]
    page = PageInfo(limit=len(shown), offset=0, has_more=False)
    return {"data": shown, "page": page.model_dump()}


@router.post("/collections", status_code=status.HTTP_201_CREATED, responses=_CREATE)
async def create_collection(body: Document, scope: Writing, response: Response) -> Json:
    """Make a collection, its fields and indexes with it."""
    outcome = await service.apply_edit(scope, lambda c: documents.with_collection(c, body))
    name = str(body["name"])
    response.headers["Location"] = _location(scope, f"collections/{name}")
    return _shown(outcome, name)


@router.get("/collections/{collection}", responses=problems(SchemaNotFoundError))
async def get_collection(collection: str, scope: Reading) -> Json:
    """One collection, by its name, id or former name."""
    catalog = await service.read_schema(scope)
    return collection_to_json(documents.find_collection(catalog, collection), catalog)


@router.patch("/collections/{collection}", responses=_CHANGE)
async def update_collection(
    collection: str, change: Document, scope: Writing, confirm: Confirm = None
) -> Json:
    """Change what is given; null takes an option out. A changed ``name`` is a rename."""
    known = documents.find_collection(await service.read_schema(scope), collection)

    def edit(catalog: Catalog) -> documents.Edit:
        found = documents.find_collection(catalog, known.id)
        return documents.with_changed_collection(catalog, found, change)

    return _shown(await service.apply_edit(scope, edit, confirm), known.id)


@router.delete("/collections/{collection}", status_code=status.HTTP_204_NO_CONTENT, responses=_DROP)
async def delete_collection(
    collection: str, scope: Writing, confirm: Confirm = None, cascade: Cascade = False
) -> None:
    """Drop a collection. Its data can be brought back by a rollback while it is retained."""

    def edit(catalog: Catalog) -> documents.Edit:
        found = documents.find_collection(catalog, collection)
        return documents.without_collection(catalog, found, cascade=cascade)

    await service.apply_edit(scope, edit, confirm)


@router.post(
    "/collections/{collection}/fields",
    status_code=status.HTTP_201_CREATED,
    responses=_CREATE,
)
async def create_field(collection: str, body: Document, scope: Writing, response: Response) -> Json:
    """Add a field."""
    known = documents.find_collection(await service.read_schema(scope), collection)

    def edit(catalog: Catalog) -> documents.Edit:
        found = documents.find_collection(catalog, known.id)
        return documents.with_field(catalog, found, body)

    outcome = await service.apply_edit(scope, edit)
    name = str(body["name"])
    response.headers["Location"] = _location(scope, f"collections/{known.name}/fields/{name}")
    return _shown_field(outcome, known.id, name)


@router.get("/collections/{collection}/fields/{field}", responses=problems(SchemaNotFoundError))
async def get_field(collection: str, field: str, scope: Reading) -> Json:
    """One field, by its name, id or former name."""
    catalog = await service.read_schema(scope)
    owner = documents.find_collection(catalog, collection)
    return field_to_json(documents.find_field(owner, field), catalog)


@router.patch("/collections/{collection}/fields/{field}", responses=_CHANGE)
async def update_field(
    collection: str, field: str, change: Document, scope: Writing, confirm: Confirm = None
) -> Json:
    """Change what is given; null takes an option out. A changed ``name`` is a rename."""
    owner = documents.find_collection(await service.read_schema(scope), collection)
    return await _update(scope, owner.id, documents.find_field(owner, field).id, change, confirm)


@router.delete(
    "/collections/{collection}/fields/{field}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_DROP,
)
async def delete_field(
    collection: str,
    field: str,
    scope: Writing,
    confirm: Confirm = None,
    cascade: Cascade = False,
) -> None:
    """Drop a field. Its data can be brought back by a rollback while it is retained."""
    owner = documents.find_collection(await service.read_schema(scope), collection)
    found = documents.find_field(owner, field)
    await _delete(scope, owner.id, found.id, confirm, cascade=cascade)


@router.patch("/fields/{field_id}", responses=_CHANGE)
async def update_field_by_id(
    field_id: str, change: Document, scope: Writing, confirm: Confirm = None
) -> Json:
    """Change a field that is known by its id."""
    owner = documents.find_owner(await service.read_schema(scope), field_id)
    return await _update(scope, owner.id, field_id, change, confirm)


@router.delete("/fields/{field_id}", status_code=status.HTTP_204_NO_CONTENT, responses=_DROP)
async def delete_field_by_id(
    field_id: str, scope: Writing, confirm: Confirm = None, cascade: Cascade = False
) -> None:
    """Drop a field that is known by its id."""
    owner = documents.find_owner(await service.read_schema(scope), field_id)
    await _delete(scope, owner.id, field_id, confirm, cascade=cascade)


async def _update(
    scope: service.Scope, owner_id: str, field_id: str, change: Json, confirm: str | None
) -> Json:
    def edit(catalog: Catalog) -> documents.Edit:
        owner = documents.find_collection(catalog, owner_id)
        field = documents.find_field(owner, field_id)
        return documents.with_changed_field(catalog, owner, field, change)

    return _shown_field(await service.apply_edit(scope, edit, confirm), owner_id, field_id)


async def _delete(
    scope: service.Scope, owner_id: str, field_id: str, confirm: str | None, *, cascade: bool
) -> None:
    def edit(catalog: Catalog) -> documents.Edit:
        owner = documents.find_collection(catalog, owner_id)
        field = documents.find_field(owner, field_id)
        return documents.without_field(catalog, owner, field, cascade=cascade)

    await service.apply_edit(scope, edit, confirm)


def _shown(outcome: service.Outcome, reference: str) -> Json:
    collection = documents.find_collection(outcome.catalog, reference)
    return _with_jobs(collection_to_json(collection, outcome.catalog), outcome)


def _shown_field(outcome: service.Outcome, owner: str, reference: str) -> Json:
    collection = documents.find_collection(outcome.catalog, owner)
    field = documents.find_field(collection, reference)
    return _with_jobs(field_to_json(field, outcome.catalog), outcome)


def _with_jobs(shown: Json, outcome: service.Outcome) -> Json:
    """The object as it is now, and what is still being changed about it."""
    return shown | ({"jobs": outcome.running} if outcome.running else {})


def _location(scope: service.Scope, path: str) -> str:
    return f"/api/projects/{scope.caller.project.slug}/{path}"
