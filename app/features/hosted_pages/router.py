"""Routes of the pages and their two files. They only read: a mail scanner may open any link."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.features.hosted_pages.pages import PAGES, Page
from app.features.hosted_pages.rendering import ASSETS_PATH, read_asset, render_page

# A script that does not run would leave the form to the browser, which may send it nowhere.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MEDIA_TYPES: Final = {"page.js": "text/javascript", "page.css": "text/css"}

# Not of the class ApiRoute, which refuses what it does not know: mails' links gain parameters.
router = APIRouter(include_in_schema=False)


def _serve(page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        has_token = bool(request.query_params.get("token"))
        shown = render_page(page, request.path_params.get("project"), has_token=has_token)
        return HTMLResponse(shown, headers=_HEADERS)

    return answer


def _serve_asset(name: str) -> Callable[[], Awaitable[Response]]:
    async def answer() -> Response:
        return Response(read_asset(name), media_type=_MEDIA_TYPES[name])

    return answer


for _page in PAGES:
    router.add_api_route(_page.path, _serve(_page), methods=["GET", "HEAD"])
for _name in _MEDIA_TYPES:
    router.add_api_route(f"{ASSETS_PATH}/{_name}", _serve_asset(_name), methods=["GET", "HEAD"])
