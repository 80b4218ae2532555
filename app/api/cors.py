"""Which other origins' pages may call: those the operator listed, and none else.

Credentials are never allowed: tokens travel in a header that the page itself sets.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

Header = tuple[bytes, bytes]

_PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, "
        b"prefer, traceparent, x-api-key, x-request-id",
    ),
    (b"access-control-max-age", b"600"),
)
_EXPOSED: Final[Header] = (
    b"access-control-expose-headers",
    b"etag, idempotency-replayed, link, location, preference-applied, ratelimit, "
    b"ratelimit-policy, retry-after, server-timing, x-request-id",
)
_VARY: Final[Header] = (b"vary", b"Origin")
_REQUESTED: Final = b"access-control-request-method"
_PROJECTS: Final = "/api/projects/"


class Cors:
    """The rule: the installation's origins everywhere, a project's origins on its own routes.

    ``of_project`` finds the latter by a project's id or slug; ``*`` stands for any origin.
    """

    def __init__(
        self, origins: tuple[str, ...], of_project: Callable[[str], Awaitable[frozenset[str]]]
    ) -> None:
        self._origins = frozenset(origins)
        self._of_project = of_project

    async def answer_for(self, origin: bytes, path: str, *, preflight: bool) -> tuple[Header, ...]:
        """The headers that let a page of ``origin`` read the answer, or keep it from doing so."""
        allowed = _allowed(origin, self._origins)
        if allowed is None and path.startswith(_PROJECTS):
            project_ref = path[len(_PROJECTS) :].partition("/")[0]
            allowed = _allowed(origin, await self._of_project(project_ref))
        if allowed is None:
            return (_VARY,)
        granted = (b"access-control-allow-origin", allowed)
        return (granted, *_PREFLIGHT, _VARY) if preflight else (granted, _EXPOSED, _VARY)


def is_preflight(method: str, headers: Mapping[bytes, bytes]) -> bool:
    return method == "OPTIONS" and b"origin" in headers and _REQUESTED in headers


def _allowed(origin: bytes, origins: frozenset[str]) -> bytes | None:
    if "*" in origins:
        return b"*"
    return origin if origin.decode("latin-1") in origins else None
