"""All routes of the application, as the tests of this folder walk over them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import WebSocketRoute

from app.api.deps import GUARDS, current_user, data_caller, operator
from app.main import create_fastapi


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    name: str
    is_guarded: bool
    takes_body: bool
    admits_anyone: bool = False
    """Guarded by the policies of a project's data, which may let the anonymous caller in."""
    admits_servers: bool = False
    """For members, and for service keys."""
    is_users_own: bool = False
    """For a project's own users: an admin's token is none there."""

    @property
    def takes_keys(self) -> bool:
        return self.admits_anyone or self.admits_servers

    @property
    def streams(self) -> bool:
        """Whether its answer does not end by itself: it has tests of its own."""
        return self.path.endswith("/realtime")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def list_routes(edge: Any) -> list[Route]:
    """Every method of every route that FastAPI serves; the fast lane's are listed among them."""
    return sorted(_routes(create_fastapi(edge.services)), key=str)


def _routes(app: Any) -> Iterator[Route]:
    for context in iter_route_contexts(app.routes):
        is_ours = isinstance(context.original_route, APIRoute)
        guarded = is_ours and _depends_on(context.dependant, GUARDS)
        takes_body = is_ours and context.body_field is not None
        is_socket = isinstance(context.original_route, WebSocketRoute)
        known = getattr(context.original_route, "methods", None)
        methods = {"WEBSOCKET"} if is_socket else known or {"GET"}
        for method in sorted(methods - {"HEAD"}):
            yield Route(
                method,
                str(context.path),
                str(context.name),
                guarded,
                takes_body,
                admits_anyone=is_ours and _depends_on(context.dependant, (data_caller,)),
                admits_servers=is_ours and _depends_on(context.dependant, (operator,)),
                is_users_own=is_ours and _depends_on(context.dependant, (current_user,)),
            )


def _depends_on(dependant: Dependant, calls: tuple[Any, ...]) -> bool:
    return dependant.call in calls or any(
        _depends_on(inner, calls) for inner in dependant.dependencies
    )
