"""Exports: a list without a page, streamed from a cursor in flat memory.

CSV cells that a spreadsheet would take for a formula get a leading apostrophe; text and labels
are otherwise as stored.
"""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fastapi import Request

from app.api.services import Services
from app.core.errors import BadRequestError
from app.core.formulas import escape_formula
from app.core.json_text import dump_json
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context
from app.engine.identity.principal import Caller
from app.engine.query.execute import STALE
from app.engine.query.parameters import RESERVED, unknown_parameter
from app.engine.query.patience import Patience
from app.engine.query.pipeline import Call, Reading
from app.engine.query.request import parse_export

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}
PREFETCH = 500
_decode = json.JSONDecoder(parse_float=Decimal).decode
_PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '60s'"  # the client reads slowly


class ExportFormatError(BadRequestError):
    """Records are exported as CSV, JSON or NDJSON."""

    code = "export_invalid_format"


@dataclass(frozen=True, slots=True)
class Export:
    """An open export: its chunks, and what they are."""

    chunks: AsyncIterator[bytes]
    media_type: str
    headers: dict[str, str]


async def open_export(
    services: Services, caller: Caller, collection: str, request: Request
) -> Export:
    """Open the cursor, so that whatever is wrong is told before the first byte."""
    pairs = list(request.query_params.multi_items())
    kind = next((value for name, value in pairs if name == "format"), "json")
    if kind not in MEDIA_TYPES:
        raise ExportFormatError("format takes csv, json or ndjson.", parameter="format")
    refused = RESERVED - {"sort", "fields", "filter", "search", "expand"}
    for name, _ in pairs:
        if name in refused:
            raise unknown_parameter(name, {"format", *(RESERVED - refused)})
    wanted = parse_export([pair for pair in pairs if pair[0] != "format"])
    call = Call(caller, collection)
    stack = AsyncExitStack()
    try:
        reading, cursor, first = await _open_cursor(services, call, wanted, stack)
    except BaseException:
        await stack.aclose()
        raise
    names = [output.key for output in reading.outputs]
    chunks = _FORMATS[kind](_records(cursor, first, stack), names)
    disposition = f'attachment; filename="{reading.collection.name}.{kind}"'
    return Export(chunks, MEDIA_TYPES[kind], {"content-disposition": disposition})


async def _open_cursor(
    services: Services, call: Call, wanted: Any, stack: AsyncExitStack
) -> tuple[Reading, Any, list[Any]]:
    """The reading, the cursor behind its first rows, and those; of the current schema version."""
    project_id = call.caller.project.id
    pools = await services.database.placement(project_id)
    patience = Patience()
    while True:
        catalog, access = await services.pipeline.ground(call)
        reading = services.pipeline.reading(call, wanted, "list", catalog, access)
        args = resolve(reading.compiled.sources, wanted.values, Context(access.variables))
        attempt = await stack.enter_async_context(AsyncExitStack())
        try:
            connection = await attempt.enter_async_context(pools.export.acquire())
            await attempt.enter_async_context(connection.transaction(readonly=True))
            await connection.execute(_PATIENCE)
            cursor = await connection.cursor(reading.compiled.text, *args)
            first = await cursor.fetch(PREFETCH)
        except STALE:
            first = []
        if first and first[0][0] == catalog.version:
            return reading, cursor, first
        await attempt.aclose()
        await services.catalogs.refresh(project_id)
        await patience.pause()


async def _records(
    cursor: Any, rows: list[Any], stack: AsyncExitStack
) -> AsyncIterator[list[bytes]]:
    """The records' JSON, some hundred at a time."""
    async with stack:
        while rows:
            yield [row[4] for row in rows if row[4] is not None]
            rows = await cursor.fetch(PREFETCH)


async def _as_json(records: AsyncIterator[list[bytes]], _names: list[str]) -> AsyncIterator[bytes]:
    separator = b"["
    async for batch in records:
        if batch:
            yield separator + b",\n".join(batch)
            separator = b",\n"
    yield b"[]\n" if separator == b"[" else b"]\n"


async def _as_ndjson(
    records: AsyncIterator[list[bytes]], _names: list[str]
) -> AsyncIterator[bytes]:
    async for batch in records:
        yield b"".join(record.replace(b"\n", b" ") + b"\n" for record in batch)


async def _as_csv(records: AsyncIterator[list[bytes]], names: list[str]) -> AsyncIterator[bytes]:
    yield _lines([names])
    async for batch in records:
        yield await asyncio.to_thread(_csv, batch, names)


def _csv(records: list[bytes], names: list[str]) -> bytes:
    return _lines(_cells(map(_decode(record.decode()).get, names)) for record in records)


def _lines(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cells(values: Iterable[Any]) -> list[Any]:
    """What the writer is given; it writes null as nothing, and numbers digit by digit."""
    return [
        value if (shown := _SHOWN.get(type(value))) is None else shown(value) for value in values
    ]


_SHOWN: dict[type, Callable[[Any], str]] = {
    str: escape_formula,
    bool: lambda value: "true" if value else "false",
    list: dump_json,
    dict: dump_json,
}
_FORMATS = {"csv": _as_csv, "json": _as_json, "ndjson": _as_ndjson}
