"""Signing up, in and out, and one's own account. Tokens are kept and renewed by the client."""

from typing import Any, cast

from backendify_client.drivers import Awaiting, Awaits, Blocking, Blocks, operation
from backendify_client.errors import BackendifyError
from backendify_client.exchange import Exchange
from backendify_client.mfa import AsyncMfa, Mfa
from backendify_client.oauth import AsyncOAuth, OAuth
from backendify_client.signing import Signing, User, given, tokens_and_user
from backendify_client.steps import Steps


class Accounts(Signing):
    """What an app's users do. Whatever signs in raises MfaRequiredError where a second factor is
    wanted; ``mfa.verify`` finishes it."""

    @property
    def is_signed_in(self) -> bool:
        """Whether there are tokens; the server may think otherwise."""
        return self._exchange.storage.load() is not None

    @operation
    def register(
        self, /, email: str, password: str, *, redirect_to: str | None = None, **profile: Any
    ) -> Steps[User | None]:
        """Sign up and in. None where the project wants the address proved first, by mail."""
        body = given(email=email, password=password, redirect_to=redirect_to) | profile
        return (yield from self._sign_in("/register", body))

    @operation
    def login(self, email: str, password: str) -> Steps[User]:
        return (yield from self._signed_in("/login", {"email": email, "password": password}))

    @operation
    def send_code(self, email: str) -> Steps[None]:
        """Have a code mailed that signs in."""
        yield from self._post("/otp", {"email": email})

    @operation
    def verify_code(self, email: str, code: str) -> Steps[User]:
        return (yield from self._signed_in("/otp/verify", {"email": email, "code": code}))

    @operation
    def send_magic_link(self, email: str, *, redirect_to: str | None = None) -> Steps[None]:
        """Have a link mailed that signs in."""
        yield from self._post("/magic-link", given(email=email, redirect_to=redirect_to))

    @operation
    def verify_magic_link(self, token: str) -> Steps[User]:
        return (yield from self._signed_in("/magic-link/verify", {"token": token}))

    @operation
    def logout(self) -> Steps[None]:
        """End this session. The tokens are forgotten, whatever the server answers."""
        tokens = self._exchange.storage.load()
        try:
            if tokens is not None:
                yield from self._end("/logout")
        except BackendifyError as error:
            if error.status != 401:
                raise
        finally:
            self._exchange.replace(tokens, None)

    @operation
    def logout_everywhere(self) -> Steps[None]:
        """End every session of the user."""
        tokens = self._exchange.storage.load()
        yield from self._end("/logout-all")
        self._exchange.replace(tokens, None)

    @operation
    def me(self) -> Steps[User]:
        return cast("User", (yield from self._ask("GET", "/me")))

    @operation
    def update_me(self, /, **profile: Any) -> Steps[User]:
        """Change the name, and what the project's ``auth.profile_fields`` allow."""
        return cast("User", (yield from self._ask("PATCH", "/me", profile)))

    @operation
    def change_password(self, current_password: str, new_password: str) -> Steps[User]:
        """Every other session ends."""
        body = {"current_password": current_password, "new_password": new_password}
        path = "/password/change"
        before = self._exchange.storage.load()
        tokens, user = yield from self._ask_for(tokens_and_user, "POST", path, body)
        self._exchange.replace(before, tokens)
        return user

    @operation
    def forgot_password(self, email: str, *, redirect_to: str | None = None) -> Steps[None]:
        """Have a link to a new password mailed."""
        yield from self._post("/password/forgot", given(email=email, redirect_to=redirect_to))

    @operation
    def reset_password(self, token: str, password: str) -> Steps[None]:
        yield from self._post("/password/reset", {"token": token, "password": password})

    @operation
    def send_email_proof(self) -> Steps[None]:
        """Have a code mailed to whoever is signed in, for ``prove_email``."""
        yield from self._done("POST", "/email/prove")

    @operation
    def prove_email(self, code: str) -> Steps[User]:
        """Prove the address: a second factor can be set up from then on."""
        return cast("User", (yield from self._ask("POST", "/email/prove/confirm", {"code": code})))


class Auth(Accounts, Blocks):
    """The accounts of a blocking client."""

    def __init__(self, exchange: Exchange, driver: Blocking) -> None:
        super().__init__(exchange)
        self.driver = driver
        self.mfa = Mfa(exchange, driver)
        self.oauth = OAuth(exchange, driver)


class AsyncAuth(Accounts, Awaits):
    """The accounts of an async client."""

    def __init__(self, exchange: Exchange, driver: Awaiting) -> None:
        super().__init__(exchange)
        self.driver = driver
        self.mfa = AsyncMfa(exchange, driver)
        self.oauth = AsyncOAuth(exchange, driver)
