"""API keys as requests and answers."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from app.api.schemas import DisplayName, Moment, RequestBody
from app.core.clock import utc_now

LONGEST_GRACE = 7 * 24 * 3600


def _in_the_future(moment: datetime) -> datetime:
    if moment <= utc_now():
        raise ValueError("The key would have expired already")
    return moment


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError(
            "A network is an address or a range such as 203.0.113.0/24, no bits behind its prefix"
        ) from None


ScopeText = Annotated[str, StringConstraints(min_length=3, max_length=100)]
Scopes = Annotated[list[ScopeText], Field(min_length=1, max_length=500)]
Expiry = Annotated[AwareDatetime, AfterValidator(_in_the_future)]
Networks = Annotated[
    list[Annotated[str, Field(max_length=50), AfterValidator(_network)]], Field(max_length=100)
]


class ApiKeyCreate(RequestBody):
    """``scopes``: ``<collection|*>:<list|read|create|update|delete|write|*>``. ``networks``: the
    addresses the key may come from; none means any."""

    name: DisplayName
    scopes: Scopes
    expires_at: Expiry | None = None
    networks: Networks = Field(default=[])


class ApiKeyUpdate(RequestBody):
    """What is left out stays as it is; ``expires_at`` null means never."""

    name: DisplayName | None = None
    scopes: Scopes | None = None
    expires_at: Expiry | None = None
    networks: Networks | None = None


class ApiKeyRotate(RequestBody):
    """``grace_seconds``: how long the secret before is good still."""

    grace_seconds: Annotated[int, Field(ge=0, le=LONGEST_GRACE)] = 0


class ApiKeyRead(BaseModel):
    """``last_used_at`` is exact to a minute or so."""

    id: UUID
    name: str
    scopes: list[str]
    networks: list[str]
    expires_at: Moment | None
    last_used_at: Moment | None
    created_by: UUID | None
    created_at: Moment
    updated_at: Moment


class ApiKeyCreated(ApiKeyRead):
    """``key`` is shown this once."""

    key: str
