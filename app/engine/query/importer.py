"""Imports: bulk writes of a file's rows in one transaction, with every fault by its row.

A batch that the database refuses is halved until the row at fault stands alone. All or nothing,
unless the caller asked to keep the good rows.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, Literal

import asyncpg

from app.core.errors import BackendifyError, InvalidError, Violation
from app.core.json_text import dump_json
from app.engine.catalog.model import Catalog
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context
from app.engine.policy.authorize import access_of, require_collection, require_grant
from app.engine.policy.model import Access, Grant
from app.engine.query.compile_parts import CompiledWrite, WriteInput
from app.engine.query.compile_write import compile_write
from app.engine.query.execute import CONTENDED, STALE, LostUpsertError, refused
from app.engine.query.import_rows import Row, Target, link_fields
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.plan_write import WriteShape, conflict_key, plan_write
from app.engine.query.values import Author
from app.engine.query.verdicts import verdict_error

MOST_ERRORS = 100
Mode = Literal["insert", "upsert"]


class StaleCatalogError(Exception):
    """The schema changed while rows were being written: the whole import starts again."""


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

    def as_json(self) -> dict[str, Any]:
        return {
            "inserted": self.inserted,
            "updated": self.updated,
            "failed": self.failed,
            "errors": [error.as_json() for error in self.errors],
        }


Numbered = tuple[int, Row]


class Importer:
    """Writes batches of rows into one collection on one connection."""

    def __init__(
        self, pipeline: Pipeline, call: Call, catalog: Catalog, mode: Mode, on_conflict: str | None
    ) -> None:
        self._call = call
        self._access: Access = access_of(call.caller)
        collection = require_collection(self._access, call.caller, call.collection, catalog)
        grant = require_grant(self._access, collection, "create")
        self._update: Grant | None = self._access.find(collection, "update")
        self._key = conflict_key(collection, on_conflict or "id") if mode == "upsert" else ()
        self._pipeline = pipeline
        self._mode = mode
        self.target = Target(collection, catalog, grant, Author(call.caller.principal.id))
        self.given: tuple[str, ...] = ()
        self.report = Report()

    async def write(self, connection: Any, batch: Sequence[Numbered]) -> None:
        """Write a batch, inside the caller's transaction. Raises StaleCatalogError."""
        if not batch:
            return
        try:
            async with connection.transaction():
                created, updated = await self._run(connection, [row for _, row in batch])
        except STALE as error:
            raise StaleCatalogError from error
        except (asyncpg.PostgresError, BackendifyError, LostUpsertError) as error:
            await self._narrow(connection, batch, error)
        else:
            self.report.inserted += created
            self.report.updated += updated

    async def _narrow(self, connection: Any, batch: Sequence[Numbered], error: Exception) -> None:
        if isinstance(error, CONTENDED):
            raise error
        if len(batch) == 1:
            told = self._told(error)
            self.report.refuse(batch[0][0], told)
            return
        half = len(batch) // 2
        for part in (batch[:half], batch[half:]):
            if len(self.report.errors) < MOST_ERRORS:
                await self.write(connection, part)
            else:
                self.report.failed += len(part)

    def _told(self, error: Exception) -> Sequence[Violation]:
        if isinstance(error, asyncpg.PostgresError):
            error = refused(error, self.target.collection, self.target.grant)
        if isinstance(error, BackendifyError):
            return error.errors or [Violation("", error.code, error.detail)]
        if isinstance(error, LostUpsertError):
            return [Violation("", "write_contended", "Another write took the row's key.")]
        raise error

    async def _run(self, connection: Any, rows: list[Row]) -> tuple[int, int]:
        """Created and updated rows of one statement. Raises what its verdict says."""
        compiled = self._compiled(link_fields(rows), self._given(rows))
        extras = self._extras()
        document = dump_json([extras | row for row in rows]).encode()
        given = WriteInput(
            rows=document,
            request_id=self._call.request_id,
            actor=self._call.caller.principal.actor,
        )
        context = Context(self._access.variables)
        args = resolve(compiled.sources, given, context)  # type: ignore[arg-type]  # subscripts like a sequence
        found = await connection.fetch(compiled.text, *args)
        verdict = found[0][0]
        if verdict == "stale_catalog":
            raise StaleCatalogError
        if verdict is not None:
            collection, catalog = self.target.collection, self.target.catalog
            raise verdict_error(verdict, collection, catalog, many=False)
        if self._mode == "insert":
            return len(rows), 0
        created = sum(bool(row[3]) for row in found)
        return created, len(rows) - created

    def _extras(self) -> Row:
        """An id that the file brings may have been used before: its versions go on, not over."""
        chosen = "id" in self.given
        return {"_first": time.time_ns() // 1_000 if chosen else 1, "_given": self.given}

    def _given(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """The columns that an upsert updates: those that any row of the batch names."""
        if self._mode == "insert":
            return ()
        return tuple(sorted({name for row in rows for name in row.get("_given", self.given)}))

    def _compiled(self, links: tuple[str, ...], given: tuple[str, ...]) -> CompiledWrite:
        collection, catalog = self.target.collection, self.target.catalog
        columns = tuple(field.column for field in collection.stored_fields)
        upsert = self._mode == "upsert"
        shape = WriteShape(
            "upsert" if upsert else "create",
            many=True,
            columns=given if upsert else columns,
            links=links,
            key=self._key,
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


class ImportFailedError(InvalidError):
    code = "import_failed"
