"""How a call becomes an answer: credentials, retries, problems. It touches no network itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx

from backendify_client.errors import BackendifyError, NetworkError, expecting
from backendify_client.json_text import dump_json, load_json
from backendify_client.retries import Retry
from backendify_client.session import Storage, Tokens
from backendify_client.steps import Alone, Sleep, Steps, send

T = TypeVar("T")

_NOTHING: Final = object()
_SIGNED_OUT: Final = {
    "code": "auth_required",
    "detail": "Whoever was signed in is not any more.",
}
_NOT_JSON: Final = {
    "code": "not_json",
    "detail": "The answer is no JSON: is Backendify at this address?",
}
_AGENT: Final = "backendify-client/0.1.0"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request below the project's address, before it has credentials.

    ``keyed`` calls carry an ``Idempotency-Key``, so that sending them again does nothing twice;
    ``safe`` ones change nothing. ``anonymous`` ones never carry credentials.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = field(default=_NOTHING, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    keyed: bool = False
    safe: bool = False
    anonymous: bool = False

    @property
    def is_repeatable(self) -> bool:
        return self.keyed or self.safe or self.method in _SAFE


@dataclass(frozen=True, slots=True)
class Exchange:
    """A project's address, and how it is spoken to. ``key`` is an API key or another token."""

    url: str
    key: str | None = field(repr=False)
    storage: Storage = field(repr=False)
    retry: Retry
    timeout: httpx.Timeout
    parse_float: Callable[[str], Any] = float

    def ask(self, call: Call) -> Steps[httpx.Response]:
        """The answer, which is a success. Raises BackendifyError."""
        headers = {"idempotency-key": str(uuid4()), **call.headers} if call.keyed else call.headers
        tokens = None if call.anonymous else (yield from self.credentials())
        failures, renewed = 0, False
        while True:
            outcome = yield from send(self.request(call, tokens, headers))
            if tokens is not None and is_refused(outcome) and not renewed:
                tokens, renewed = (yield from self.renew(tokens)), True
                if tokens is None:
                    return successful(outcome)
                continue
            pause = self.retry.pause(outcome, failures, repeatable=call.is_repeatable)
            if pause is None:
                return successful(outcome)
            failures += 1
            yield Sleep(pause)

    def ask_json(self, call: Call) -> Steps[Any]:
        """The answer's JSON; None where it has no body."""
        return self.read((yield from self.ask(call)))

    def ask_for(self, call: Call, made: Callable[[Any], T]) -> Steps[T]:
        """What is ``made`` of the answer's JSON. Raises BackendifyError where nothing can be."""
        answer = yield from self.ask(call)
        value = self.read(answer)
        with expecting(answer.status_code):
            return made(value)

    def read(self, answer: httpx.Response) -> Any:
        """Raises BackendifyError where it is no JSON: a proxy's page, or another server's."""
        with expecting(answer.status_code, _NOT_JSON):
            return load_json(answer.content, self.parse_float) if answer.content else None

    def request(
        self, call: Call, tokens: Tokens | None, headers: Mapping[str, str]
    ) -> httpx.Request:
        sent = {"accept": "application/json", "user-agent": _AGENT, **headers}
        token = tokens.access_token if tokens else self.key
        if token and not call.anonymous:
            sent["authorization"] = f"Bearer {token}"
        content = None
        if call.json is not _NOTHING:
            content = dump_json(call.json).encode()
            sent["content-type"] = "application/json"
        return httpx.Request(
            call.method,
            self.url + call.path,
            params=call.params or None,
            headers=sent,
            content=content,
            extensions={"timeout": self.timeout.as_dict()},
        )

    def credentials(self) -> Steps[Tokens | None]:
        """The tokens to send, renewed in time; None where nobody is signed in."""
        tokens = self.storage.load()
        return None if tokens is None else (yield from self._good(tokens))

    def credentials_of(self, tokens: Tokens) -> Steps[Tokens]:
        """The newest of their user, to send. Raises BackendifyError where nobody is that."""
        return (yield from self._good(self.latest_of(tokens)))

    def latest_of(self, tokens: Tokens) -> Tokens:
        """What is kept of their user. Raises BackendifyError where nobody is that."""
        return _signed_in(self._kept_of_user_of(tokens))

    def replace(self, before: Tokens | None, tokens: Tokens | None) -> None:
        """Keep ``tokens``, or None, in place of those before: whoever signed in or out meanwhile
        has the last word."""
        kept = self.storage.load()
        is_one = before is not None and kept is not None and kept.may_be_of_user_of(before)
        if is_one or before is kept is None:
            self.storage.save(tokens)

    def _good(self, tokens: Tokens) -> Steps[Tokens]:
        return _signed_in((yield from self.renew(tokens))) if tokens.are_stale else tokens

    def renew(self, spent: Tokens) -> Steps[Tokens | None]:
        """A newer pair than ``spent`` of the same user, asked for once however many need it.

        None where that user is not the one who is signed in any more. Raises BackendifyError
        where the session has ended; nobody is signed in then.
        """
        tokens: Tokens | BackendifyError | None = yield Alone(self._renew(spent))
        if isinstance(tokens, BackendifyError):
            raise tokens
        return tokens

    def _renew(self, spent: Tokens) -> Steps[Tokens | None]:
        if not self._is_kept(spent):
            return self._kept_of_user_of(spent)
        body = {"refresh_token": spent.refresh_token}
        # An old token is good for some seconds more: what was lost on the way may be asked again.
        call = Call("POST", "/auth/refresh", json=body, safe=True, anonymous=True)
        try:
            tokens = yield from self.ask_for(call, Tokens.of)
        except BackendifyError as error:
            if error.status != 401:
                raise
            if not self._is_kept(spent):
                return self._kept_of_user_of(spent)
            self.storage.save(None)
            raise
        # Who signed out or in meanwhile has the last word.
        if not self._is_kept(spent):
            return self._kept_of_user_of(spent)
        self.storage.save(tokens)
        return tokens

    def _is_kept(self, tokens: Tokens) -> bool:
        kept = self.storage.load()
        return kept is not None and kept.refresh_token == tokens.refresh_token

    def _kept_of_user_of(self, tokens: Tokens) -> Tokens | None:
        kept = self.storage.load()
        return kept if kept is not None and kept.is_of_user_of(tokens) else None


def _signed_in(tokens: Tokens | None) -> Tokens:
    if tokens is None:
        raise BackendifyError(401, _SIGNED_OUT)
    return tokens


def is_refused(outcome: httpx.Response | httpx.RequestError) -> bool:
    return isinstance(outcome, httpx.Response) and outcome.status_code == 401


def successful(outcome: httpx.Response | httpx.RequestError) -> httpx.Response:
    """The answer. Raises BackendifyError."""
    if isinstance(outcome, httpx.RequestError):
        raise NetworkError(outcome)
    if not outcome.is_success:
        raise BackendifyError.of(outcome)
    return outcome


def segment(part: object) -> str:
    """One part of a path, whatever stands in it."""
    return quote(str(part), safe="")
