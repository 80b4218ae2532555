"""HTTP for the audit routes. Everything below ``/api/projects/{project}/audit``."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from app.api.deps import AppServices, CurrentMember, RoleRequiredError
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.core.json_text import dump_json
from app.features.audit import service
from app.features.audit.exporting import MEDIA_TYPES, as_file
from app.features.audit.schemas import AuditList, Format, Source

router = APIRouter(prefix="/api/projects/{project}/audit", route_class=ApiRoute, tags=["audit"])
Text = Annotated[str | None, Query(max_length=300)]


def _filters(
    collection: Text = None,
    action: Text = None,
    actor_id: Text = None,
    record_id: Text = None,
    request_id: Text = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
) -> dict[str, str | datetime | None]:
    return {
        "collection": collection,
        "action": action,
        "actor_id": actor_id,
        "record_id": record_id,
        "request_id": request_id,
        "since": since,
        "until": until,
    }


FilterParams = Annotated[dict[str, Any], Depends(_filters)]


@router.get(
    "", response_model=AuditList, responses=problems(RoleRequiredError, service.AuditCursorError)
)
async def list_audit_entries(
    member: CurrentMember,
    services: AppServices,
    filters: FilterParams,
    source: Source = "data",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Text = None,
) -> Response:
    """What happened to records (``data``), or what admins did (``control``), the newest first."""
    found, more = await service.list_entries(
        services, member, source, {**filters, "before": cursor}, limit
    )
    page = {"limit": limit, "has_more": more, "next_cursor": found[-1]["cursor"] if more else None}
    return Response(dump_json({"data": found, "page": page}), media_type="application/json")


@router.get("/export", responses=problems(RoleRequiredError))
async def export_audit_entries(
    member: CurrentMember,
    services: AppServices,
    filters: FilterParams,
    source: Source = "data",
    format: Format = "ndjson",
) -> StreamingResponse:
    """The same, all of it: a line of JSON for each entry, or CSV."""
    entries = await service.open_entries(services, member, source, filters)
    disposition = f'attachment; filename="audit.{format}"'
    return StreamingResponse(
        as_file(entries, format),
        media_type=MEDIA_TYPES[format],
        headers={"content-disposition": disposition},
    )
