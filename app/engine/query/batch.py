"""Batches: operations on several collections in one transaction, with references between them.

An atomic batch is done whole or not at all. In another each operation stands for itself, and the
transaction is there so that a killed process leaves nothing half done.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import unquote

from app.core.errors import BackendifyError, InvalidError, UnavailableError, Violation
from app.core.json_text import dump_json, parse_json
from app.engine.conditions.parse import parse_json_condition
from app.engine.conditions.tree import Condition
from app.engine.policy.model import Action
from app.engine.query.pipeline import Call
from app.engine.query.preferences import Preferences
from app.engine.query.request import parse_get
from app.engine.query.respond import Answer
from app.engine.query.transactions import TransactionWriter

MOST_OPERATIONS: Final = 1_000
_REFERENCE = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)\.([A-Za-z_][A-Za-z0-9_]*)")

Kind = Literal["create", "update", "upsert", "delete", "get"]


class UnknownReferenceError(InvalidError):
    """A reference names no earlier operation, or a field that its answer does not have."""

    code = "batch_reference_unknown"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; ``where`` takes the place of ``record_id`` in updates and deletes.

    ``{"$ref": "<name>.<field>"}`` in ``data``, ``where`` and ``record_id`` stands for a field of
    what the operation with that ``ref`` answered.
    """

    op: Kind
    collection: str
    record_id: Any = None
    data: Mapping[str, Any] | None = None
    where: Mapping[str, Any] | None = None
    max_affected: int | None = None
    on_conflict: str | None = None
    if_match: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    operations: Sequence[Operation]
    atomic: bool = True


async def run_batch(writer: TransactionWriter, call: Call, batch: Batch) -> Answer:
    """Every operation's status and body, in their order.

    Raises the error of an atomic batch's failing operation, with its pointer.
    """
    run = _Run(writer, call, batch)
    await run.lock()
    position = 0
    while position < len(batch.operations):
        position += await run.some(position)
    return Answer(200, b'{"data":[' + b",".join(run.told) + b"]}")


