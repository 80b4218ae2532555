"""The shapes of the data routes that are the same for every collection."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, Field, StringConstraints

from app.api.schemas import RequestBody

RecordBody = Annotated[dict[str, Any] | list[dict[str, Any]], Body()]


class ChangeRead(BaseModel):
    """One change. ``seq`` is null until the relay has placed it in the project's log."""

    n: int
    seq: int | None
    at: datetime
    action: str
    collection: str
    record_id: str
    actor: str | None
    request_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class FieldDiff(BaseModel):
    before: Any
    after: Any


class RecordChange(ChangeRead):
    """``diff``: the fields whose values differ, of those that may be seen."""

    diff: dict[str, FieldDiff]


class ChangePage(BaseModel):
    limit: int
    has_more: bool
    next_since: int | None = None
    next_before: int | None = None


class ChangeList(BaseModel):
    data: list[ChangeRead]
    page: ChangePage


class RecordHistory(BaseModel):
    data: list[RecordChange]
    page: ChangePage


class Revert(RequestBody):
    """``seq`` is the change whose outcome the record gets back."""

    seq: Annotated[int, Field(ge=1, le=2**63 - 1)]


class Undo(RequestBody):
    """``force`` also takes back what others have changed since; ``actor`` says whose request is
    meant, where several sent one of that id."""

    request_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    actor: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    force: bool = False


class Undone(BaseModel):
    """How many records were written."""

    undone: int


class CheckAnswer(BaseModel):
    """Whether the values would be accepted, as far as that can be told without writing."""

    valid: bool
    errors: list[dict[str, Any]]
