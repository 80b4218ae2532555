"""Webhook endpoints and deliveries as requests and answers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.api.paging import CursorPage
from app.api.schemas import Moment, RequestBody
from app.features.policies.service.acting import PROJECT

EventPattern = Literal["record.created", "record.updated", "record.deleted", "record.*", "*"]
DeliveryStatus = Literal["pending", "succeeded", "failed", "dead", "skipped"]

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_048)]
Events = Annotated[list[EventPattern], Field(min_length=1, max_length=10)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Collections = Annotated[list[Name], Field(min_length=1, max_length=500)]
RunAs = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]


class WebhookCreate(RequestBody):
    """``collections`` null: all. ``where``: which records, as in policies; it takes named
    collections. ``run_as``: whose eyes events are seen with: ``project`` (everything),
    ``anonymous``, ``role:<name>`` or ``user:<id>``."""

    url: Url
    events: Events
    collections: Collections | None = None
    where: dict[str, Any] | None = None
    enabled: bool = True
    run_as: RunAs = PROJECT
    description: Description | None = None


class WebhookUpdate(RequestBody):
    """What is left out stays as it is."""

    url: Url | None = None
    events: Events | None = None
    collections: Collections | None = None
    where: dict[str, Any] | None = None
    enabled: bool | None = None
    run_as: RunAs | None = None
    description: Description | None = None


class WebhookRead(BaseModel):
    """``broken``: why the condition can no longer be used; until it is mended nothing is sent.
    ``paused_until``: no attempts until then, because the ones before failed."""

    id: UUID
    url: str
    description: str | None
    events: list[str]
    collections: list[str] | None
    where: dict[str, Any] | None
    enabled: bool
    disabled_reason: str | None
    broken: str | None
    run_as: str
    failures: int
    paused_until: Moment | None
    former_secret_until: Moment | None
    created_by: UUID | None
    created_at: Moment
    updated_at: Moment


class WebhookCreated(WebhookRead):
    """``secret`` is shown this once."""

    secret: str


class Attempt(BaseModel):
    """``response_body`` is the beginning of the answer, for admins."""

    number: int
    at: Moment
    duration_ms: int
    response_status: int | None
    response_body: str | None
    error: str | None


class DeliveryRead(BaseModel):
    """``message_id`` is the header ``webhook-id`` of every attempt. ``collection`` is null where it
    is gone."""

    id: UUID
    webhook_id: UUID
    message_id: str
    type: str
    seq: int | None
    collection: str | None
    record_id: str | None
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Moment | None
    response_status: int | None
    error: str | None
    created_at: Moment
    finished_at: Moment | None


class DeliveryDetail(DeliveryRead):
    """``payload`` is the body as it is sent, for admins; null before the first attempt."""

    payload: str | None
    log: list[Attempt]


class DeliveryPage(BaseModel):
    data: list[DeliveryRead]
    page: CursorPage


class Redeliver(RequestBody):
    """Deliveries that came to this end, made at ``since`` or later."""

    status: Literal["dead", "failed", "succeeded", "skipped"] = "dead"
    since: AwareDatetime | None = None


class Redelivered(BaseModel):
    """``count``: how many are on their way again."""

    count: int
