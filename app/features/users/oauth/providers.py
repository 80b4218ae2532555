"""A provider as the flow needs it, and what it says of a user."""

from dataclasses import dataclass, field
from typing import Final, Literal

GITHUB_SCOPES: Final = ("read:user", "user:email")
OIDC_SCOPES: Final = ("openid", "email", "profile")


@dataclass(frozen=True, slots=True)
class Provider:
    """``api_base`` is GitHub's. ``client_secret`` is None for public clients."""

    name: str
    type: Literal["oidc", "google", "github"]
    issuer: str
    api_base: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one sign-in asks of a provider, and holds its answer against."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Somebody, as a provider knows them: ``(issuer, subject)`` is who, for ever.

    ``email`` is canonical, and None unless the provider vouches for it.
    """

    provider: str
    issuer: str
    subject: str
    email: str | None
    name: str | None
