"""The files of the console as answers. They are looked up anew each time, so that a new build is
seen without a restart; without a build, a page says what is missing and the API works on.
"""

import re
from pathlib import Path
from typing import Final

from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import RouteNotFoundError

DIST: Final = Path(__file__).parents[3] / "frontend" / "dist"
PUBLIC: Final = ("favicon.svg", "theme.js")
"""The files beside ``index.html`` whose names stay."""

# Libraries put styles into the page as they run; scripts come from files alone.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_FRESH: Final = {"Cache-Control": "no-cache"}
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}")
_OTHERS: Final = ("/api/", "/docs/", "/assets/", "/hosted-pages/", "/.well-known/")
_UNBUILT: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Backendify</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/hosted-pages/page.css"></head><body>
<main><h1>The console is not built</h1><p>The API works without it. To have it, install Node 20 or
newer and start again with <code>make run</code>.</p>
<p><a href="/docs">The API&#8217;s documentation</a></p></main></body></html>"""


def page() -> Response:
    """The one page that all addresses of the console share."""
    index = DIST / "index.html"
    if not index.is_file():
        return HTMLResponse(_UNBUILT, headers=_HEADERS | _FRESH)
    return FileResponse(index, headers=_HEADERS | _FRESH)


def public(name: str) -> Response:
    return _file(DIST / name, _FRESH)


def asset(name: str, accepts: str) -> Response:
    """A hashed file, compressed where the build left it so. Raises RouteNotFoundError."""
    if not _NAME.fullmatch(name):
        raise RouteNotFoundError("There is no such file.")
    path = DIST / "assets" / name
    packed = path.with_name(name + ".gz")
    if "gzip" not in accepts or not packed.is_file():
        return _file(path, _FOREVER | {"Vary": "Accept-Encoding"})
    return _file(
        packed,
        _FOREVER | {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"},
        FileResponse(path).media_type,
    )


def serve_lost(lost: ASGIApp) -> ASGIApp:
    """Give people who open an address that no route takes the console, which knows its own."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_persons(scope):
            await lost(scope, receive, send)
            return
        scope["state"]["route"] = "console"
        await page()(scope, receive, send)

    return serve


def _is_persons(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    accepts = dict(scope["headers"]).get(b"accept", b"")
    return b"text/html" in accepts and not f"{scope['path']}/".startswith(_OTHERS)


def _file(path: Path, headers: dict[str, str], media_type: str | None = None) -> Response:
    if not path.is_file():
        raise RouteNotFoundError("There is no such file.")
    return FileResponse(path, headers=headers, media_type=media_type)
