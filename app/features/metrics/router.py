"""Routes of a project's figures: for its members."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import AppServices, CurrentMember
from app.api.routing import ApiRoute
from app.features.metrics import service
from app.features.metrics.schemas import RequestSeries, StorageRead

router = APIRouter(prefix="/api/projects/{project}/metrics", route_class=ApiRoute, tags=["metrics"])


@router.get("/requests")
async def get_request_metrics(
    member: CurrentMember,
    services: AppServices,
    hours: Annotated[int, Query(ge=1, le=service.MOST_HOURS)] = 24,
) -> RequestSeries:
    """Requests, refusals, errors and times over the last hours. They are some seconds late, and
    kept for 30 days."""
    return await service.read_requests(services, member, hours)


@router.get("/storage")
async def get_storage_metrics(member: CurrentMember, services: AppServices) -> StorageRead:
    """The room that each collection takes on disk."""
    return await service.read_storage(services, member)
