"""Which other origins' pages may call: those the operator listed, and none else.

Credentials are never allowed: tokens travel in a header that the page itself sets.
"""

from collections.abc import Mapping
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


class Cors:
    """The rule for a list of origins; ``*`` stands for any."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._any = "*" in origins
        self._origins = frozenset(origin.encode() for origin in origins)

    def headers(self, origin: bytes) -> tuple[Header, ...]:
        """What an answer to a page of ``origin`` carries."""
        allowed = self._allowed(origin)
        return (_VARY,) if allowed is None else (allowed, _EXPOSED, _VARY)

    def preflight(self, origin: bytes) -> tuple[Header, ...]:
        """What the answer to a preflight carries."""
        allowed = self._allowed(origin)
        return (_VARY,) if allowed is None else (allowed, *_PREFLIGHT, _VARY)

    @staticmethod
    def is_preflight(method: str, headers: Mapping[bytes, bytes]) -> bool:
        return method == "OPTIONS" and b"origin" in headers and _REQUESTED in headers

    def _allowed(self, origin: bytes) -> Header | None:
        if self._any:
            return (b"access-control-allow-origin", b"*")
        return (b"access-control-allow-origin", origin) if origin in self._origins else None


_REQUESTED: Final = b"access-control-request-method"
