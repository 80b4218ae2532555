"""The batch route's body, and its way into the engine."""

from typing import Annotated, Any, Self

from fastapi import Request
from pydantic import BaseModel, Field, StringConstraints, model_validator

from app.api.fast_lane import IDEMPOTENCY_KEY
from app.api.schemas import RequestBody
from app.api.services import Services
from app.engine.query.batch import MOST_OPERATIONS, Batch, Kind, Operation, run_batch
from app.engine.query.once import keyed, run_once
from app.engine.query.pipeline import Call
from app.engine.query.prepare import MOST_BULK_ROWS
from app.engine.query.respond import Answer
from app.engine.query.transactions import TransactionWriter, in_transaction

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
RefName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]


class BatchOperation(RequestBody):
    """``id`` or ``where`` says which records an update or delete is about; ``data`` is a record,
    in which ``{"$ref": "<ref>.<field>"}`` stands for what an earlier operation answered."""

    op: Kind
    collection: Name
    id: Any = None
    data: dict[str, Any] | None = None
    where: dict[str, Any] | None = None
    max_affected: Annotated[int, Field(ge=0, le=MOST_BULK_ROWS)] | None = None
    on_conflict: Name | None = None
    if_match: str | None = None
    ref: RefName | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        takes_data = self.op in ("create", "update", "upsert")
        if takes_data == (self.data is None):
            raise ValueError(f"{self.op} takes {'' if takes_data else 'no '}data.")
        if self.op in ("create", "upsert") and (self.id is not None or self.where is not None):
            raise ValueError(f"{self.op} takes neither id nor where.")
        if self.op == "get" and (self.id is None or self.where is not None):
            raise ValueError("get takes an id.")
        if self.op in ("update", "delete") and (self.id is None) == (self.where is None):
            raise ValueError(f"{self.op} takes an id, or where with max_affected.")
        return self


class BatchWrite(RequestBody):
    """Up to 1,000 operations, done in their order: all or none where ``atomic``."""

    operations: Annotated[list[BatchOperation], Field(min_length=1, max_length=MOST_OPERATIONS)]
    atomic: bool = True


class OperationAnswer(BaseModel):
    """An operation's status, and the record (or the problem) that it answers with."""

    status: int
    etag: str | None = None
    body: dict[str, Any] | None = None


class BatchAnswer(BaseModel):
    data: list[OperationAnswer]


async def answer_batch(
    services: Services, call: Call, body: BatchWrite, request: Request
) -> Answer:
    """Run the batch, once where the request has a key."""
    headers = dict(request.scope["headers"])
    prefer = headers.get(b"prefer", b"")
    batch = Batch([_operation(each) for each in body.operations], body.atomic)

    async def work(writer: TransactionWriter) -> Answer:
        return await run_batch(writer, call, batch)

    key = headers.get(IDEMPOTENCY_KEY)
    if key is None or call.preferences.dry_run:
        return await in_transaction(services.pipeline, call, work)
    route = f"POST {request.scope['path']}"
    asked = keyed(key.decode("latin-1"), route, await request.body(), prefer)
    return await run_once(services.pipeline, call, asked, work)


def _operation(given: BatchOperation) -> Operation:
    return Operation(
        op=given.op,
        collection=given.collection,
        record_id=given.id,
        data=given.data,
        where=given.where,
        max_affected=given.max_affected,
        on_conflict=given.on_conflict,
        if_match=given.if_match,
        ref=given.ref,
    )
