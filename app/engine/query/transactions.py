"""Several writes in one transaction: all of them, or none.

What a single write mends by running again, another schema version or a moved snapshot, restarts
the whole transaction here: nothing of it was acknowledged.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg

from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Field
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context
from app.engine.policy.model import Access, Action
from app.engine.query.compile_locks import compile_locks
from app.engine.query.execute import CONTENDED, STALE, WriteContendedError
from app.engine.query.patience import Patience
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.prepare import Prepared
from app.engine.query.respond import Answer
from app.engine.query.writing import MOST_CONTENDED, Writer, lock_record

_RETRIES_UNLOCKED: Final = 3

Connection = asyncpg.Connection


class RestartError(Exception):
    """The transaction must begin again; ``stale`` where the schema has changed."""

    def __init__(self, *, stale: bool) -> None:
        super().__init__()
        self.stale = stale


class TransactionWriter(Writer):
    """Writes on one connection, inside a transaction that its owner ends.

    A write that is refused leaves the transaction as it was.
    """

    def __init__(self, pipeline: Pipeline, connection: Connection, *, locked: bool = False) -> None:
        super().__init__(pipeline)
        self.connection = connection
        self._locked = locked

    async def _execute(
        self, call: Call, prepared: Prepared, access: Access, *, locked: bool
    ) -> list[Any]:
        is_locked = locked or self._locked
        try:
            rows = await self._run_here(prepared, access, is_locked)
        except asyncpg.PostgresError as error:
            if await self._restarts(prepared, error, locked=is_locked):
                raise RestartError(stale=isinstance(error, STALE)) from error
            raise self._refused(error, prepared) from error
        if rows[0][0] in ("stale_catalog", "retry"):
            await self.pipeline.catalogs.refresh(call.caller.project.id)
            raise RestartError(stale=rows[0][0] == "stale_catalog")
        return rows

    async def _restarts(
        self, prepared: Prepared, error: asyncpg.PostgresError, *, locked: bool
    ) -> bool:
        """Whether the transaction may succeed when it begins again. Raises what is our fault."""
        if isinstance(error, STALE):
            await self.pipeline.mend(prepared.catalog, error)
            return True
        if isinstance(error, asyncpg.UniqueViolationError):
            return await self._mend_sequence(prepared, error)
        came_between = isinstance(error, asyncpg.ForeignKeyViolationError) and not locked
        return came_between or isinstance(error, CONTENDED)

    async def _run_here(self, prepared: Prepared, access: Access, locked: bool) -> list[Any]:
        args = resolve(prepared.compiled.sources, prepared.given, Context(access.variables))  # type: ignore[arg-type]  # WriteInput subscripts like a sequence
        async with self.connection.transaction():
            if locked and prepared.given.record_id is not None:
                await self.connection.execute(*lock_record(prepared))
            return list(await self.connection.fetch(prepared.compiled.text, *args))

    async def lock(
        self, call: Call, collection: str, action: Action, record_ids: Sequence[str]
    ) -> None:
        """Lock records that are going to be written, in the order in which all lock them.

        Those that the caller may not write are left alone; what is wrong comes out at the write.
        """
        catalog, access = await self.pipeline.ground(call)
        found = catalog.find_collection(collection)
        grant = None if found is None else access.find(found, action)
        if found is None or grant is None:
            return
        key = found.fields["id"]
        ids = list(_parsed_ids(key, record_ids))
        compiled = compile_locks(found, catalog, grant.rows)
        args = resolve(compiled.sources, [ids], Context(access.variables))
        try:
            await self.fetch(compiled.text, *args)
        except (*STALE, *CONTENDED) as error:
            if isinstance(error, STALE):
                await self.pipeline.mend(catalog, error)
            raise RestartError(stale=isinstance(error, STALE)) from error

    async def fetch(self, text: str, *args: Any) -> list[Any]:
        """A read of what the transaction sees."""
        async with self.connection.transaction():
            return list(await self.connection.fetch(text, *args))

    def _written(self, call: Call) -> None:
        """Told when the transaction is committed."""


def _parsed_ids(key: Field, record_ids: Sequence[str]) -> Iterator[Any]:
    for each in record_ids:
        with suppress(ValueError):
            yield field_type(key).parse_text(key, each)


async def in_transaction(
    pipeline: Pipeline, call: Call, work: Callable[[TransactionWriter], Awaitable[Answer]]
) -> Answer:
    """Do the work and commit it; a dry run takes it back. Raises what the work raises."""
    project_id = call.caller.project.id
    patience, contended = Patience(), 0
    while True:
        try:
            answer = await _once(pipeline, call, work, locked=contended >= _RETRIES_UNLOCKED)
        except RestartError as error:
            contended += not error.stale
            if contended >= MOST_CONTENDED:
                raise WriteContendedError from error
            await patience.pause()
            continue
        if not call.preferences.dry_run:
            pipeline.wakeups.touch(project_id)
        return answer


async def _once(
    pipeline: Pipeline,
    call: Call,
    work: Callable[[TransactionWriter], Awaitable[Answer]],
    *,
    locked: bool,
) -> Answer:
    pools = await pipeline.database.placement(call.caller.project.id)
    async with pools.data.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            answer = await work(TransactionWriter(pipeline, connection, locked=locked))
        except BaseException:
            await transaction.rollback()
            raise
        if call.preferences.dry_run:
            await transaction.rollback()
        else:
            await transaction.commit()
        return answer
