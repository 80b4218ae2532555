"""Import and export routes: whole files in, whole lists out, in flat memory."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from app.api.deps import AppServices, DataCaller
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.engine.query.importer import ImportFailedError
from app.features.data import exporting, importing
from app.features.data.reading import ImportFileError, Meaning, parse_names

router = APIRouter(prefix="/data/{collection}", tags=["data"])
_strict = APIRouter(route_class=ApiRoute)


@_strict.post("/import", responses=problems(ImportFailedError, ImportFileError))
async def import_records(
    collection: str,
    request: Request,
    caller: DataCaller,
    services: AppServices,
    mode: Literal["insert", "upsert"] = "insert",
    on_conflict: str | None = None,
    dry_run: bool = False,
    partial: bool = False,
    null: Annotated[list[str] | None, Query()] = None,
    columns: str | None = None,
) -> dict[str, Any]:
    """Import CSV, JSON or NDJSON (by Content-Type, or a multipart ``file``): all rows or none.

    ``partial`` keeps the good rows. ``columns`` is a JSON object from the file's names to field
    names (null leaves one out). ``null`` are cells of a CSV that stand for null, as empty ones do.
    """
    meaning = Meaning(parse_names(columns), frozenset({"", *(null or ())}))
    wanted = importing.Options(mode, on_conflict, dry_run, partial, meaning)
    return await importing.import_file(services, caller, collection, request, wanted)


router.include_router(_strict)


@router.get("/export")
async def export_records(
    collection: str, request: Request, caller: DataCaller, services: AppServices
) -> Response:
    """Every record that a list with these parameters would show, as one stream.

    ``format`` is json (one array), ndjson or csv; conditions, sort and fields are those of a list.
    """
    rows = await exporting.open_export(services, caller, collection, request)
    return StreamingResponse(rows.chunks, media_type=rows.media_type, headers=rows.headers)
