"""Secrets as requests and answers; a value is in no answer."""

import re
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.api.schemas import Moment, RequestBody

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def _host(text: str) -> str:
    host = text.strip().lower()
    if not _HOST.fullmatch(host):
        raise ValueError("A host is a name or an address, without scheme, port or path.")
    return host


SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Host = Annotated[str, StringConstraints(max_length=253), AfterValidator(_host)]


class SecretWrite(RequestBody):
    """``hosts``: the only ones it may be sent to; null: any. Who changes them gives the value
    anew."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=8_192)]
    hosts: Annotated[list[Host], Field(min_length=1, max_length=20)] | None = None


class SecretRead(BaseModel):
    name: str
    hosts: list[str] | None
    created_by: UUID | None
    created_at: Moment
    updated_at: Moment
