"""Reads of a past time: the pipeline's stages on a collection as it was."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from app.engine.catalog.former import catalog_at
from app.engine.catalog.model import Catalog
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context, InvalidValueError
from app.engine.policy.authorize import require_collection, require_grant
from app.engine.policy.model import Access, Action
from app.engine.query.compile import compile_read
from app.engine.query.compile_past import COMPLETE, FUTURE, GONE, NO_IMAGE, NO_VALUE
from app.engine.query.cursor import with_cursor
from app.engine.query.execute import STALE, refused
from app.engine.query.parameters import InvalidParameterError
from app.engine.query.past import AsOfOutOfReachError, find_past, plan_at
from app.engine.query.patience import Patience
from app.engine.query.pipeline import Call, Pipeline, Reading, list_page, wanted_count
from app.engine.query.plan import plan_read
from app.engine.query.read_shape import ReadRequest
from app.engine.query.respond import Answer, body_tag, record_answer
from app.engine.query.verdicts import RecordNotFoundError

_VERSIONS = """
SELECT version FROM backendify.schema_versions WHERE project_id = $1 AND version >= (
  SELECT max(version) FROM backendify.schema_versions WHERE project_id = $1 AND applied_at <= $2)
ORDER BY version
"""
_REASONS = {
    GONE: "The log does not reach back to that time.",
    NO_IMAGE: "The log does not hold all images since that time.",
    NO_VALUE: "A value of that time does not fit the type that its field has today.",
}


async def list_past(pipeline: Pipeline, call: Call, request: ReadRequest) -> Answer:
    """A page of records as they were. Raises AsOfOutOfReachError, AsOfUnsupportedError."""
    request = wanted_count(call, request)
    reading, rows = await _read(pipeline, call, request, "list")
    return list_page(reading, rows, request, rows[0][1])


async def get_past(pipeline: Pipeline, call: Call, request: ReadRequest) -> Answer:
    """One record as it was; its ETag is that of the body, since no version is known of then."""
    try:
        _, rows = await _read(pipeline, call, request, "read")
    except InvalidValueError:
        raise RecordNotFoundError from None
    body = rows[0][4]
    if body is None:
        raise RecordNotFoundError
    etag = body_tag(body)
    if call.if_none_match is not None and etag in call.if_none_match:
        return Answer(304, b"", [(b"etag", etag.encode())])
    return record_answer(200, body, etag)


async def _read(
    pipeline: Pipeline, call: Call, request: ReadRequest, action: Action
) -> tuple[Reading, Sequence[Any]]:
    if call.preferences.text_numbers:
        request = replace(request, shape=replace(request.shape, text_numbers=True))
    project_id = call.caller.project.id
    pools = await pipeline.database.placement(project_id)
    patience = Patience()
    while True:
        catalog, access = await pipeline.ground(call)
        reading, wanted = await _reading(pipeline, call, request, action, (catalog, access))
        args = resolve(reading.compiled.sources, wanted.values, Context(access.variables))
        try:
            rows = await pools.data.fetch(reading.compiled.text, *args)
            if rows[0][0] == catalog.version:
                _refuse(rows[0][5])
                return reading, rows
            await pipeline.catalogs.refresh(project_id, rows[0][0])
        except STALE as error:
            await pipeline.mend(catalog, error)
        except asyncpg.PostgresError as error:
            raise refused(error, reading.collection, reading.grant) from error
        await patience.pause()


async def _reading(
    pipeline: Pipeline,
    call: Call,
    request: ReadRequest,
    action: Action,
    ground: tuple[Catalog, Access],
) -> tuple[Reading, ReadRequest]:
    catalog, access = ground
    collection = require_collection(access, call.caller, call.collection, catalog)
    grant = require_grant(access, collection, action)
    wanted = with_cursor(request, collection.id)
    shape = wanted.shape
    assert shape.as_of is not None  # noqa: S101 - the edge looked
    versions = await _versions(pipeline, catalog, wanted.values[shape.as_of])
    key = (catalog.project_id, catalog.version, access.key, call.collection, shape, versions[:1])

    def make() -> Reading:
        past = find_past(collection, catalogs, shape.as_of or 0)
        plan = plan_read(replace(shape, as_of=None), collection, grant, catalog, access)
        plan = plan_at(plan, shape, past)
        return Reading(compile_read(plan), collection, grant, "", plan.outputs, plan.count)

    pool = pipeline.database.owner
    catalogs = [await catalog_at(pool, catalog, each) for each in versions]
    reading: Reading = pipeline.statements.get(key, make)
    return reading, wanted


async def _versions(pipeline: Pipeline, catalog: Catalog, at: Any) -> tuple[int, ...]:
    """The schema versions from the one in force at a time to the catalog's."""
    rows = await pipeline.database.owner.fetch(_VERSIONS, catalog.project_id, at)
    return tuple(row[0] for row in rows if row[0] <= catalog.version)


def _refuse(verdict: str) -> None:
    if verdict == FUTURE:
        raise InvalidParameterError("as_of lies in the future.", parameter="as_of")
    if verdict != COMPLETE:
        raise AsOfOutOfReachError(_REASONS[verdict])
