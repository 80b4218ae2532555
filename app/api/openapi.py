"""The API's own description, and the pages that show it: all from local files."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse, Response

from app.api.error_reference import as_html
from app.core.errors import BackendifyError

ASSETS: Final = "/docs/assets"

_PROBLEM_CONTENT: Final = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457, with a stable `code`; see /docs/errors.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON Pointer into the body."},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "hint": {"type": "string"},
                },
            },
        },
    },
}
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_SWAGGER: Final = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Backendify API</title><link rel="icon" href="{ASSETS}/favicon.png">
<link rel="stylesheet" href="{ASSETS}/swagger-ui.css"></head><body><div id="swagger-ui"></div>
<script src="{ASSETS}/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>"""
_SWAGGER_START: Final = """SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui",
  deepLinking: true, persistAuthorization: false, presets: [SwaggerUIBundle.presets.apis]});"""
_REDOC: Final = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Backendify API</title><link rel="icon" href="{ASSETS}/favicon.png"></head><body>
<redoc spec-url="/openapi.json"></redoc><script src="{ASSETS}/redoc.standalone.js"></script>
</body></html>"""


def problems(*kinds: type[BackendifyError]) -> dict[int | str, dict[str, Any]]:
    """``responses=`` of a route: the errors that are its own, beside those all routes have."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        held = described.setdefault(kind.status, {"description": "", "content": _PROBLEM_CONTENT})
        held["description"] = ", ".join(filter(None, (held["description"], f"`{kind.code}`")))
    return described


def operation_id(route: APIRoute) -> str:
    """The route function's name: stable, and unique (a test says so)."""
    return route.name


def describe(app: FastAPI) -> None:
    """Give the application its OpenAPI document, made once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _make_document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way


def add_pages(app: FastAPI) -> None:
    """Swagger at /docs, ReDoc at /redoc, the errors at /docs/errors."""
    _add_page(app, "/docs", _SWAGGER)
    _add_page(app, "/redoc", _REDOC)
    _add_page(app, "/docs/start.js", _SWAGGER_START, "text/javascript")

    async def errors() -> Response:
        return HTMLResponse(as_html(), headers={"Content-Security-Policy": _CSP})

    app.add_api_route("/docs/errors", errors, include_in_schema=False)
    app.mount(ASSETS, StaticFiles(directory=_asset_directory()), name="docs-assets")


def _add_page(app: FastAPI, path: str, content: str, media_type: str = "text/html") -> None:
    async def page() -> Response:
        return Response(content, media_type=media_type, headers={"Content-Security-Policy": _CSP})

    app.add_api_route(path, page, include_in_schema=False)


def _asset_directory() -> Path:
    # Only the package's static files are wanted: importing it would bring nothing more.
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package fastapi-offline is not installed.")
    return Path(spec.origin).parent / "static"


def _make_document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _add_common_errors(path, operation)
    return document


def _add_common_errors(path: str, operation: dict[str, Any]) -> None:
    """What a route need not say: every one reads a URL, guarded ones know who asks."""
    responses = operation["responses"]
    own = responses.get("422", {})
    if "application/json" in own.get("content", {}):
        responses["422"] = {"description": "`validation_failed`", "content": _PROBLEM_CONTENT}
    common = {"400": "`request_invalid`", "503": "`database_unavailable`"}
    if operation.get("security"):
        common["401"] = "`auth_required`, `auth_token_invalid`, `auth_token_expired`"
    if "{project}" in path:
        common["404"] = "`project_not_found`"
    for status, description in common.items():
        responses.setdefault(status, {"description": description, "content": _PROBLEM_CONTENT})
