"""Routes of a project's schema: HTTP only."""

from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response, status

from app.api.deps import RoleRequiredError
from app.api.openapi import problems
from app.api.paging import PageInfo, PagingParams
from app.api.routing import ApiRoute
from app.core.errors import PreconditionFailedError
from app.engine.schema.apply import Wish
from app.engine.schema.changes.alter_steps import NoCastError
from app.engine.schema.drafts import Draft, Expected
from app.engine.schema.errors import (
    SchemaBusyError,
    SchemaCastFailedError,
    SchemaConflictError,
    SchemaDataConflictError,
    SchemaDriftError,
    SchemaInvalidError,
    SchemaJobRunningError,
    SchemaNotFoundError,
    SchemaPlanChangedError,
    SchemaUnsafeChangeError,
    SchemaUnsupportedError,
)
from app.engine.schema.plan import plan_to_json
from app.engine.schema.store import AppliedVersion
from app.features.schema import service
from app.features.schema.collection_routes import router as collection_routes
from app.features.schema.documents import schema_document
from app.features.schema.schemas import (
    SchemaAdoptRequest,
    SchemaApplyRequest,
    SchemaDraftRequest,
    SchemaPlanRequest,
    SchemaRollbackRequest,
)
from app.features.schema.scopes import Reading, Writing
from app.features.schema.shown_plans import shown_plan

Json = dict[str, Any]
IfMatch = Annotated[str | None, Header(max_length=300)]
Version = Annotated[int, Path(ge=1, le=2**62)]

router = APIRouter(prefix="/api/projects/{project}", route_class=ApiRoute, tags=["schema"])
_CHANGE = problems(
    RoleRequiredError,
    SchemaConflictError,
    SchemaPlanChangedError,
    SchemaJobRunningError,
    SchemaDriftError,
    SchemaInvalidError,
    SchemaUnsafeChangeError,
    SchemaDataConflictError,
    SchemaCastFailedError,
    SchemaUnsupportedError,
    SchemaBusyError,
)


_ADOPT = _CHANGE | problems(SchemaNotFoundError)


@router.get("/schema")
async def get_schema(
    scope: Reading,
    system: Annotated[bool, Query(description="Show all system collections too.")] = False,
) -> Json:
    """The whole schema with its version and hash: the base of every change.

    ``has_draft``: changes to it are kept, and not applied yet.
    """
    catalog = await service.read_schema(scope)
    return {
        "version": catalog.version,
        "hash": catalog.hash,
        "schema": schema_document(catalog, system=system),
        "has_draft": await service.has_draft(scope),
    }


@router.post("/schema/plan", responses=_CHANGE)
async def plan_schema(data: SchemaPlanRequest, scope: Reading) -> Json:
    """What applying a schema would do: steps, SQL, locks, risk, rows in the way."""
    preview = await service.plan_document(scope, data.schema_, base=data.base, fills=data.fill)
    return await shown_plan(scope, preview.as_json())


@router.post("/schema/apply", responses=_CHANGE)
async def apply_schema(data: SchemaApplyRequest, scope: Writing) -> Json:
    """Make a schema the current one. What takes long goes on as ``jobs``; the rest is done."""
    wish = Wish(
        lambda current: current,
        base=data.base,
        plan_hash=data.plan_hash,
        confirm=data.confirm,
        fills=data.fill,
    )
    if data.draft:
        return (await service.apply_draft(scope, wish)).as_json()
    return (await service.apply_document(scope, data.schema_ or {}, wish)).as_json()


@router.get("/schema/draft", responses=problems(SchemaNotFoundError))
async def get_schema_draft(scope: Reading, response: Response) -> Json:
    """The pending changes of the project, shared by its admins, with their ETag."""
    return _draft(await service.read_draft(scope), response)


@router.put(
    "/schema/draft",
    responses=problems(RoleRequiredError, SchemaInvalidError, PreconditionFailedError),
)
async def put_schema_draft(
    data: SchemaDraftRequest,
    scope: Writing,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfMatch = None,
) -> Json:
    """Keep pending changes in place of those that are kept. With `If-Match` only in place of those
    of that ETag, with `If-None-Match: *` only where there are none: else 412."""
    expected = Expected(if_match, if_none_match)
    return _draft(await service.keep_draft(scope, data.schema_, data.base, expected), response)


@router.delete(
    "/schema/draft",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, PreconditionFailedError),
)
async def delete_schema_draft(scope: Writing, if_match: IfMatch = None) -> None:
    """Forget the pending changes; with `If-Match` only those of that ETag."""
    await service.remove_draft(scope, Expected(if_match))


@router.get("/schema/history")
async def list_schema_versions(scope: Reading, paging: PagingParams) -> Json:
    """Every applied version, the newest first."""
    found, more = await service.list_history(scope, paging.limit, paging.offset)
    page = PageInfo(limit=paging.limit, offset=paging.offset, has_more=more)
    return {"data": [await _version(scope, each) for each in found], "page": page.model_dump()}


