"""A data request, start to finish: start reading here.

``authorize → plan → compile → execute → respond``; the edge has authenticated and parsed. No stage
before execute does I/O, and execute is one statement. A statement that was compiled for another
schema version gets no row (the fence); then the catalog is refreshed and the request runs again.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Protocol

import asyncpg

from app.core.data_pool import DataPool
from app.core.db import Database
from app.core.json_text import parse_json
from app.engine.catalog.cache import Catalogs
from app.engine.catalog.model import Catalog, Collection
from app.engine.changes.wakeups import Wakeups
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context, InvalidValueError
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import require_collection, require_grant
from app.engine.policy.cache import Policies
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.aggregate_request import AggregateShape
from app.engine.query.batched_gets import BatchedGets
from app.engine.query.budget import check_rows
from app.engine.query.compile import CompiledRead, compile_batched_get, compile_read
from app.engine.query.compile_aggregate import compile_aggregate
from app.engine.query.cursor import encode_cursor, sort_keys, with_cursor
from app.engine.query.execute import STALE, refused
from app.engine.query.joined_writes import JoinedWrites
from app.engine.query.patience import Patience
from app.engine.query.plan import Output, ReadPlan, plan_read
from app.engine.query.plan_aggregate import plan_aggregate
from app.engine.query.plan_write import WritePlan
from app.engine.query.preferences import NO_PREFERENCES, Preferences
from app.engine.query.read_shape import Count, ReadRequest
from app.engine.query.respond import (
    Answer,
    Page,
    body_tag,
    list_answer,
    record_answer,
    records_answer,
)
from app.engine.query.verdicts import RecordNotFoundError

MOST_STATEMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for what, as the edge found it."""

    caller: Caller
    collection: str
    preferences: Preferences = NO_PREFERENCES
    request_id: str | None = None
    if_none_match: str | None = None
    if_match: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A compiled read, as the cache keeps it. ``tag`` is the shape's part of an ETag;
    ``batched`` answers several gets of the shape at once."""

    compiled: CompiledRead
    collection: Collection
    grant: Grant
    tag: str
    outputs: tuple[Output, ...]
    count: Count = "none"
    batched: CompiledRead | None = None


Ready = tuple[Reading, list[Any]]
"""A compiled read with the arguments of one execution."""


class Reads(Protocol):
    """What statements are run on."""

    async def fetch(self, text: str, *args: Any) -> list[Any]: ...


class Statements:
    """Compiled statements by shape, the oldest dropped first."""

    def __init__(self) -> None:
        self._held: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = make()
            if len(self._held) > MOST_STATEMENTS:
                del self._held[next(iter(self._held))]
        return found


class Pipeline:
    """Runs reads; ``app.engine.query.writing`` runs writes on the same ground."""

    def __init__(
        self,
        database: Database,
        catalogs: Catalogs,
        policies: Policies,
        wakeups: Wakeups,
        *,
        batch_gets: bool = True,
        join_writes: bool = True,
    ) -> None:
        self._gets = BatchedGets()
        self._batches_gets = batch_gets
        self.writes = JoinedWrites()
        self.joins_writes = join_writes
        self.database = database
        self.catalogs = catalogs
        self.policies = policies
        self.wakeups = wakeups
        self.statements = Statements()

    async def list_records(self, call: Call, request: ReadRequest) -> Answer:
        """A page of records."""
        request = wanted_count(call, request)
        reading, rows = await self._read(call, request, "list")
        total = rows[0][1]
        if reading.compiled.count_text is not None:
            total = await self._estimate(call, reading, request)
        return list_page(reading, rows, request, total)

    async def get_record(
        self, call: Call, request: ReadRequest, *, on: Reads | None = None
    ) -> Answer:
        """One record, or 304 when the caller has it already; ``on``: as a transaction sees it."""
        try:
            reading, rows = await self._read(call, request, "read", on)
        except InvalidValueError:
            raise RecordNotFoundError from None
        _, _, _, version, body = rows[0]
        if body is None:
            raise RecordNotFoundError
        etag = f'"{version}-{reading.tag}"'
        if request.shape.expand or any(len(path) > 1 for path in request.shape.fields):
            etag = f'"{version}-{blake2b(body, digest_size=6).hexdigest()}"'
        if reading.grant.is_partial:
            etag = body_tag(body)
        if call.if_none_match is not None and etag in call.if_none_match:
            return Answer(304, b"", [(b"etag", etag.encode())])
        return record_answer(200, body, etag)

    async def aggregate(self, call: Call, shape: AggregateShape, values: list[Any]) -> Answer:
        """Counts, sums and their like, by groups."""

        def ready(catalog: Catalog, access: Access) -> Ready:
            reading = self._aggregating(call, shape, catalog, access)
            return reading, resolve(reading.compiled.sources, values, Context(access.variables))

        _, rows = await self._current(call, ready)
        return records_answer(200, [row[4] for row in rows if row[4] is not None])

    async def _read(
        self, call: Call, request: ReadRequest, action: Action, on: Reads | None = None
    ) -> tuple[Reading, Sequence[Any]]:
        """The statement's rows, at least one, all of the current schema version."""
        if call.preferences.text_numbers:
            request = replace(request, shape=replace(request.shape, text_numbers=True))

        def ready(catalog: Catalog, access: Access) -> Ready:
            wanted = self._after_cursor(call, request, catalog, access)
            reading = self.reading(call, wanted, action, catalog, access)
            check_rows(wanted, reading.collection, catalog)
            context = Context(access.variables)
            return reading, resolve(reading.compiled.sources, wanted.values, context)

        return await self._current(call, ready, on)

    async def _current(
        self, call: Call, ready: Callable[[Catalog, Access], Ready], on: Reads | None = None
    ) -> tuple[Reading, Sequence[Any]]:
        """Run what ``ready`` makes of the catalog, again until the catalog is the current one."""
        project_id = call.caller.project.id
        pools = await self.database.placement(project_id)
        patience = Patience()
        while True:
            catalog, access = await self.ground(call)
            reading, args = ready(catalog, access)
            try:
                rows = await self._fetch(pools.data, reading, args, on)
                if rows and rows[0][0] == catalog.version:
                    return reading, rows
                await self.catalogs.refresh(project_id, rows[0][0] if rows else 0)
            except STALE as error:
                await self.mend(catalog, error)
            except asyncpg.PostgresError as error:
                raise refused(error, reading.collection, reading.grant) from error
            await patience.pause()

    async def ground(self, call: Call) -> tuple[Catalog, Access]:
        """What a request stands on from parse to respond: no I/O where both are at hand."""
        project_id = call.caller.project.id
        catalog = self.catalogs.cached(project_id) or await self.catalogs.current(project_id)
        rules = self.policies.cached(catalog) or await self.policies.current(catalog)
        return catalog, rules.access(call.caller, call.address or call.caller.address)

    async def mend(self, catalog: Catalog, error: Exception) -> None:
        """Load the catalog that a refused statement asks for.

        Raises the error where the catalog is the current one: then it is a fault of ours, and no
        client can mend it by trying again.
        """
        current = await self.catalogs.refresh(catalog.project_id)
        is_cached_plan = isinstance(error, asyncpg.InvalidCachedStatementError)
        if current.version == catalog.version and not is_cached_plan:
            raise error

    def _aggregating(
        self, call: Call, shape: AggregateShape, catalog: Catalog, access: Access
    ) -> Reading:
        key = (catalog.project_id, catalog.version, access.key, call.collection, shape)

        def make() -> Reading:
            collection = require_collection(access, call.caller, call.collection, catalog)
            grant = require_grant(access, collection, "list")
            plan = plan_aggregate(shape, collection, grant, catalog, access)
            return Reading(compile_aggregate(plan), collection, grant, "", ())

        found: Reading = self.statements.get(key, make)
        return found

    async def _fetch(
        self, pool: DataPool, reading: Reading, args: Sequence[Any], on: Reads | None
    ) -> Sequence[Any]:
        if on is not None:
            return await on.fetch(reading.compiled.text, *args)
        if reading.batched is not None and self._batches_gets:
            return await self._gets.fetch(pool, reading.compiled, reading.batched, args)
        return await pool.fetch(reading.compiled.text, *args)

    def reading(
        self, call: Call, request: ReadRequest, action: Action, catalog: Catalog, access: Access
    ) -> Reading:
        """The compiled read of a request, from the cache where one of its shape was compiled."""
        key = (catalog.project_id, catalog.version, access.key, call.collection, request.shape)

        def make() -> Reading:
            collection = require_collection(access, call.caller, call.collection, catalog)
            grant = require_grant(access, collection, action)
            plan = plan_read(request.shape, collection, grant, catalog, access)
            tag = shape_tag(plan, catalog, access)
            batched = compile_batched_get(plan) if plan.single else None
            compiled = compile_read(plan)
            return Reading(compiled, collection, grant, tag, plan.outputs, plan.count, batched)

        found: Reading = self.statements.get(key, make)
        return found

    def _after_cursor(
        self, call: Call, request: ReadRequest, catalog: Catalog, access: Access
    ) -> ReadRequest:
        if request.cursor is None:
            return request
        known = require_collection(access, call.caller, call.collection, catalog)
        return with_cursor(request, known.id)

    async def _estimate(self, call: Call, reading: Reading, request: ReadRequest) -> int:
        """What the planner believes, asked only for ``count=estimated``."""
        _, access = await self.ground(call)
        context = Context(access.variables)
        args = resolve(reading.compiled.count_sources, request.values, context)
        pools = await self.database.placement(call.caller.project.id)
        rows = await pools.data.fetch(reading.compiled.count_text or "", *args)
        plan = parse_json(rows[0][0])
        return int(plan[0]["Plan"]["Plan Rows"])