class _Run:
    """One run through a batch."""

    def __init__(self, writer: TransactionWriter, call: Call, batch: Batch) -> None:
        self.told: list[bytes] = []
        self._writer = writer
        self._call = call
        self._batch = batch
        self._named: dict[str, Mapping[str, Any]] = {}

    async def lock(self) -> None:
        """Lock what several operations name by id, so that batches cannot wait for each other."""
        named: dict[tuple[str, Action], list[str]] = {}
        for each in self._batch.operations:
            if each.op in ("update", "delete") and isinstance(each.record_id, str | int):
                action: Action = "update" if each.op == "update" else "delete"
                named.setdefault((each.collection, action), []).append(str(each.record_id))
        if sum(len(ids) for ids in named.values()) > 1:
            for collection, action in sorted(named):
                ids = named[collection, action]
                await self._writer.lock(self._call, collection, action, ids)

    async def some(self, position: int) -> int:
        """Run the operation, or as many as make one statement with it; answers how many."""
        together = self._alike(position)
        if len(together) > 1 and await self._created_together(together):
            return len(together)
        operation = self._batch.operations[position]
        try:
            answer = await self._one(operation)
        except UnavailableError:
            raise
        except BackendifyError as error:
            located = _located(error, position)
            if self._batch.atomic:
                raise located from error
            self.told.append(_failed(located))
            return 1
        self._keep(operation, answer)
        self.told.append(_done(answer, minimal=self._call.preferences.minimal))
        return 1

    def _alike(self, position: int) -> Sequence[Operation]:
        """The creates in a row that neither refer to others nor are referred to."""
        first, found = self._batch.operations[position], []
        for operation in self._batch.operations[position:]:
            is_alike = operation.op == "create" and operation.collection == first.collection
            if not is_alike or operation.ref is not None or _refers(operation.data):
                break
            found.append(operation)
        return found

    async def _created_together(self, operations: Sequence[Operation]) -> bool:
        """Whether one statement created them all; where one is at fault each is tried alone."""
        if not await self._sees_all(operations[0].collection):
            return False
        bodies = [operation.data for operation in operations]
        try:
            answer = await self._writer.create(self._of(operations[0]), bodies)
        except UnavailableError:
            raise
        except BackendifyError:
            return False
        for record in parse_json(answer.body)["data"]:
            created = Answer(201, dump_json(record).encode())
            self.told.append(_done(created, minimal=self._call.preferences.minimal))
        return True

    async def _sees_all(self, name: str) -> bool:
        """Whether every created record is answered, so that answers and operations agree."""
        catalog, access = await self._writer.pipeline.ground(self._call)
        collection = catalog.find_collection(name)
        grant = None if collection is None else access.find(collection, "read")
        return grant is not None and grant.rows is None

    async def _one(self, operation: Operation) -> Answer:
        call, writer = self._of(operation), self._writer
        record_id = str(self._resolved(operation.record_id))
        body = self._resolved(operation.data)
        if operation.op == "get":
            return await writer.pipeline.get_record(call, parse_get(record_id, []), on=writer)
        if operation.op == "create":
            return await writer.create(call, body)
        if operation.op == "upsert":
            return await writer.upsert(call, body, operation.on_conflict or "id")
        if operation.where is not None:
            return await self._many(call, operation, body)
        if operation.op == "delete":
            return await writer.delete(call, record_id)
        return await writer.update(call, record_id, body, replace=False)

    async def _many(self, call: Call, operation: Operation, body: Any) -> Answer:
        values: list[Any] = []
        where = self._resolved(operation.where)
        condition: Condition = parse_json_condition(where, values, where="/where")
        if operation.op == "delete":
            return await self._writer.delete_many(call, condition, values)
        return await self._writer.update_many(call, condition, values, body)

    def _of(self, operation: Operation) -> Call:
        numbers = self._call.preferences.text_numbers
        return replace(
            self._call,
            collection=operation.collection,
            if_match=operation.if_match,
            preferences=Preferences(max_affected=operation.max_affected, text_numbers=numbers),
        )

    def _keep(self, operation: Operation, answer: Answer) -> None:
        if operation.ref is None:
            return
        record = parse_json(answer.body) if answer.body else {}
        location = dict(answer.headers).get(b"location")
        if "id" not in record and location is not None:
            record["id"] = unquote(location.decode().rpartition("/")[2])
        self._named[operation.ref] = record

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict):
            if (name := _reference(value)) is not None:
                return self._referred(*name)
            return {key: self._resolved(each) for key, each in value.items()}
        return [self._resolved(each) for each in value] if isinstance(value, list) else value

    def _referred(self, name: str, field: str) -> Any:
        record = self._named.get(name)
        if record is None or field not in record:
            raise UnknownReferenceError(
                f"The reference {name}.{field} leads nowhere.",
                hint="Refer to a field of what an earlier operation with that ref answered.",
            )
        return record[field]


def _reference(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """The operation and field that a value refers to; None for JSON of its own."""
    text = value.get("$ref") if len(value) == 1 else None
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return (found[1], found[2]) if found else None


def _refers(value: Any) -> bool:
    if isinstance(value, dict):
        return _reference(value) is not None or any(_refers(each) for each in value.values())
    return isinstance(value, list) and any(_refers(each) for each in value)


def _located(error: BackendifyError, position: int) -> BackendifyError:
    """The error with its pointers below the operation's."""
    at = f"/operations/{position}"
    error.errors = tuple(
        Violation(f"{at}/data{each.pointer}", each.code, each.message, each.hint)
        for each in error.errors
    )
    error.extra["pointer"] = at
    return error


def _done(answer: Answer, *, minimal: bool) -> bytes:
    told = b'{"status":%d' % answer.status
    etag = dict(answer.headers).get(b"etag")
    if etag is not None:
        told += b',"etag":' + dump_json(etag.decode()).encode()
    if answer.body and not minimal:
        told += b',"body":' + answer.body
    return told + b"}"


def _failed(error: BackendifyError) -> bytes:
    problem = {
        "type": f"/docs/errors#{error.code}", "title": error.title, "status": error.status,
        "detail": error.detail, "code": error.code,
    }  # fmt: skip
    if error.hint:
        problem["hint"] = error.hint
    if error.errors:
        problem["errors"] = [violation.as_json() for violation in error.errors]
    body = dump_json(problem | error.extra)
    return b'{"status":%d,"body":%b}' % (error.status, body.encode())
