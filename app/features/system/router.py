"""Probes and metrics: open to anyone, and silent about everything but whether it works."""

from fastapi import APIRouter, Response, status
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.deps import AppServices
from app.api.routing import ApiRoute
from app.features.system import service
from app.features.system.schemas import Health, Liveness

router = APIRouter(route_class=ApiRoute, tags=["system"])


@router.get("/livez")
async def get_liveness() -> Liveness:
    """Whether the process answers. Says nothing about the database."""
    return Liveness(status="ok")


@router.get("/readyz", responses={503: {"model": Health}})
async def get_readiness(services: AppServices, response: Response) -> Health:
    """Whether requests can be served: the database, its migrations, the features' own checks.

    What is late behind the requests (``degraded``) is told, and keeps none away.
    """
    health = await service.check(services)
    if health.status == "unavailable":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = "2"
    return health


@router.get("/api/health", responses={503: {"model": Health}})
async def get_health(services: AppServices, response: Response) -> Health:
    """The same as /readyz, under the API's own prefix."""
    return await get_readiness(services, response)


@router.get("/metrics", response_class=Response)
async def get_metrics(services: AppServices) -> Response:
    """Counters of this process, in Prometheus' text format."""
    return Response(services.metrics.as_text(), media_type=CONTENT_TYPE_LATEST)
