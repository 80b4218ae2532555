"""From an uploaded file to an import: spooled to disk first, then parsed in batches.

The upload is over before a transaction is opened, so that a slow client holds no connection.
"""

import asyncio
import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import ijson
from fastapi import Request
from starlette.datastructures import UploadFile

from app.api.services import Services
from app.core.errors import (
    BadRequestError,
    InvalidError,
    TooLargeError,
    UnsupportedMediaTypeError,
    Violation,
)
from app.core.json_text import parse_json
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller
from app.engine.query.execute import SchemaChangingError
from app.engine.query.import_rows import cell_reader, given_columns, object_reader
from app.engine.query.importer import (
    Importer,
    ImportFailedError,
    Mode,
    Numbered,
    Report,
    StaleCatalogError,
)
from app.engine.query.pipeline import Call

BATCH_ROWS = 1_000
MEMORY_BYTES = 1 << 20
MOST_BYTES = 1 << 30
MOST_LINE = 10 << 20
MOST_RESTARTS = 5
KINDS = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}

_turns = asyncio.Semaphore(2)


class ImportFileError(BadRequestError):
    code = "import_unreadable"


@dataclass(frozen=True, slots=True)
class Options:
    """How to import. ``columns`` is the JSON text of a mapping from file names to field names."""

    mode: Mode
    on_conflict: str | None
    dry_run: bool
    partial: bool
    nulls: frozenset[str]
    columns: str | None

    def renamed(self, name: str) -> str | None:
        """The field that a column of the file means; None leaves the column out."""
        given = parse_json(self.columns) if self.columns else {}
        if not isinstance(given, dict):
            raise ImportFileError("columns takes a JSON object of file names to field names.")
        found = given.get(name, name)
        if found is not None and not isinstance(found, str):
            raise ImportFileError(f"columns: {name!r} must be a field name or null.")
        return found


async def import_file(
    services: Services, caller: Caller, collection: str, request: Request, options: Options
) -> dict[str, Any]:
    """Import the request's file. Raises ImportFailedError with the report when nothing is kept."""
    call = Call(caller, collection, request_id=request.scope["state"].get("request_id"))
    catalog = await services.catalogs.current(caller.project.id)
    Importer(services.pipeline, call, catalog, options.mode, options.on_conflict)  # may they at all
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES) as spool:
        kind = await _spool(request, spool)
        async with _turns:
            report = await _restarting(services, call, spool, kind, options)
    if report.failed and not options.partial:
        raise ImportFailedError(
            f"{report.failed} rows cannot be imported, so none was.",
            errors=report.errors,
            inserted=0,
            updated=0,
            failed=report.failed,
        )
    return report.as_json()


async def _restarting(
    services: Services, call: Call, spool: IO[bytes], kind: str, options: Options
) -> Report:
    """Run the import, from the start again when the schema changed under it."""
    project_id = call.caller.project.id
    for _ in range(MOST_RESTARTS):
        catalog = await services.catalogs.current(project_id)
        try:
            return await _run(services, call, spool, kind, options, catalog)
        except StaleCatalogError:
            await services.catalogs.refresh(project_id)
    raise SchemaChangingError("The schema is being changed; try again.")


async def _run(
    services: Services, call: Call, spool: IO[bytes], kind: str, options: Options, catalog: Catalog
) -> Report:
    importer = Importer(services.pipeline, call, catalog, options.mode, options.on_conflict)
    spool.seek(0)
    rows = _READERS[kind](spool, importer, options)
    pools = await services.database.placement(call.caller.project.id)
    async with pools.data.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            while batch := await asyncio.to_thread(_batch, rows):
                await importer.write(connection, batch)
        except BaseException:
            await transaction.rollback()
            raise
        keep = not options.dry_run and (options.partial or not importer.report.failed)
        await (transaction.commit() if keep else transaction.rollback())
    if keep:
        services.wakeups.touch(call.caller.project.id)
    return importer.report


