"""Routes of the console's files. Its own addresses are whatever no other route takes."""

from fastapi import APIRouter, Request, Response

from app.features.console import serving

# Not of the class ApiRoute: the console's addresses carry parameters of its own.
router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def get_console() -> Response:
    """Its first page, or word that it has not been built."""
    return serving.page()


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def get_console_asset(name: str, request: Request) -> Response:
    """A file whose name changes with its content."""
    return serving.asset(name, request.headers.get("accept-encoding", ""))


for _name in serving.PUBLIC:

    @router.api_route(f"/{_name}", methods=["GET", "HEAD"], name=f"get_{_name}")
    async def _get_public(request: Request) -> Response:
        return serving.public(request.url.path.removeprefix("/"))
