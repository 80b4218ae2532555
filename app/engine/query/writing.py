"""Writes, start to finish: prepared, executed, answered.

The statement answers with a verdict instead of failing; what can be mended by running it again
(another schema version, a moved snapshot, a lost race) is run again here.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import asyncpg

from app.core.errors import PreconditionRequiredError
from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Condition, Context
from app.engine.policy.authorize import require_collection
from app.engine.policy.model import Access
from app.engine.query.bodies import joined_row
from app.engine.query.execute import (
    CONTENDED,
    STALE,
    LostUpsertError,
    RecordInUseError,
    WriteContendedError,
    refused,
)
from app.engine.query.joined_writes import Part
from app.engine.query.patience import Patience
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.prepare import (
    MOST_BULK_ROWS,
    Prepare,
    Prepared,
    Stage,
    changed_row,
    changed_rows,
    deleted_row,
    deleted_rows,
    new_row,
    new_rows,
    upserted,
)
from app.engine.query.respond import Answer, body_tag, records_answer
from app.engine.query.turns import Turns, in_turns
from app.engine.query.verdicts import verdict_error

MOST_PARSED_AT_ONCE: Final = 200
MOST_CONTENDED: Final = 10
"""Tries of a write that others keep getting in the way of."""


class Writer:
    """Runs writes on a pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    async def create(self, call: Call, body: Any) -> Answer:
        """Create one record (an object) or several (an array): all or none."""
        if isinstance(body, list):
            prepared, rows = await self._run(
                call, lambda stage: new_rows(stage, body), size=len(body)
            )
            return _records(call, 201, rows)
        prepared, rows = await self._run(call, lambda stage: new_row(stage, body))
        return _created(call, prepared, rows[0])

    async def upsert(self, call: Call, body: Any, on_conflict: str) -> Answer:
        """Update the records that the key finds, create the others."""
        many = isinstance(body, list)
        prepared, rows = await self._run(
            call,
            lambda stage: upserted(stage, body if many else [body], on_conflict, many),
            size=len(body) if many else 1,
        )
        if many:
            return _records(call, 200, rows)
        answer = _created(call, prepared, rows[0])
        if not rows[0][3]:
            answer.status = 200
            answer.headers = [each for each in answer.headers if each[0] != b"location"]
        return answer

    async def update(self, call: Call, record_id: str, body: Any, *, replace: bool) -> Answer:
        """Change one record; with ``replace``, fields that are not given get their defaults."""
        prepared, rows = await self._run(
            call, lambda stage: changed_row(stage, record_id, body, replace)
        )
        _, version, record, *_ = rows[0]
        headers = _tag(prepared, version, record)
        if call.preferences.minimal or record is None:
            return Answer(204, b"", headers)
        return Answer(200, record, headers)

    async def delete(self, call: Call, record_id: str) -> Answer:
        """Delete one record, with what its relations cascade to."""
        await self._run(call, lambda stage: deleted_row(stage, record_id))
        return Answer(204, b"")

    async def update_many(
        self, call: Call, condition: Condition, values: Sequence[Any], body: Any
    ) -> Answer:
        """Change every record that meets a condition, at most ``max-affected``."""
        limit = _max_affected(call)
        _, rows = await self._run(
            call, lambda stage: changed_rows(stage, condition, values, body, limit)
        )
        found = [row for row in rows if row[1] is not None]
        if call.preferences.minimal:
            return Answer(204, b"")
        records = [row[2] for row in found if row[2] is not None]
        return records_answer(200, records, affected=len(found))

    async def delete_many(self, call: Call, condition: Condition, values: Sequence[Any]) -> Answer:
        """Delete every record that meets a condition, at most ``max-affected``."""
        limit = _max_affected(call)
        _, rows = await self._run(call, lambda stage: deleted_rows(stage, condition, values, limit))
        affected = sum(row[1] is not None for row in rows)
        return Answer(200, b'{"affected":%d}' % affected)

    async def _run(self, call: Call, prepare: Prepare, size: int = 1) -> tuple[Prepared, list[Any]]:
        """Prepare and execute until the verdict is final. Answers rows whose verdict is null.

        ``size`` is how many records the body holds: many are parsed aside, so that other requests
        are not held up.
        """
        return await in_turns(lambda turns: self._run_way(call, prepare, size, turns))

    async def _run_way(
        self, call: Call, prepare: Prepare, size: int, turns: Turns
    ) -> tuple[Prepared, list[Any]]:
        patience, attempt = Patience(), 0
        while attempt < MOST_CONTENDED:
            stage = await self._stage(call, turns)
            aside = size > MOST_PARSED_AT_ONCE
            prepared = await asyncio.to_thread(prepare, stage) if aside else prepare(stage)
            verdict, rows = await self._attempt(
                call, prepared, stage.access, locked=attempt >= 3, is_last=attempt >= 5
            )
            if verdict is None:
                self._written(call)
                return prepared, rows
            attempt += verdict == "retry"
            if verdict == "stale_catalog":
                await self.pipeline.catalogs.refresh(call.caller.project.id)
                await patience.pause()
            elif verdict != "retry":
                raise verdict_error(
                    verdict, prepared.collection, prepared.catalog, stage.access, many=prepared.many
                )
        raise WriteContendedError

    def _written(self, call: Call) -> None:
        if not call.preferences.dry_run:
            self.pipeline.wakeups.touch(call.caller.project.id)

    async def _stage(self, call: Call, turns: Turns) -> Stage:
        catalog, access = await self.pipeline.ground(call)
        collection = require_collection(access, call.caller, call.collection, catalog)
        return Stage(call, catalog, access, collection, self.pipeline.statements, turns)

    async def _attempt(
        self, call: Call, prepared: Prepared, access: Access, *, locked: bool, is_last: bool
    ) -> tuple[str | None, list[Any]]:
        """The verdict and the rows; what another run can mend is a verdict too."""
        try:
            rows = await self._execute(call, prepared, access, locked=locked)
        except STALE as error:
            await self.pipeline.mend(prepared.catalog, error)
            return "stale_catalog", []
        except (*CONTENDED, LostUpsertError):
            return "retry", []
        except RecordInUseError as error:
            if is_last or not isinstance(error.__cause__, asyncpg.ForeignKeyViolationError):
                raise
            return "retry", []  # a child came between the snapshot and the delete
        return rows[0][0], rows

    async def _execute(
        self, call: Call, prepared: Prepared, access: Access, *, locked: bool
    ) -> list[Any]:
        pools = await self.pipeline.database.placement(call.caller.project.id)
        compiled, given = prepared.compiled, prepared.given
        args = resolve(compiled.sources, given, Context(access.variables))  # type: ignore[arg-type]  # WriteInput subscripts like a sequence
        try:
            if not locked and not call.preferences.dry_run:
                return await self._fetch(pools.data, prepared, args, access)
            return await self._in_transaction(pools.data, prepared, args, call)
        except (*STALE, *CONTENDED):
            raise
        except asyncpg.UniqueViolationError as error:
            if await self._mend_sequence(prepared, error):
                raise LostUpsertError from error
            raise self._refused(error, prepared) from error
        except asyncpg.PostgresError as error:
            raise self._refused(error, prepared) from error

    async def _fetch(
        self, pool: Any, prepared: Prepared, args: Sequence[Any], access: Access
    ) -> list[Any]:
        text = prepared.compiled.text
        if prepared.joined is None or not self.pipeline.joins_writes:
            return list(await pool.fetch(text, *args))
        return await self.pipeline.writes.fetch(pool, text, args, partial(_part, prepared, access))

    def _refused(self, error: asyncpg.PostgresError, prepared: Prepared) -> Exception:
        return refused(error, prepared.collection, prepared.grant)

    async def _in_transaction(
        self, pool: Any, prepared: Prepared, args: Sequence[Any], call: Call
    ) -> list[Any]:
        """Lock the record first, then run; or run and take it all back (a dry run)."""
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                if prepared.given.record_id is not None:
                    await connection.execute(*lock_record(prepared))
                rows = list(await connection.fetch(prepared.compiled.text, *args))
            except BaseException:
                await transaction.rollback()
                raise
            if call.preferences.dry_run:
                await transaction.rollback()
            else:
                await transaction.commit()
            return rows

    async def _mend_sequence(self, prepared: Prepared, error: asyncpg.PostgresError) -> bool:
        """Move a collection's id sequence behind ids that clients chose themselves."""
        collection = prepared.collection
        name = getattr(error, "constraint_name", None) or str(error)
        is_ours = collection.id_type == "int" and f"pk_{collection.id}" in name
        if not is_ours or prepared.given.columns.get("id") is not None:
            return False
        pools = await self.pipeline.database.placement(prepared.catalog.project_id)
        sequence = f"{prepared.catalog.schema}.sq_{collection.id}"
        newest = f"SELECT max(id) FROM {prepared.catalog.table(collection)}"  # noqa: S608 - quoted
        await pools.owner.execute(
            f"SELECT setval('{sequence}', greatest(1, $1::bigint, ({newest})))",
            prepared.given.highest_id,
        )
        return True