def _batch(rows: Iterator[Numbered | None]) -> list[Numbered] | None:
    """The next good rows; an empty list where all were refused, None at the end."""
    taken = list(islice(rows, BATCH_ROWS))
    return [row for row in taken if row is not None] or ([] if taken else None)


def _csv_rows(spool: IO[bytes], importer: Importer, options: Options) -> Iterator[Numbered | None]:
    text = io.TextIOWrapper(spool, encoding="utf-8-sig", newline="", errors="strict")
    try:
        lines = csv.reader(text, strict=True)
        header = next(lines, [])
        names = [options.renamed(name) for name in header]
        kept = [n for n, name in enumerate(names) if name is not None]
        wanted = [name for name in names if name is not None]
        importer.given = given_columns(importer.target, wanted)
        read = cell_reader(importer.target, wanted, options.nulls | {""})
        whole = len(kept) == len(header)
        for number, cells in enumerate(lines, start=1):
            if cells:
                chosen = cells if whole else [cells[n] for n in kept if n < len(cells)]
                yield _read(importer, read, number, chosen)
    except UnicodeDecodeError:
        raise ImportFileError("The file is not valid UTF-8.") from None
    except csv.Error as error:
        raise ImportFileError(f"The CSV cannot be read: {error}.") from None
    finally:
        text.detach()


def _json_rows(spool: IO[bytes], importer: Importer, options: Options) -> Iterator[Numbered | None]:
    read = object_reader(importer.target)
    try:
        for number, body in enumerate(ijson.items(spool, "item"), start=1):
            yield _read(importer, read, number, _renamed(body, options))
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise ImportFileError(f"The JSON cannot be read: {error}.") from None


def _ndjson_rows(
    spool: IO[bytes], importer: Importer, options: Options
) -> Iterator[Numbered | None]:
    read = object_reader(importer.target)
    number = 0
    while line := spool.readline(MOST_LINE + 1):
        if len(line) > MOST_LINE:
            raise TooLargeError(f"A line is longer than {MOST_LINE} bytes.")
        if line.strip():
            number += 1
            yield _line(importer, read, number, line, options)


def _line(
    importer: Importer, read: Any, number: int, line: bytes, options: Options
) -> Numbered | None:
    try:
        body = parse_json(line)
    except BadRequestError as error:
        importer.report.refuse(number, [Violation("", error.code, error.detail)])
        return None
    return _read(importer, read, number, _renamed(body, options))


def _renamed(body: Any, options: Options) -> Any:
    if not options.columns or not isinstance(body, dict):
        return body
    pairs = ((options.renamed(name), value) for name, value in body.items())
    return {name: value for name, value in pairs if name is not None}


def _read(importer: Importer, read: Any, number: int, row: Any) -> Numbered | None:
    try:
        return number, read(row)
    except InvalidError as error:
        importer.report.refuse(number, error.errors or [Violation("", error.code, error.detail)])
        return None


_READERS = {"csv": _csv_rows, "json": _json_rows, "ndjson": _ndjson_rows}


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
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        _check_size(size)
        await asyncio.to_thread(spool.write, chunk) if size > MEMORY_BYTES else spool.write(chunk)
    return kind


async def _spool_form(request: Request, spool: IO[bytes]) -> str:
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise ImportFileError("The form has no file named 'file'.")
        name = (file.filename or "").lower()
        by_name = {"csv": "csv", "json": "json", "ndjson": "ndjson", "jsonl": "ndjson"}
        kind = KINDS.get((file.content_type or "").lower()) or by_name.get(name.rpartition(".")[2])
        if kind is None:
            raise UnsupportedMediaTypeError("The file is neither CSV nor JSON nor NDJSON.")
        size = 0
        while chunk := await file.read(MEMORY_BYTES):
            size += len(chunk)
            _check_size(size)
            await asyncio.to_thread(spool.write, chunk)
    return kind


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise TooLargeError(f"An import takes at most {MOST_BYTES >> 20} MiB.")
