"""The one error shape: what a client is told when something cannot be done.

Every cause is a class with one stable ``code``; the HTTP edge renders any of them as RFC 9457
problem+json (``app/api/errors.py``). Features and stages subclass the kinds below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a body: where it is (a JSON Pointer), a stable code, a sentence."""

    pointer: str
    code: str
    message: str
    hint: str | None = None

    def as_json(self) -> dict[str, Any]:
        shown = {"pointer": self.pointer, "code": self.code, "message": self.message}
        return shown | ({"hint": self.hint} if self.hint else {})


class BackendifyError(Exception):
    """A fault of the server's own; the log has the details, found by the request id.

    The base of everything that ends a request with a problem document.

    ``extra`` members stand beside the standard ones in the document; ``headers`` go out with it.
    """

    code = "internal_error"
    status = 500
    title = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        hint: str | None = None,
        errors: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra


class BadRequestError(BackendifyError):
    """A URL, header or JSON text that cannot be read."""

    code, status, title = "request_invalid", 400, "Bad request"


class UnauthenticatedError(BackendifyError):
    """Credentials are missing, or are no good."""

    code, status, title = "auth_required", 401, "Authentication required"


class ForbiddenError(BackendifyError):
    """The caller may see this, and may not do that to it."""

    code, status, title = "policy_forbidden", 403, "Forbidden"


class NotFoundError(BackendifyError):
    """There is no such thing, or none that this caller may know of."""

    code, status, title = "not_found", 404, "Not found"


class ConflictError(BackendifyError):
    """What is stored stands against the request."""

    code, status, title = "conflict", 409, "Conflict"


class PreconditionFailedError(BackendifyError):
    """What is stored is not at the version that If-Match names."""

    code, status, title = "version_mismatch", 412, "Precondition failed"


class TooLargeError(BackendifyError):
    """The body is larger than this route takes."""

    code, status, title = "request_too_large", 413, "Content too large"


class UnsupportedMediaTypeError(BackendifyError):
    """The body is of a type that this route does not read."""

    code, status, title = "request_media_type", 415, "Unsupported media type"


class InvalidError(BackendifyError):
    """A well-formed body whose values a field, rule or plan refuses."""

    code, status, title = "validation_failed", 422, "Validation failed"


class PreconditionRequiredError(BackendifyError):
    """A bulk write must say how many records it may touch at most."""

    code, status, title = "max_affected_required", 428, "Precondition required"


class TooManyRequestsError(BackendifyError):
    """A limit is used up; Retry-After says until when."""

    code, status, title = "rate_limited", 429, "Too many requests"

    def __init__(self, detail: str, *, retry_after: int, **rest: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **rest)


class UnavailableError(BackendifyError):
    """The infrastructure is not able to answer now; the client may try again."""

    code, status, title = "unavailable", 503, "Service unavailable"

    def __init__(self, detail: str, *, retry_after: int = 1, **rest: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **rest)
