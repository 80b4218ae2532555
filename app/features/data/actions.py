"""What workflows do with records: the data routes' pipeline, with the rights of the run's caller.

A write happens once under the step's key, however often the step is tried: the key stands in the
project's own schema, written in the transaction of the write.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, StrictInt, StrictStr, StringConstraints

from app.api.schemas import RequestBody
from app.core.action import Action, ActionContext, ActionFailedError
from app.core.json_text import read_json
from app.engine.conditions.parse import without_nulls
from app.engine.query.once import KeyInUseError, keyed, run_once
from app.engine.query.pipeline import Call
from app.engine.query.read_shape import DEFAULT_LIMIT, MOST_ROWS
from app.engine.query.request import parse_get, parse_query
from app.engine.query.respond import Answer
from app.engine.query.transactions import TransactionWriter

OWNER: Final = "workflow"
KEPT: Final = timedelta(days=30)
"""How long a write is known to be done: longer than a run may be at rest after it."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
RecordId = StrictStr | StrictInt


class ListParams(RequestBody):
    """``where`` is a condition on the records; ``sort`` and ``fields`` are as in a list's URL."""

    collection: Name
    where: Annotated[dict[str, Any], Field(default_factory=dict)]
    sort: str | list[str] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = DEFAULT_LIMIT
    fields: str | list[str] | None = None


class GetParams(RequestBody):
    collection: Name
    id: RecordId


class CreateParams(RequestBody):
    collection: Name
    data: dict[str, Any]


class UpdateParams(RequestBody):
    collection: Name
    id: RecordId
    data: dict[str, Any]
    if_match: str | None = None


class DeleteParams(RequestBody):
    collection: Name
    id: RecordId


async def list_records(context: ActionContext, given: ListParams) -> Any:
    """``{"data": […], "has_more": …}``. A null in ``where`` matches nothing."""
    asked = {"sort": given.sort, "fields": given.fields, "limit": given.limit}
    words = {name: value for name, value in asked.items() if value is not None}
    request = parse_query({"filter": without_nulls(given.where), **words})
    answer = await context.services.pipeline.list_records(_call(context, given.collection), request)
    page = read_json(answer.body)
    return {"data": page["data"], "has_more": page["page"]["has_more"]}


async def get_record(context: ActionContext, given: GetParams) -> Any:
    """The record."""
    call = _call(context, given.collection)
    answer = await context.services.pipeline.get_record(call, parse_get(str(given.id), []))
    return read_json(answer.body)


async def create_record(context: ActionContext, given: CreateParams) -> Any:
    """The record, or null where the caller may not read it."""
    call = _call(context, given.collection)
    return await _once(context, call, "data.create", lambda w: w.create(call, given.data))


async def update_record(context: ActionContext, given: UpdateParams) -> Any:
    """The record as it is now, or null where the caller may not read it."""
    call = _call(context, given.collection, given.if_match)
    record_id, data = str(given.id), given.data
    return await _once(
        context, call, "data.update", lambda w: w.update(call, record_id, data, replace=False)
    )


async def delete_record(context: ActionContext, given: DeleteParams) -> Any:
    """The id of the record that was."""
    call = _call(context, given.collection)
    await _once(context, call, "data.delete", lambda w: w.delete(call, str(given.id)))
    return {"id": given.id}


def _call(context: ActionContext, collection: str, if_match: str | None = None) -> Call:
    return Call(context.caller, collection, request_id=context.request_id, if_match=if_match)


async def _once(
    context: ActionContext,
    call: Call,
    name: str,
    write: Callable[[TransactionWriter], Awaitable[Answer]],
) -> Any:
    """What the write answered, now or in an earlier attempt.

    The key alone tells the write: an attempt that fills in another moment or has another caller
    is still the same step.
    """
    asked = keyed(context.key, f"workflow {name}", owner=OWNER, kept=KEPT)
    try:
        answer = await run_once(context.services.pipeline, call, asked, write)
    except KeyInUseError as error:
        raise ActionFailedError(error.code, error.detail, retryable=True) from error
    return read_json(answer.body) if answer.body else None


ACTIONS: Final = (
    Action("data.list", "Finds records of a collection.", ListParams, list_records, attempts=3),
    Action("data.get", "Reads one record.", GetParams, get_record, attempts=3),
    Action("data.create", "Creates a record.", CreateParams, create_record, attempts=3),
    Action("data.update", "Changes a record.", UpdateParams, update_record, attempts=3),
    Action("data.delete", "Deletes a record.", DeleteParams, delete_record, attempts=3),
)
