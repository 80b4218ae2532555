"""Providers and identities as requests and answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from app.api.schemas import Moment, RequestBody

Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Verifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{43,128}$")]


class ProviderRead(BaseModel):
    name: str
    type: Literal["oidc", "google", "github"]


class ProviderList(BaseModel):
    """Those a user of the project may sign in with."""

    data: list[ProviderRead]


class CodeExchange(RequestBody):
    """``code_verifier`` where the sign-in was begun with a ``code_challenge``."""

    code: Code
    code_verifier: Verifier | None = None


class IdentityRead(BaseModel):
    """An account at a provider that its user may sign in with."""

    provider: str
    email: str | None
    created_at: Moment


class IdentityList(BaseModel):
    data: list[IdentityRead]


class LinkBegin(RequestBody):
    redirect_to: Annotated[str, StringConstraints(max_length=2000)]


class LinkBegun(BaseModel):
    """Where the browser goes to link the identity; good once, for five minutes."""

    url: str


class LinkComplete(RequestBody):
    code: Code
