"""The second factor: codes of an authenticator app."""

from typing import Any, TypedDict, cast

from backendify_client.drivers import Awaiting, Awaits, Blocking, Blocks, operation
from backendify_client.exchange import Exchange
from backendify_client.signing import Signing, User, given
from backendify_client.steps import Steps


class MfaSetup(TypedDict):
    """A new secret, shown once; ``otpauth_url`` is for a QR code."""

    secret: str
    otpauth_url: str
    recovery_codes: list[str]


class MfaStatus(TypedDict):
    """Whether it is in force."""

    enabled: bool
    recovery_codes_left: int


class SecondFactor(Signing):
    """``password`` or ``code``: that it is still you; one of them."""

    @operation
    def status(self) -> Steps[MfaStatus]:
        return cast("MfaStatus", (yield from self._ask("GET", "/mfa")))

    @operation
    def setup(self) -> Steps[MfaSetup]:
        """A secret for an authenticator app, in force once ``confirm`` has seen a code of it.

        The address has to be proved before (``auth.send_email_proof``).
        """
        return cast("MfaSetup", (yield from self._ask("POST", "/mfa", {"type": "totp"})))

    @operation
    def confirm(self, code: str) -> Steps[None]:
        yield from self._done("POST", "/mfa/confirm", {"code": code})

    @operation
    def verify(self, token: str, code: str) -> Steps[User]:
        """Finish a sign-in with a code of the app, or a recovery code."""
        return (yield from self._signed_in("/mfa/verify", {"mfa_token": token, "code": code}))

    @operation
    def renew_recovery_codes(
        self, *, password: str | None = None, code: str | None = None
    ) -> Steps[list[str]]:
        """New recovery codes; the old ones are void."""
        proof = given(password=password, code=code)
        path = "/mfa/recovery-codes"
        return (yield from self._ask_for(_recovery_codes, "POST", path, proof))

    @operation
    def remove(self, *, password: str | None = None, code: str | None = None) -> Steps[None]:
        """Do without."""
        yield from self._done("DELETE", "/mfa", given(password=password, code=code))


class Mfa(SecondFactor, Blocks):
    """That of a blocking client."""

    def __init__(self, exchange: Exchange, driver: Blocking) -> None:
        super().__init__(exchange)
        self.driver = driver


class AsyncMfa(SecondFactor, Awaits):
    """That of an async client."""

    def __init__(self, exchange: Exchange, driver: Awaiting) -> None:
        super().__init__(exchange)
        self.driver = driver


def _recovery_codes(answer: dict[str, Any]) -> list[str]:
    return list(answer["recovery_codes"])
