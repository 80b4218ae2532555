"""Imports: bulk writes of a file's rows in one transaction, with every fault by its row.

A batch that the database refuses is halved until the row at fault stands alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, Literal

import asyncpg

from app.core.errors import BackendifyError, InvalidError, Violation
from app.engine.catalog.model import Catalog
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context
from app.engine.policy.authorize import require_collection, require_grant
from app.engine.policy.model import Access, Grant
from app.engine.query.compile_rows import catch_up
from app.engine.query.compile_write import compile_write
from app.engine.query.defaults import Author
from app.engine.query.execute import CONTENDED, STALE, LostUpsertError, refused
from app.engine.query.import_rows import Row, Target
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.plan_write import (
    PresetsDifferError,
    WriteShape,
    conflict_key,
    plan_write,
)
from app.engine.query.verdicts import verdict_error
from app.engine.query.write_input import CompiledWrite, WriteInput

MOST_ERRORS = 100
Mode = Literal["insert", "upsert"]

_OF_A_ROW = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)
"""Refusals that smaller batches lead to the row of; anything else is no row's fault."""


class ImportMovedError(Exception):
    """The schema or other writers moved under the import: the whole of it starts again."""


@dataclass(frozen=True, slots=True)
class RowError(Violation):
    """A row that cannot be imported. Rows count from 1, a CSV's header not among them."""

    row: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, **Violation.as_json(self)}


