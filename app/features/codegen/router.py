"""HTTP only: a route for each language's file."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from app.api.deps import AppServices, DataCaller
from app.api.routing import ApiRoute
from app.features.codegen.languages import FILES
from app.features.codegen.service import render_types

router = APIRouter(route_class=ApiRoute, prefix="/api/projects/{project}", tags=["codegen"])


def _route(language: str) -> Callable[..., Awaitable[str]]:
    async def get_types(caller: DataCaller, services: AppServices) -> str:
        return await render_types(services, caller, language)

    return get_types


for _language, _file in FILES.items():
    router.get(
        f"/{_file}",
        name=f"get_types_{_language}",
        response_class=PlainTextResponse,
        description="The types of this project's collections, of those that the caller may reach.",
    )(_route(_language))
