"""The route class of every router: JSON read strictly, nothing unknown ignored."""

from collections.abc import Callable, Coroutine, Iterator
from difflib import get_close_matches
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.core.errors import BadRequestError, UnsupportedMediaTypeError
from app.core.json_text import parse_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class UnknownParameterError(BadRequestError):
    """The route has no such query parameter."""

    code = "request_unknown_parameter"

    def __init__(self, name: str, known: set[str]) -> None:
        nearest = get_close_matches(name, known, n=1)
        super().__init__(
            f"There is no parameter {name!r} here.",
            hint=f"Did you mean {nearest[0]!r}?" if nearest else None,
        )


class ApiRoute(APIRoute):
    """Refuses unknown query parameters (400), other media types than JSON (415), and JSON text
    that is not quite JSON (400): before the route's own code runs.
    """

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        known = set(_query_names(self.dependant))
        takes_json = self.body_field is not None

        async def strict(request: Request) -> Response:
            request = _StrictRequest(request.scope, request.receive)
            _check_parameters(request, known)
            if takes_json:
                await _check_media_type(request)
            return await handle(request)

        return strict


class _StrictRequest(Request):
    async def json(self) -> Any:
        return parse_json(await self.body())


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _check_parameters(request: Request, known: set[str]) -> None:
    for name in request.query_params:
        if name not in known:
            raise UnknownParameterError(name, known)


async def _check_media_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json" or media_type.endswith("+json"):
        return
    if media_type or await request.body():
        raise UnsupportedMediaTypeError(
            "The body must be JSON.", hint="Send it with: Content-Type: application/json."
        )