def _part(prepared: Prepared, access: Access) -> Part:
    """A write's part of a statement that does several."""
    assert prepared.joined is not None  # noqa: S101 - asked of nothing else
    compiled, given = prepared.joined(), prepared.given
    _, *others = resolve(compiled.sources, given, Context(access.variables))  # type: ignore[arg-type]  # WriteInput subscripts like a sequence
    row = joined_row(prepared.collection, given)
    return Part(compiled.text, tuple(others), row, given.record_id)


def lock_record(prepared: Prepared) -> tuple[str, Any]:
    """The statement that locks the record which a write is about, and its argument."""
    key = prepared.collection.fields["id"]
    cast = field_type(key).bind_type(key)
    table = prepared.catalog.table(prepared.collection)
    text = f"SELECT 1 FROM {table} WHERE {quote_ident('id')} = $1::{cast} FOR NO KEY UPDATE"  # noqa: S608 - quoted
    return text, prepared.given.record_id


def _created(call: Call, prepared: Prepared, row: Any) -> Answer:
    _, version, record, *_ = row
    record_id = prepared.given.columns.get("id")
    headers = _tag(prepared, version, record)
    if record_id is not None:
        base = f"/api/projects/{call.caller.project.slug}/data/{prepared.collection.name}"
        headers.append((b"location", f"{base}/{quote(str(record_id), safe='')}".encode()))
    if call.preferences.minimal or record is None:
        return Answer(201, b"", headers)
    return Answer(201, record, headers)


def _tag(prepared: Prepared, version: int, record: bytes | None) -> list[tuple[bytes, bytes]]:
    """The ETag of a written record; none where it would tell of what its writer does not see."""
    if not prepared.is_partial:
        return [(b"etag", f'"{version}-{prepared.tag}"'.encode())]
    return [] if record is None else [(b"etag", body_tag(record).encode())]


def _records(call: Call, status: int, rows: Sequence[Any]) -> Answer:
    if call.preferences.minimal:
        return Answer(status, b"")
    return records_answer(status, [row[2] for row in rows if row[2] is not None])


def _max_affected(call: Call) -> int:
    limit = call.preferences.max_affected
    if limit is None:
        raise PreconditionRequiredError(
            "A write by condition must say how many records it may touch.",
            hint="Send the header Prefer: max-affected=<number>.",
        )
    return min(limit, MOST_BULK_ROWS)
