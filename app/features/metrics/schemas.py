"""The figures of a project as answers."""

from pydantic import BaseModel

from app.api.schemas import Moment


class RequestPoint(BaseModel):
    """The requests from ``at`` on, for a step's length. ``errors`` are answers of 5xx, ``refused``
    those of 4xx; times are in milliseconds, null where there was no request."""

    at: Moment
    requests: int
    refused: int
    errors: int
    average_ms: float | None
    slowest_ms: float | None


class RequestSeries(BaseModel):
    """Points without a gap, the oldest first, each of ``step_minutes``."""

    step_minutes: int
    data: list[RequestPoint]


class CollectionSize(BaseModel):
    """``bytes`` with indexes and what is stored aside; ``records`` as Postgres last estimated."""

    collection: str
    bytes: int
    records: int


class StorageRead(BaseModel):
    """``total_bytes`` is all of the project: its collections, links, change log and the rest."""

    total_bytes: int
    log_bytes: int
    data: list[CollectionSize]
