"""Signing in with a provider: out to it, and back with a code."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TypedDict, cast
from urllib.parse import urlencode

from backendify_client.drivers import Awaiting, Awaits, Blocking, Blocks, operation
from backendify_client.exchange import Call, Exchange, segment
from backendify_client.shapes import rows_of
from backendify_client.signing import AUTH, Signing, User, given
from backendify_client.steps import Steps


class Provider(TypedDict):
    """A provider that users may sign in with."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Departure:
    """``url`` is where to send the browser. Keep ``code_verifier`` for ``exchange``: the code that
    comes back is good with it alone."""

    url: str
    code_verifier: str = field(repr=False)


class Providers(Signing):
    """What an app does with providers."""

    @operation
    def providers(self) -> Steps[list[Provider]]:
        call = Call("GET", f"{AUTH}/oauth", anonymous=True)
        return cast("list[Provider]", (yield from self._exchange.ask_for(call, rows_of)))

    def start(self, provider: str, redirect_to: str) -> Departure:
        """Begin: the browser comes back to ``redirect_to`` with a ``code``."""
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = urlencode({"redirect_to": redirect_to, "code_challenge": challenge})
        path = f"{AUTH}/oauth/{segment(provider)}"
        return Departure(f"{self._exchange.url}{path}?{query}", verifier)

    @operation
    def exchange(self, code: str, *, code_verifier: str | None = None) -> Steps[User]:
        """Sign in with the code that came back."""
        body = given(code=code, code_verifier=code_verifier)
        return (yield from self._signed_in("/oauth/exchange", body))


class OAuth(Providers, Blocks):
    """That of a blocking client."""

    def __init__(self, exchange: Exchange, driver: Blocking) -> None:
        super().__init__(exchange)
        self.driver = driver


class AsyncOAuth(Providers, Awaits):
    """That of an async client."""

    def __init__(self, exchange: Exchange, driver: Awaiting) -> None:
        super().__init__(exchange)
        self.driver = driver
