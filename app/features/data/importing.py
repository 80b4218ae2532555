"""From an uploaded file to an import: spooled to disk first, then read ahead of being written.

The upload is over before a transaction is opened, so that a slow client holds no connection.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from fastapi import Request
from starlette.datastructures import UploadFile

from app.api.services import Services
from app.core.errors import TooLargeError, UnsupportedMediaTypeError
from app.engine.identity.principal import Caller
from app.engine.query.importer import (
    Importer,
    ImportFailedError,
    ImportMovedError,
    Mode,
    Numbered,
    Report,
)
from app.engine.query.patience import Patience
from app.engine.query.pipeline import Call
from app.features.data.reading import ImportFileError, Meaning, read_rows

BATCH_ROWS = 1_000
MEMORY_BYTES = 1 << 20
MOST_BYTES = 1 << 30
KINDS = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
_EXTENSIONS = {"csv": "csv", "json": "json", "ndjson": "ndjson", "jsonl": "ndjson"}

_turns = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    mode: Mode
    on_conflict: str | None
    dry_run: bool
    partial: bool
    meaning: Meaning

    def keep(self, report: Report) -> bool:
        """Whether what was written stays."""
        return not self.dry_run and (self.partial or not report.failed)


async def import_file(
    services: Services, caller: Caller, collection: str, request: Request, options: Options
) -> dict[str, Any]:
    """Import the request's file. Raises ImportFailedError with the report when nothing is kept."""
    call = Call(caller, collection, request_id=request.scope["state"].get("request_id"))
    await _importer(services, call, options)  # whether they may at all, before the upload
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES) as spool:
        kind = await _spool(request, spool)
        async with _turns:
            importer = await _restarting(services, call, spool, kind, options)
    if importer.report.failed and not options.partial:
        raise _failed(importer)
    return importer.report.as_json()


async def _restarting(
    services: Services, call: Call, spool: IO[bytes], kind: str, options: Options
) -> Importer:
    """Run the import, from the start again when the ground moved under it."""
    project_id = call.caller.project.id
    patience = Patience()
    while True:
        importer = await _importer(services, call, options)
        spool.seek(0)
        try:
            with closing(read_rows(kind, spool, importer.target, options.meaning)) as rows:
                if await _run(services, call, importer, rows, options):
                    services.wakeups.touch(project_id)
            return importer
        except ImportMovedError:
            await services.catalogs.refresh(project_id)
            await patience.pause()


async def _run(
    services: Services, call: Call, importer: Importer, rows: Iterator[Numbered], options: Options
) -> bool:
    """Write the rows in one transaction; whether they were kept."""
    pools = await services.database.placement(call.caller.project.id)
    await importer.prepare(pools.owner)
    async with pools.data.acquire() as connection, aclosing(_batches(rows)) as batches:
        transaction = connection.transaction()
        await transaction.start()
        try:
            async for batch in batches:
                await importer.write(connection, batch)
                if importer.is_over:
                    break
        except Exception:
            await transaction.rollback()
            raise
        keep = options.keep(importer.report)
        await (transaction.commit() if keep else transaction.rollback())
    return keep


async def _batches(rows: Iterator[Numbered]) -> AsyncGenerator[list[Numbered], None]:
    """The rows in batches, the next being parsed while one is written."""
    coming = _next_batch(rows)
    try:
        while batch := await coming:
            coming = _next_batch(rows)
            yield batch
    finally:
        await asyncio.wait({coming})  # its thread reads the spool, which is closed next
        coming.cancelled() or coming.exception()


def _next_batch(rows: Iterator[Numbered]) -> "asyncio.Task[list[Numbered]]":
    return asyncio.create_task(asyncio.to_thread(lambda: list(islice(rows, BATCH_ROWS))))


async def _importer(services: Services, call: Call, options: Options) -> Importer:
    catalog, access = await services.pipeline.ground(call)
    return Importer(
        services.pipeline,
        call,
        catalog,
        access,
        options.mode,
        options.on_conflict,
        partial=options.partial,
    )


def _failed(importer: Importer) -> ImportFailedError:
    report = importer.report
    more = "At least " if importer.is_over else ""
    rows = "1 row" if report.failed == 1 else f"{report.failed} rows"
    return ImportFailedError(
        f"{more}{rows} cannot be imported, so none was.",
        errors=report.errors,
        inserted=0,
        updated=0,
        failed=report.failed,
    )


async def _spool(request: Request, spool: IO[bytes]) -> str:
    """Copy the upload to the spool; answers the file's kind."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return await _spool_form(request, spool)
    kind = KINDS.get(media_type)
    if kind is None:
        raise UnsupportedMediaTypeError(
            "An import takes text/csv, application/json or application/x-ndjson.",
            hint="Say which with Content-Type, or send a multipart form with file.",
        )
    await _copy(request.stream(), spool)
    return kind


async def _spool_form(request: Request, spool: IO[bytes]) -> str:
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise ImportFileError("The form has no file named 'file'.")
        extension = (file.filename or "").lower().rpartition(".")[2]
        kind = KINDS.get((file.content_type or "").lower()) or _EXTENSIONS.get(extension)
        if kind is None:
            raise UnsupportedMediaTypeError("The file is neither CSV nor JSON nor NDJSON.")
        await _copy(_chunks(file), spool)
    return kind


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(MEMORY_BYTES):
        yield chunk


async def _copy(chunks: AsyncIterator[bytes], spool: IO[bytes]) -> None:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise TooLargeError(f"An import takes at most {MOST_BYTES >> 20} MiB.")
        await asyncio.to_thread(spool.write, chunk) if size > MEMORY_BYTES else spool.write(chunk)