@dataclass(slots=True)
class Report:
    """What an import did, or would have done."""

    inserted: int = 0
    updated: int = 0
    failed: int = 0
    errors: list[RowError] = member(default_factory=list)

    def refuse(self, row: int, violations: Iterable[Violation]) -> None:
        self.failed += 1
        room = MOST_ERRORS - len(self.errors)
        self.errors.extend(
            RowError(fault.pointer, fault.code, fault.message, fault.hint, row)
            for fault in list(violations)[:room]
        )

    @property
    def is_full(self) -> bool:
        """Whether no further fault will be told."""
        return len(self.errors) >= MOST_ERRORS

    def as_json(self) -> dict[str, Any]:
        return {
            "inserted": self.inserted,
            "updated": self.updated,
            "failed": self.failed,
            "errors": [error.as_json() for error in self.errors],
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was refused before it came to a statement."""

    violations: Sequence[Violation]


Numbered = tuple[int, Row | Refused]
"""A row of the file by its number."""

Good = tuple[int, Row]


class Importer:
    """Writes batches of rows into one collection on one connection.

    ``partial`` keeps the good rows, however many others there are; without it a full report ends
    the import, since nothing of it will be kept.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        call: Call,
        catalog: Catalog,
        access: Access,
        mode: Mode,
        on_conflict: str | None = None,
        *,
        partial: bool = False,
    ) -> None:
        self._call = call
        self._access = access
        collection = require_collection(self._access, call.caller, call.collection, catalog)
        grant = _only_way(require_grant(self._access, collection, "create"))
        update = self._access.find(collection, "update") if mode == "upsert" else None
        self._update: Grant | None = None if update is None else _only_way(update)
        self._key: tuple[str, ...] = ()
        if mode == "upsert":
            view = access.view(collection, "read")
            self._key = conflict_key(collection, on_conflict or "id", view)
        self._pipeline = pipeline
        self._partial = partial
        author = Author(call.caller.principal.id, access.variables)
        self.target = Target(collection, catalog, grant, author, updates=mode == "upsert")
        self.report = Report()

    @property
    def _takes_anything(self) -> bool:
        grants = (self.target.grant, self._update)
        return all(grant is None or grant.takes_anything for grant in grants)

    @property
    def is_over(self) -> bool:
        """Whether further rows can change nothing."""
        return self.report.is_full and not self._partial

    async def prepare(self, owner: Any) -> None:
        """Let the rows that bring no id get one that is free. ``owner`` may move sequences.

        Raises ImportMovedError.
        """
        if self.target.collection.id_type == "int":
            try:
                await owner.execute(catch_up(self.target.catalog, self.target.collection))
            except STALE as error:
                raise ImportMovedError from error

    async def write(self, connection: Any, batch: Sequence[Numbered]) -> None:
        """Write a batch, inside the caller's transaction. Raises ImportMovedError."""
        good: list[Good] = []
        for number, row in batch:
            if isinstance(row, Refused):
                self.report.refuse(number, row.violations)
            else:
                good.append((number, row))
        await self._write(connection, good)
        self.report.errors.sort(key=lambda error: error.row)

    async def _write(self, connection: Any, batch: Sequence[Good]) -> None:
        if not batch or self.is_over:
            return
        try:
            async with connection.transaction():
                created, updated = await self._run(connection, [row for _, row in batch])
        except (*STALE, *CONTENDED) as error:
            raise ImportMovedError from error
        except (*_OF_A_ROW, BackendifyError, LostUpsertError) as error:
            await self._narrow(connection, batch, error)
        else:
            self.report.inserted += created
            self.report.updated += updated

    async def _narrow(self, connection: Any, batch: Sequence[Good], error: Exception) -> None:
        if len(batch) == 1:
            self.report.refuse(batch[0][0], self._told(error))
            return
        half = len(batch) // 2
        await self._write(connection, batch[:half])
        await self._write(connection, batch[half:])

    def _told(self, error: Exception) -> Sequence[Violation]:
        if isinstance(error, asyncpg.PostgresError):
            error = refused(error, self.target.collection, self.target.grant)
        if isinstance(error, BackendifyError):
            return error.errors or [Violation("", error.code, error.detail)]
        if isinstance(error, LostUpsertError):
            return [Violation("", "write_contended", "Another write took the row's key.")]
        raise error

    async def _run(self, connection: Any, rows: Sequence[Row]) -> tuple[int, int]:
        """Created and updated rows of one statement. Raises what its verdict says."""
        given = _named(row.given for row in rows)
        compiled = self._compiled(_named(row.links for row in rows), given)
        document = WriteInput(
            rows=f"[{','.join(row.text for row in rows)}]".encode(),
            request_id=self._call.request_id,
            actor=self._call.caller.principal.actor,
        )
        context = Context(self._access.variables)
        args = resolve(compiled.sources, document, context)  # type: ignore[arg-type]  # subscripts like a sequence
        found = await connection.fetch(compiled.text, *args)
        verdict = found[0][0]
        if verdict in ("stale_catalog", "retry"):
            raise ImportMovedError
        if verdict is not None:
            collection, catalog = self.target.collection, self.target.catalog
            raise verdict_error(verdict, collection, catalog, self._access, many=False)
        if not self.target.updates:
            return len(rows), 0
        created = sum(bool(row[3]) for row in found)
        return created, len(rows) - created

    def _compiled(self, links: tuple[str, ...], given: tuple[str, ...]) -> CompiledWrite:
        """``given`` are the columns that any row of the batch names: an upsert updates those."""
        collection, catalog = self.target.collection, self.target.catalog
        columns = tuple(field.column for field in collection.stored_fields)
        upsert = self.target.updates
        named = (collection.by_column[column].id for column in given)
        shape = WriteShape(
            "upsert" if upsert else "create",
            many=True,
            columns=given if upsert else columns,
            links=links,
            key=self._key,
            given=frozenset() if self._takes_anything else frozenset((*named, *links)),
            returning=False,
        )
        key = (catalog.project_id, catalog.version, self._access.key, collection.id, shape)

        def make() -> CompiledWrite:
            plan = plan_write(
                shape, collection, self.target.grant, catalog, self._access, update=self._update
            )
            return compile_write(plan)

        compiled: CompiledWrite = self._pipeline.statements.get(("import", *key), make)
        return compiled


def _only_way(grant: Grant) -> Grant:
    """Raises PresetsDifferError: an import reads its file once, with the same values for each."""
    ways = grant.ways(frozenset())
    if len(ways) > 1:
        raise PresetsDifferError("What your policies set differs by record; import one by one.")
    return ways[0]


def _named(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All names of some rows, in one order. Most rows say the same, mostly as the same value."""
    return tuple(sorted({name for each in set(names) for name in each}))


class ImportFailedError(InvalidError):
    """Some rows of a file cannot be imported, so none was; ``errors`` names each by its ``row``."""

    code = "import_failed"
