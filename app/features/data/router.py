"""The data routes as the API's description lists them, and the feeds of what happened.

Records are served by the fast lane (``app/api/fast_lane.py``) before FastAPI is asked; these
functions describe its routes, and serve them the same way where it does not stand in front.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response, status

from app.api.data_callers import address_of
from app.api.deps import AppServices, DataCaller
from app.api.fast_lane import FastLane
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.engine.identity.principal import Caller
from app.engine.query.aggregate_request import parse_aggregate
from app.engine.query.batch import UnknownReferenceError
from app.engine.query.execute import RecordInUseError, UniqueConflictError
from app.engine.query.once import KeyInUseError, KeyReusedError
from app.engine.query.pipeline import Call
from app.engine.query.preferences import parse_preferences
from app.engine.query.respond import Answer
from app.engine.query.verdicts import MaxAffectedExceededError, RecordNotFoundError
from app.features.data import restoring, service, transfer
from app.features.data.batching import BatchAnswer, BatchWrite, answer_batch
from app.features.data.openapi import describe_project
from app.features.data.restoring import (
    ChangeNotFoundError,
    ImagesForgottenError,
    UndoAmbiguousError,
    UndoConflictError,
    UndoTooLargeError,
)
from app.features.data.schemas import (
    ChangeList,
    CheckAnswer,
    RecordBody,
    RecordHistory,
    Revert,
    Undo,
    Undone,
)

MOST_POSITION = 2**63 - 1
"""The last position that a log could ever have."""

router = APIRouter(prefix="/api/projects/{project}")
records = APIRouter(prefix="/data/{collection}", tags=["data"])
feeds = APIRouter(route_class=ApiRoute, tags=["changes"])


@records.get("")
async def list_records(request: Request, caller: DataCaller) -> Response:
    """A page of records. Any field, relation path or operator may stand as a parameter."""
    return await _serve(request, caller)


@records.post("/query")
async def query_records(request: Request, caller: DataCaller, body: RecordBody) -> Response:
    """A list whose words come as JSON: filter, sort, fields, expand, limit, cursor, search."""
    return await _serve(request, caller, body)


@records.get("/aggregate")
async def aggregate_records(
    collection: str, request: Request, caller: DataCaller, services: AppServices
) -> Response:
    """Count, sum, average and so on, by groups: ``count=*&sum=total&group_by=country``.

    Conditions are those of a list; ``having`` is JSON over the answer's own columns.
    """
    shape, values = parse_aggregate(request.query_params.multi_items())
    call = Call(caller, collection)
    answer = await services.pipeline.aggregate(call, shape, values)
    return Response(answer.body, media_type="application/json")


@records.post("", status_code=status.HTTP_201_CREATED, responses=problems(UniqueConflictError))
async def create_record(request: Request, caller: DataCaller, body: RecordBody) -> Response:
    """Create one record (an object) or several (an array, all or none); ``on_conflict`` upserts."""
    return await _serve(request, caller, body)


@records.patch("", responses=problems(MaxAffectedExceededError))
async def update_records(request: Request, caller: DataCaller, body: RecordBody) -> Response:
    """Change every record that meets the condition; needs ``Prefer: max-affected=<n>``."""
    return await _serve(request, caller, body)


@records.delete("", responses=problems(MaxAffectedExceededError, RecordInUseError))
async def delete_records(request: Request, caller: DataCaller) -> Response:
    """Delete every record that meets the condition; needs ``Prefer: max-affected=<n>``."""
    return await _serve(request, caller)


@records.get("/{id}", responses=problems(RecordNotFoundError))
async def get_record(request: Request, caller: DataCaller) -> Response:
    """One record, with its ETag."""
    return await _serve(request, caller)


@records.patch("/{id}", responses=problems(RecordNotFoundError, UniqueConflictError))
async def update_record(request: Request, caller: DataCaller, body: RecordBody) -> Response:
    """Change some fields; ``{"$inc": 1}`` and ``{"$append": x}`` are relative."""
    return await _serve(request, caller, body)


@records.put("/{id}", responses=problems(RecordNotFoundError, UniqueConflictError))
async def replace_record(request: Request, caller: DataCaller, body: RecordBody) -> Response:
    """Replace a record: fields that are not given get their defaults."""
    return await _serve(request, caller, body)


@records.delete(
    "/{id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(RecordInUseError)
)
async def delete_record(request: Request, caller: DataCaller) -> Response:
    """Delete a record, with what its relations cascade to."""
    return await _serve(request, caller)


@feeds.get(
    "/data/{collection}/{id}/history",
    response_model=RecordHistory,
    responses=problems(RecordNotFoundError, service.HistoryNotKeptError),
)
async def list_record_history(
    collection: str,
    id: str,
    caller: DataCaller,
    services: AppServices,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    before: Annotated[int | None, Query(ge=1, le=MOST_POSITION)] = None,
) -> Response:
    """A record's changes, the newest first; ``before`` goes on behind a change's ``n``."""
    return await service.list_history(services, caller, collection, id, limit, before)


@feeds.post(
    "/data/{collection}/{id}/revert",
    responses=problems(ChangeNotFoundError, ImagesForgottenError, RecordInUseError),
)
async def revert_record(
    collection: str,
    id: str,
    body: Revert,
    request: Request,
    caller: DataCaller,
    services: AppServices,
) -> Response:
    """Bring a record back to what it was after a change: also one that was deleted since."""
    call = _call(request, caller, collection)
    return _response(await restoring.revert(services, call, id, body.seq), call)


@feeds.post(
    "/changes/undo",
    response_model=Undone,
    responses=problems(
        ChangeNotFoundError,
        ImagesForgottenError,
        UndoAmbiguousError,
        UndoConflictError,
        UndoTooLargeError,
    ),
)
async def undo_request(
    body: Undo, request: Request, caller: DataCaller, services: AppServices
) -> Response:
    """Take back everything that one request of one caller changed. ``Prefer: tx=rollback`` tries
    it."""
    call = _call(request, caller, "")
    answer = await restoring.undo(
        services, call, body.request_id, actor=body.actor, force=body.force
    )
    return _response(answer, call)


@feeds.get("/changes", response_model=ChangeList, responses=problems(service.ChangesForgottenError))
async def list_changes(
    caller: DataCaller,
    services: AppServices,
    since: Annotated[int | None, Query(ge=0, le=MOST_POSITION)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    collection: str | None = None,
) -> Response:
    """The project's changes behind ``since``, in log order: what a sync client follows.

    Without ``since`` they begin with the first that is kept.
    """
    return await service.list_changes(services, caller, since, limit, collection)


@feeds.post(
    "/batch",
    tags=["data"],
    response_model=BatchAnswer,
    responses=problems(UnknownReferenceError, KeyReusedError, KeyInUseError),
)
async def run_batch(
    body: BatchWrite, request: Request, caller: DataCaller, services: AppServices
) -> Response:
    """Several operations in one transaction: all or none, or each for itself.

    ``Prefer: tx=rollback`` tries it, ``Idempotency-Key`` does it once.
    """
    call = _call(request, caller, "")
    return _response(await answer_batch(services, call, body, request), call)


@feeds.post("/collections/{collection}/validate")
async def validate_record(
    collection: str, body: Annotated[Any, Body()], caller: DataCaller, services: AppServices
) -> CheckAnswer:
    """Check a record's values without writing it."""
    return await service.check_record(services, caller, collection, body)


@feeds.get("/openapi.json", tags=["data"])
async def get_project_openapi(caller: DataCaller, services: AppServices) -> dict[str, Any]:
    """This project's own description: its collections, typed field by field."""
    return await describe_project(services, caller)


def _call(request: Request, caller: Caller, collection: str) -> Call:
    return Call(
        caller,
        collection,
        preferences=parse_preferences(request.headers.get("prefer", "")),
        request_id=request.scope["state"].get("request_id"),
        address=address_of(request.scope),
    )


def _response(answer: Answer, call: Call) -> Response:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    if call.preferences.applied:
        headers["preference-applied"] = call.preferences.applied
    return Response(answer.body, answer.status, headers, "application/json")


async def _serve(request: Request, caller: DataCaller, body: Any = None) -> Response:  # noqa: ARG001 - read by the lane itself
    """Answer as the fast lane does."""
    services = request.app.state.services
    return await FastLane(request.app, services).respond(request.scope, request.receive)


router.include_router(transfer.router)  # before /{id}, which would take its paths
router.include_router(records)
router.include_router(feeds)
