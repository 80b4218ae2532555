"""The application: the edge around the fast lane around FastAPI; its start and its stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Scope

from app.api.errors import install_error_handlers
from app.api.fast_lane import FastLane
from app.api.middleware import Edge
from app.api.openapi import add_pages, describe, operation_id
from app.api.services import Services, make_services
from app.core.config import Settings, load_settings
from app.core.connection_errors import as_unavailable
from app.core.errors import UnavailableError
from app.core.tasks import end_tasks
from app.registry import load_features
from app.worker import run_worker

RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None) -> Edge:
    """The whole product as one ASGI application; without settings, those of the environment."""
    services = make_services(settings or load_settings(), load_features())
    app = create_fastapi(services)
    return Edge(FastLane(app, services), services, _route_finder(app))


def create_fastapi(services: Services) -> FastAPI:
    """The routes of all features, without the edge and the fast lane."""
    app = FastAPI(
        title="Backendify",
        version="1",
        description="A backend of real Postgres tables, made from a schema.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        openapi_tags=[dict(tag) for feature in services.features for tag in feature.tags],
        lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.services = services
    install_error_handlers(app)
    for feature in services.features:
        if feature.router is not None:
            app.include_router(feature.router)
        if feature.lost_page is not None:
            app.router.default = feature.lost_page(app.router.default)
    describe(app)
    add_pages(app)
    return app


def _route_finder(app: FastAPI) -> Callable[[Scope], str | None]:
    paths: dict[object, str | None] = {
        context.endpoint: context.path
        for context in iter_route_contexts(app.routes)
        if context.endpoint is not None
    }
    return lambda scope: paths.get(scope.get("endpoint"))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start, whether or not the database is there yet; stop in order."""
    services: Services = app.state.services
    tried = asyncio.Event()
    running = asyncio.create_task(_run(services, tried))
    await tried.wait()
    if running.done() and not services.started:
        running.result()
    try:
        yield
    finally:
        await end_tasks(running)
        await services.stop()


async def _run(services: Services, tried: asyncio.Event) -> None:
    """Reach the database, however long it takes, then do the work that no request asks for."""
    try:
        while not await _try_start(services):
            tried.set()
            await asyncio.sleep(RETRY_SECONDS)
    finally:
        tried.set()
    if services.settings.background:
        await run_worker(services)


async def _try_start(services: Services) -> bool:
    try:
        await services.start()
    except Exception as error:
        if not isinstance(error, UnavailableError) and as_unavailable(error) is None:
            raise
        log.warning("database_unreachable", error=str(error))
        return False
    return True
