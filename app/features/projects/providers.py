"""Who else may vouch for a project's users: providers as settings, their secrets encrypted.

A secret is written and never read back, and it is good for one issuer alone: it is encrypted for
it, so that pointing a provider elsewhere means to give the secret again.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.core.crypto import Sealer
from app.core.errors import BackendifyError, Violation
from app.core.http_client import check_url

MOST_PROVIDERS: Final = 20
ISSUERS: Final = {"google": "https://accounts.google.com", "github": "https://github.com"}
GITHUB_API: Final = "https://api.github.com"
_ADDRESSES: Final = ("type", "issuer", "api_base")


def _base_url(text: str) -> str:
    try:
        url = check_url(text)
    except BackendifyError as error:
        raise ValueError(error.detail) from None
    if url.query or url.fragment:
        raise ValueError("An issuer has neither query nor fragment.")
    return text


_BaseUrl = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_base_url)]
_Scope = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,200}$")]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]


class ProviderSettings(BaseModel):
    """``client_secret`` is kept encrypted; answers say only whether it is set.

    ``issuer`` is needed for ``oidc`` and known for the others; ``api_base`` is GitHub's.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["oidc", "google", "github"]
    enabled: bool = True
    issuer: _BaseUrl | None = None
    api_base: _BaseUrl | None = None
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    client_secret: Annotated[
        str | None, Field(min_length=1, max_length=4000, exclude=True, repr=False)
    ] = None
    client_secret_set: bool = False
    scopes: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,200}$")]]
        | None,
        Field(max_length=30),
    ] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.type == "oidc" and self.issuer is None:
            raise ValueError("A provider of the type oidc needs an issuer.")
        self.client_secret_set = self.client_secret is not None
        return self

    @property
    def issuer_url(self) -> str:
        """The issuer: of a well-known provider, unless told otherwise, its own."""
        return self.issuer or ISSUERS[self.type]

    @property
    def api_url(self) -> str:
        """GitHub's API; the others have none."""
        return (self.api_base or GITHUB_API).rstrip("/")


Providers = Annotated[dict[ProviderName, ProviderSettings], Field(max_length=MOST_PROVIDERS)]


def secret_purpose(project_id: UUID, name: str, provider: Mapping[str, Any]) -> str:
    """What a provider's secret is encrypted for: it opens for these addresses alone."""
    return "|".join(("oauth", str(project_id), name, *(str(provider.get(a)) for a in _ADDRESSES)))


def seal_secrets(
    sealer: Sealer, project_id: UUID, stored: Mapping[str, Any], change: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Violation]]:
    """The change with its client secrets encrypted, and what is wrong: a provider that is pointed
    elsewhere without its secret. What is no provider at all is left for validation to tell."""
    sealed: dict[str, Any] = copy.deepcopy(dict(change))
    faults = []
    held = dict(_providers(stored))
    for name, provider in _providers(sealed):
        merged = {**held.get(name, {}), **provider}
        secret = provider.get("client_secret")
        if isinstance(secret, str) and secret:
            purpose = secret_purpose(project_id, name, merged)
            provider["client_secret"] = sealer.seal(secret.encode(), purpose)
        elif "client_secret" not in provider and _is_moved(held.get(name), merged):
            faults.append(
                Violation(
                    f"/auth/providers/{name}/client_secret",
                    "client_secret_required",
                    "A provider that is pointed elsewhere needs its secret again.",
                )
            )
    return sealed, faults


def _is_moved(held: Mapping[str, Any] | None, merged: Mapping[str, Any]) -> bool:
    if held is None or held.get("client_secret") is None:
        return False
    return any(held.get(name) != merged.get(name) for name in _ADDRESSES)


def _providers(settings: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    auth = settings.get("auth")
    providers = auth.get("providers") if isinstance(auth, Mapping) else None
    if isinstance(providers, Mapping):
        yield from ((n, p) for n, p in providers.items() if isinstance(p, dict))