def wanted_count(call: Call, request: ReadRequest) -> ReadRequest:
    """The request with the count that a preference asks for."""
    if call.preferences.count is None or request.shape.count != "none":
        return request
    return replace(request, shape=replace(request.shape, count=call.preferences.count))


def list_page(
    reading: Reading, rows: Sequence[Any], request: ReadRequest, total: int | None
) -> Answer:
    """The answer to a list, of its statement's rows."""
    records = [row[4] for row in rows if row[4] is not None]
    page = _page(records, rows, reading, request)
    return list_answer(records[: request.limit], page, reading.count, total)


def _page(
    records: list[bytes], rows: Sequence[Any], reading: Reading, request: ReadRequest
) -> Page:
    has_more = len(records) > request.limit
    cursor = None
    if has_more:
        names = reading.compiled.sort_keys
        last = request.limit - 1
        keys = rows[last][2] if names is None else sort_keys(records[last], names)
        cursor = encode_cursor(reading.collection.id, request.shape.sort, keys)
    return Page(request.limit, request.offset, has_more, cursor)


def shape_tag(plan: ReadPlan | WritePlan, catalog: Catalog, access: Access) -> str:
    """The part of an ETag that says what was shown: schema version, fields, grant.

    A write that answers what a plain read would show has that read's tag.
    """
    shown = tuple((output.key, output.field.id) for output in plan.outputs)
    told = (catalog.version, plan.collection.id, access.key, shown)
    return blake2b(repr(told).encode(), digest_size=4).hexdigest()
