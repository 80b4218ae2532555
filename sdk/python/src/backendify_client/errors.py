"""What can go wrong, with all that the server said of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

_MISREAD: Final = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
_UNEXPECTED: Final = {
    "code": "unexpected_answer",
    "detail": "The answer is not what this route answers: is Backendify at this address?",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a body: where it is (a JSON Pointer), a stable code, a sentence."""

    pointer: str
    code: str
    message: str
    hint: str | None = None


class BackendifyError(Exception):
    """An answer that is no success: a problem document (RFC 9457) as an exception.

    ``code`` is stable and what to decide by; ``problem`` is the whole document.
    """

    def __init__(
        self,
        status: int,
        problem: object,
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        problem = problem if isinstance(problem, Mapping) else {}
        self.problem: dict[str, Any] = dict(problem)
        self.code = str(problem.get("code") or f"http_{status}")
        self.title = str(problem.get("title") or "")
        self.detail = str(problem.get("detail") or self.title or f"The answer was {status}.")
        self.hint = _text(problem.get("hint"))
        self.errors = tuple(_violations(problem.get("errors")))
        self.request_id = _text(problem.get("request_id")) or request_id
        self.retry_after = retry_after
        super().__init__(self._sentence())

    @classmethod
    def of(cls, answer: httpx.Response) -> Self:
        """The error that an answer is; a proxy's has a code such as ``http_502``."""
        return cls(
            answer.status_code,
            _document(answer),
            request_id=answer.headers.get("x-request-id"),
            retry_after=retry_after(answer),
        )

    def _sentence(self) -> str:
        faults = "; ".join(f"{each.pointer}: {each.message}" for each in self.errors)
        parts = [f"{self.code}: {self.detail}", faults, self.hint and f"Hint: {self.hint}"]
        return " ".join(part for part in parts if part)


class NetworkError(BackendifyError):
    """No answer came. ``__cause__`` is the transport's own error."""

    def __init__(self, error: httpx.RequestError) -> None:
        super().__init__(0, {"code": "network_error", "detail": _reason(error)})
        self.__cause__ = error


class MfaRequiredError(BackendifyError):
    """The sign-in wants a second factor: go on with ``auth.mfa.verify(error.token, code)``."""

    def __init__(self, token: str) -> None:
        detail = "The account has a second factor."
        super().__init__(200, {"code": "mfa_required", "detail": detail})
        self.token = token


@contextmanager
def expecting(status: int, problem: Mapping[str, str] = _UNEXPECTED) -> Iterator[None]:
    """What cannot be read inside raises BackendifyError: a proxy's answer, another server's."""
    try:
        yield
    except _MISREAD as error:
        raise BackendifyError(status, problem) from error


def retry_after(answer: httpx.Response) -> float | None:
    """The seconds that ``Retry-After`` asks to wait."""
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdecimal() else None


def _document(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except _MISREAD:
        return {}


def _violations(given: object) -> Iterator[Violation]:
    for each in given if isinstance(given, list) else ():
        if isinstance(each, Mapping):
            pointer, code, message = (
                str(each.get(name, "")) for name in ("pointer", "code", "message")
            )
            yield Violation(pointer, code, message, _text(each.get("hint")))


def _text(given: object) -> str | None:
    return given if isinstance(given, str) else None


def _reason(error: httpx.RequestError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
