"""Taking back what was done: one record to what it was, or everything that one request changed.

Both are ordinary writes, by the caller and under their rights, and stand in the log like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from asyncpg import Record

from app.api.deps import has_role
from app.api.services import Services
from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from app.core.json_text import dump_json, parse_json
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.changes.compile_relay import read_later, read_position, read_request
from app.engine.changes.fan_out import as_event
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import is_service_key, require_collection
from app.engine.query.execute import RecordInUseError, RelationNotFoundError
from app.engine.query.pipeline import Call
from app.engine.query.respond import Answer
from app.engine.query.transactions import TransactionWriter, in_transaction
from app.engine.query.verdicts import RecordNotFoundError
from app.features.data.images import catalog_of
from app.features.data.service import show_events

MOST_UNDONE: Final = 10_000
MOST_NAMED: Final = 100


class ChangeNotFoundError(NotFoundError):
    """The log has no such change of this record, or no change of this request."""

    code = "change_not_found"


class ImagesForgottenError(ConflictError):
    """The log knows that the change was made, and no more what the record was."""

    code = "images_forgotten"


class UndoConflictError(ConflictError):
    """Records were changed since by other requests; ``records`` names those the caller sees."""

    code = "undo_conflict"


class UndoAmbiguousError(ConflictError):
    """Several callers sent a request of this id; ``actors`` names those the caller sees. Say whose
    is meant by ``actor``."""

    code = "undo_ambiguous"


class UndoTooLargeError(InvalidError):
    """The request changed more than 10,000 records."""

    code = "undo_too_large"


class _ChangedSinceError(Exception):
    """The later changes that stand in the way."""

    def __init__(self, rows: Sequence[Record]) -> None:
        super().__init__()
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Step:
    """One write of a restoration: ``body`` None deletes, ``fresh`` creates."""

    collection: str
    record_id: str
    body: Mapping[str, Any] | None
    fresh: bool = False


async def revert(services: Services, call: Call, record_id: str, seq: int) -> Answer:
    """Bring a record back to what it was after the change at ``seq``: also one that was deleted.

    Raises ChangeNotFoundError, ImagesForgottenError, ForbiddenError, and what the write raises.
    """
    _require_rights(call.caller)
    catalog, access = await services.pipeline.ground(call)
    collection = require_collection(access, call.caller, call.collection, catalog)
    pools = await services.database.placement(call.caller.project.id)
    text = read_position(catalog.schema)
    row = await pools.data.fetchrow(text, collection.id, record_id, seq)
    if row is None:
        raise ChangeNotFoundError("There is no such change of this record.")
    wanted = await _image(services, catalog, collection, row, "after")

    async def work(writer: TransactionWriter) -> Answer:
        step = Step(collection.name, record_id, wanted)
        try:
            return await _write(writer, call, step)
        except RecordNotFoundError:
            if wanted is None:
                return Answer(204, b"")
            return await _write(writer, call, replace(step, fresh=True))

    return await in_transaction(services.pipeline, call, work)


async def undo(
    services: Services, call: Call, request_id: str, *, actor: str | None, force: bool
) -> Answer:
    """Take back everything that a request of one caller changed, in one transaction.

    Raises ChangeNotFoundError, ImagesForgottenError, UndoConflictError (not with ``force``),
    UndoAmbiguousError (not with ``actor``), UndoTooLargeError.
    """
    _require_rights(call.caller)
    catalog, _ = await services.pipeline.ground(call)
    pools = await services.database.placement(call.caller.project.id)
    text = read_request(catalog.schema)
    rows = await pools.data.fetch(text, request_id, MOST_UNDONE + 1, actor)
    if not rows:
        raise ChangeNotFoundError("The log has no change of this request.")
    if len({row["actor"] for row in rows}) > 1:
        raise await _ambiguous(services, call.caller, rows)
    if len(rows) > MOST_UNDONE:
        raise UndoTooLargeError(f"The request changed more than {MOST_UNDONE} records.")
    steps = [each for row in rows if (each := await _inverse(services, catalog, row)) is not None]

    async def work(writer: TransactionWriter) -> Answer:
        if not force:
            await _refuse_later(writer, catalog, rows)
        await _write_all(writer, call, steps)
        return Answer(200, dump_json({"undone": len(steps)}).encode())

    try:
        return await in_transaction(services.pipeline, call, work)
    except _ChangedSinceError as changed:
        raise await _conflict(services, call.caller, changed.rows) from None


def _require_rights(caller: Caller) -> None:
    if caller.principal.kind == "anonymous":
        raise UnauthenticatedError("This needs credentials.", hint="Send an Authorization header.")
    if not (has_role(caller, "editor") or is_service_key(caller.principal)):
        raise ForbiddenError("Only members who may write, and service keys, restore.")


async def _ambiguous(
    services: Services, caller: Caller, rows: Sequence[Record]
) -> UndoAmbiguousError:
    shown = await _shown(services, caller, rows)
    return UndoAmbiguousError(
        "Several callers sent a request of this id.",
        hint="Name the one whose request is meant: actor.",
        actors=sorted({told["actor"] for told in shown if told.get("actor")}),
    )


async def _conflict(
    services: Services, caller: Caller, rows: Sequence[Record]
) -> UndoConflictError:
    shown = await _shown(services, caller, rows)
    return UndoConflictError(
        "Records were changed since by other requests.",
        hint='Send {"force": true} to take the request back all the same.',
        records=[{name: told[name] for name in ("collection", "record_id")} for told in shown],
    )


async def _refuse_later(
    writer: TransactionWriter, catalog: Catalog, rows: Sequence[Record]
) -> None:
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["collection"], row["record_id"])
        last[key] = max(last.get(key, 0), row["n"])
    named = [list(column) for column in zip(*last, strict=True)]
    request = (rows[0]["request_id"], rows[0]["actor"])
    text = read_later(catalog.schema)
    later = await writer.fetch(text, *named, list(last.values()), *request, MOST_NAMED)
    if later:
        raise _ChangedSinceError(later)


async def _shown(
    services: Services, caller: Caller, rows: Sequence[Record]
) -> list[dict[str, Any]]:
    """The changes that the caller may see, as the feed tells them."""
    events = [as_event(caller.project.id, row) for row in rows]
    return [told for told in await show_events(services, caller, events, bare=True) if told]


async def _write_all(writer: TransactionWriter, call: Call, steps: Sequence[Step]) -> None:
    """Write the steps; one that needs another to go first waits for the next round."""
    left = list(steps)
    while left:
        waiting = []
        for step in left:
            try:
                await _write(writer, call, step)
            except (RelationNotFoundError, RecordInUseError) as error:
                reason = error
                waiting.append(step)
            except RecordNotFoundError:
                if step.body is not None:  # what is to be deleted may be gone with another
                    raise
        if len(waiting) == len(left):
            raise reason
        left = waiting


async def _write(writer: TransactionWriter, call: Call, step: Step) -> Answer:
    call = replace(call, collection=step.collection)
    if step.body is None:
        return await writer.delete(call, step.record_id)
    if step.fresh:
        return await writer.create(call, {**step.body, "id": _id_of(step)})
    body = {name: value for name, value in step.body.items() if name != "id"}
    return await writer.update(call, step.record_id, body, replace=False)


def _id_of(step: Step) -> Any:
    return step.body.get("id", step.record_id) if step.body else step.record_id


async def _inverse(services: Services, catalog: Catalog, row: Record) -> Step | None:
    """What takes a change back; None where its collection is gone, or nothing of it is left."""
    collection = catalog.by_id.get(row["collection"])
    if collection is None:
        return None
    if row["action"] == "created":
        return Step(collection.name, row["record_id"], None)
    before = await _image(services, catalog, collection, row, "before")
    if row["action"] == "deleted":
        return Step(collection.name, row["record_id"], before or {}, fresh=True)
    after = await _image(services, catalog, collection, row, "after") or {}
    changed = {k: v for k, v in (before or {}).items() if k not in after or after[k] != v}
    return Step(collection.name, row["record_id"], changed) if changed else None


async def _image(
    services: Services, catalog: Catalog, collection: Collection, row: Record, side: str
) -> dict[str, Any] | None:
    """A record as the log kept it, as a body under today's names; None where it was not there.

    Raises ImagesForgottenError.
    """
    if row["before"] is None and row["after"] is None:
        raise ImagesForgottenError("The log does not hold what the record was any more.")
    if row[side] is None:
        return None
    then = await catalog_of(services, catalog, row["schema_version"])
    former = then.by_id[collection.id]
    body: dict[str, Any] = {}
    for key, value in parse_json(row[side]).items():
        old = former.by_column.get(key) or former.fields.get(key)
        field = collection.by_id.get(old.id) if old else None
        if field is not None and _is_written(field):
            body[field.column or field.name] = value
    return body


def _is_written(field: Field) -> bool:
    return field.id == "id" or not field.read_only
