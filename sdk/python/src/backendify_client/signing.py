"""Requests of users, and what signing in comes to: tokens that are kept, or a second factor."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypedDict, TypeVar, cast

from backendify_client.errors import MfaRequiredError
from backendify_client.exchange import Call, Exchange
from backendify_client.session import Tokens
from backendify_client.shapes import object_of
from backendify_client.steps import Steps

AUTH: Final = "/auth"

T = TypeVar("T")


class User(TypedDict):
    """An app user; the fields of the setting ``auth.profile_fields`` stand beside these."""

    id: str
    email: str | None
    email_verified: bool
    name: str | None
    roles: list[str]
    status: str
    created_at: str
    updated_at: str
    last_login_at: str | None


class Signing:
    """What everything that signs users in has in common."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def _signed_in(self, path: str, body: Mapping[str, Any]) -> Steps[User]:
        return cast("User", (yield from self._sign_in(path, body)))

    def _sign_in(self, path: str, body: Mapping[str, Any]) -> Steps[User | None]:
        signed = yield from self._exchange.ask_for(_bare(path, body), _signed)
        return None if signed is None else self._kept(*signed)

    def _kept(self, tokens: Tokens, user: User) -> User:
        self._exchange.storage.save(tokens)
        return user

    def _post(self, path: str, body: Mapping[str, Any]) -> Steps[None]:
        """What nobody needs to be signed in for."""
        yield from self._exchange.ask(_bare(path, body))

    def _end(self, path: str) -> Steps[None]:
        """With the user's own token, but never with the client's key."""
        is_nobody = self._exchange.storage.load() is None
        yield from self._exchange.ask(Call("POST", AUTH + path, anonymous=is_nobody))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Steps[Any]:
        return (yield from self._ask_for(object_of, method, path, body))

    def _done(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Steps[None]:
        yield from self._exchange.ask(_with(Call(method, AUTH + path), body))

    def _ask_for(
        self,
        made: Callable[[Any], T],
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
    ) -> Steps[T]:
        return (yield from self._exchange.ask_for(_with(Call(method, AUTH + path), body), made))


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def tokens_and_user(answer: dict[str, Any]) -> tuple[Tokens, User]:
    return Tokens.of(answer), cast("User", object_of(answer["user"]))


def _signed(answer: dict[str, Any]) -> tuple[Tokens, User] | None:
    if answer.get("mfa_required"):
        raise MfaRequiredError(answer["mfa_token"])
    return tokens_and_user(answer) if "access_token" in answer else None


def _bare(path: str, body: Mapping[str, Any]) -> Call:
    """Without credentials: a session that has ended is no reason not to begin another."""
    return Call("POST", AUTH + path, json=body, anonymous=True)


def _with(call: Call, body: Mapping[str, Any] | None) -> Call:
    return call if body is None else replace(call, json=body)