@router.get("/schema/history/{version}", responses=problems(SchemaNotFoundError))
async def get_schema_version(scope: Reading, version: Version) -> Json:
    """One applied version with the schema as it was."""
    applied, shown = await service.read_version(scope, version)
    return await _version(scope, applied) | {"schema": shown}


@router.get("/schema/diff", responses=problems(SchemaNotFoundError, NoCastError))
async def diff_schema_versions(
    scope: Reading,
    old: Annotated[int, Query(alias="from", ge=1, le=2**62)],
    new: Annotated[int, Query(alias="to", ge=1, le=2**62)],
) -> Json:
    """What lies between two applied versions."""
    return plan_to_json(await service.compare_versions(scope, old, new))


@router.post("/schema/rollback/plan", responses=_CHANGE)
async def plan_schema_rollback(data: SchemaRollbackRequest, scope: Reading) -> Json:
    """What rolling back would do. Changes nothing."""
    preview = await service.plan_rollback(scope, data.version, data.fill)
    return await shown_plan(scope, preview.as_json())


@router.post("/schema/rollback", responses=_CHANGE | problems(SchemaNotFoundError, NoCastError))
async def rollback_schema(data: SchemaRollbackRequest, scope: Writing) -> Json:
    """Make an applied version's schema the current one, with the data of what was dropped since."""
    outcome = await service.roll_back(scope, data.version, confirm=data.confirm, fills=data.fill)
    return outcome.as_json()


@router.get("/schema/drift")
async def get_schema_drift(scope: Reading) -> Json:
    """Whether the database is what was recorded."""
    found = await service.read_drift(scope)
    return {"in_sync": not found, "differences": [each.as_json() for each in found]}


@router.post("/schema/adopt/plan", responses=_ADOPT)
async def plan_table_adoption(data: SchemaAdoptRequest, scope: Reading) -> Json:
    """What making a collection of a foreign table would do to it."""
    preview = await service.plan_adoption(scope, data.table, data.name)
    return await shown_plan(scope, preview.as_json())


@router.post("/schema/adopt", responses=_ADOPT)
async def adopt_table(data: SchemaAdoptRequest, scope: Writing) -> Json:
    """Make a collection of a table that stands in the project's schema already, with its rows."""
    outcome = await service.adopt_table(scope, data.table, data.name, data.confirm)
    return outcome.as_json()


@router.get("/schema/jobs")
async def list_schema_jobs(scope: Reading) -> Json:
    """Online changes, the newest first."""
    jobs = await service.read_jobs(scope)
    page = PageInfo(limit=100, offset=0, has_more=False)
    return {"data": [job.as_json() for job in jobs], "page": page.model_dump()}


@router.get("/schema/jobs/{job_id}", responses=problems(SchemaNotFoundError))
async def get_schema_job(scope: Reading, job_id: UUID) -> Json:
    """How far an online change is."""
    return (await service.read_job(scope, job_id)).as_json()


@router.post(
    "/schema/jobs/{job_id}/cancel", responses=problems(RoleRequiredError, SchemaNotFoundError)
)
async def cancel_schema_job(scope: Writing, job_id: UUID) -> Json:
    """Ask an online change to stop and to undo what it did."""
    return (await service.cancel_job(scope, job_id)).as_json()


@router.get("/schema/former-names")
async def list_former_names(scope: Reading) -> Json:
    """Names that were changed and still work, with how often they were used since."""
    shown = [each.as_json() for each in await service.read_former_names(scope)]
    page = PageInfo(limit=len(shown), offset=0, has_more=False)
    return {"data": shown, "page": page.model_dump()}


@router.delete(
    "/schema/former-names/{name}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, SchemaNotFoundError, SchemaBusyError),
)
async def delete_former_name(
    scope: Writing,
    name: str,
    collection: Annotated[
        str | None, Query(description="For a field's former name, its collection.")
    ] = None,
) -> None:
    """Stop answering to a former name, of a collection or of a field in one."""
    await service.remove_former_name(scope, collection, name)


router.include_router(collection_routes)


def _draft(draft: Draft, response: Response) -> Json:
    response.headers["ETag"] = draft.tag
    return {
        "base": draft.base,
        "schema": draft.schema,
        "updated_at": draft.updated_at.astimezone(UTC).isoformat(),
        "updated_by": draft.updated_by,
    }


async def _version(scope: service.Scope, applied: AppliedVersion) -> Json:
    return {
        "version": applied.version,
        "hash": applied.hash,
        "applied_at": applied.applied_at.astimezone(UTC).isoformat(),
        "actor": applied.actor,
        "summary": applied.summary,
        "plan": await shown_plan(scope, applied.plan),
    }
