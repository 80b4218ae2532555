"""What request shapes are made of."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, StringConstraints

from app.engine.identity import emails, passwords


class RequestBody(BaseModel):
    """The base of every request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


Email = Annotated[str, StringConstraints(max_length=320), AfterValidator(emails.canonical_email)]
"""An address, brought to its canonical form."""

GivenPassword = Annotated[str, StringConstraints(max_length=passwords.MAX_LENGTH)]
"""A password to be checked; only its length is bounded."""

NewPassword = Annotated[
    str, StringConstraints(min_length=passwords.MIN_LENGTH, max_length=passwords.MAX_LENGTH)
]

DisplayName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat(), when_used="json"),
]
"""A time in an answer: RFC 3339, in UTC, with its offset written out as Postgres does."""
