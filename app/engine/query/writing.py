"""Writes, start to finish: parse the values, authorize, plan, compile, execute, respond.

The statement answers with a verdict instead of failing; what can be mended by running it again
(another schema version, a moved snapshot, a lost race) is run again here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.core.errors import (
    InvalidError,
    PreconditionRequiredError,
    Violation,
)
from app.core.json_text import dump_json
from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import NOTHING, Condition, Context
from app.engine.policy.authorize import access_of, require_collection, require_grant
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.compile_parts import CompiledWrite, WriteInput
from app.engine.query.compile_write import compile_write
from app.engine.query.execute import (
    CONTENDED,
    STALE,
    LostUpsertError,
    RetryLaterError,
    refused,
)
from app.engine.query.pipeline import (
    MOST_TRIES,
    Call,
    Pipeline,
    shape_tag,
)
from app.engine.query.plan_write import WriteShape, conflict_key, plan_write
from app.engine.query.respond import Answer, record_answer, records_answer
from app.engine.query.values import Author, Record, parse_changes, parse_new
from app.engine.query.verdicts import RecordNotFoundError, verdict_error

MOST_BULK_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write ready to run against one catalog."""

    compiled: CompiledWrite
    given: WriteInput
    collection: Collection
    grant: Grant
    catalog: Catalog
    tag: str
    many: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """What preparing a write looks at."""

    call: Call
    catalog: Catalog
    access: Access
    collection: Collection

    def grant(self, action: Action) -> Grant:
        return require_grant(self.access, self.collection, action)

    def author(self) -> Author:
        return Author(self.call.caller.principal.id)


Prepare = Callable[[Stage], Prepared]


class Writer:
    """Runs writes on a pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def create(self, call: Call, body: Any) -> Answer:
        """Create one record (an object) or several (an array): all or none."""
        if isinstance(body, list):
            prepared, rows = await self._run(call, lambda stage: self._new_rows(stage, body))
            return _records(call, 201, rows)
        prepared, rows = await self._run(call, lambda stage: self._new_row(stage, body))
        return _created(call, prepared, rows[0])

    async def upsert(self, call: Call, body: Any, on_conflict: str) -> Answer:
        """Update the records that the key finds, create the others."""
        many = isinstance(body, list)
        prepared, rows = await self._run(
            call, lambda stage: self._upserted(stage, body if many else [body], on_conflict, many)
        )
        if many:
            return _records(call, 200, rows)
        answer = _created(call, prepared, rows[0])
        answer.status = 201 if rows[0][3] else 200
        return answer

    async def update(self, call: Call, record_id: str, body: Any, *, replace: bool) -> Answer:
        """Change one record; with ``replace``, fields that are not given get their defaults."""
        prepared, rows = await self._run(
            call, lambda stage: self._changed_row(stage, record_id, body, replace)
        )
        _, version, record, *_ = rows[0]
        etag = f'"{version}-{prepared.tag}"'
        if call.preferences.minimal or record is None:
            return Answer(204, b"", [(b"etag", etag.encode())])
        return record_answer(200, record, etag)

    async def delete(self, call: Call, record_id: str) -> Answer:
        """Delete one record, with what its relations cascade to."""
        await self._run(call, lambda stage: self._deleted_row(stage, record_id))
        return Answer(204, b"")

    async def update_many(
        self, call: Call, condition: Condition, values: Sequence[Any], body: Any
    ) -> Answer:
        """Change every record that meets a condition, at most ``max-affected``."""
        limit = _max_affected(call)
        _, rows = await self._run(
            call, lambda stage: self._changed_rows(stage, condition, values, body, limit)
        )
        found = [row for row in rows if row[1] is not None]
        if call.preferences.minimal:
            return Answer(204, b"")
        records = [row[2] for row in found if row[2] is not None]
        return records_answer(200, records, affected=len(found))

    async def delete_many(self, call: Call, condition: Condition, values: Sequence[Any]) -> Answer:
        """Delete every record that meets a condition, at most ``max-affected``."""
        limit = _max_affected(call)
        _, rows = await self._run(
            call, lambda stage: self._deleted_rows(stage, condition, values, limit)
        )
        affected = sum(row[1] is not None for row in rows)
        return Answer(200, b'{"affected":%d}' % affected)

    def _new_row(self, stage: Stage, body: Any) -> Prepared:
        grant = stage.grant("create")
        record = parse_new(body, stage.collection, stage.catalog, grant, stage.author())
        shape = self._shape(stage, "create", record)
        given = WriteInput(columns=record.columns, links=record.links, version=_first_version(body))
        return self._prepared(stage, shape, grant, given)

    def _new_rows(self, stage: Stage, bodies: list[Any]) -> Prepared:
        grant = stage.grant("create")
        records = _parse_all(bodies, stage, grant)
        links = _links_of(records)
        columns = tuple(field.column for field in stage.collection.stored_fields)
        shape = WriteShape(
            "create", many=True, columns=columns, links=links,
            returning=not stage.call.preferences.minimal,
            text_numbers=stage.call.preferences.text_numbers,
        )  # fmt: skip
        given = _many_input(stage.collection, records, bodies, links)
        return self._prepared(stage, shape, grant, given)

    def _upserted(self, stage: Stage, bodies: list[Any], on_conflict: str, many: bool) -> Prepared:
        grant = stage.grant("create")
        update = stage.access.find(stage.collection, "update")
        key = conflict_key(stage.collection, on_conflict)
        records = _parse_all(bodies, stage, grant, single=not many)
        given_columns = _given_columns(stage.collection, bodies)
        columns = tuple(
            field.column
            for field in stage.collection.stored_fields
            if any(field.column in given for given in given_columns)
        )
        links = _links_of(records)
        shape = WriteShape(
            "upsert", many=many, columns=columns, links=links, key=key,
            returning=not stage.call.preferences.minimal,
            text_numbers=stage.call.preferences.text_numbers,
        )  # fmt: skip
        if many:
            given = _many_input(stage.collection, records, bodies, links, given_columns)
            return self._prepared(stage, shape, grant, given, update)
        record = records[0]
        given = WriteInput(
            columns=record.columns, links=record.links, version=_first_version(bodies[0])
        )
        return self._prepared(stage, shape, grant, given, update)

    def _changed_row(self, stage: Stage, record_id: str, body: Any, replace: bool) -> Prepared:
        grant = stage.grant("update")
        key = _record_key(stage.collection, record_id)
        record = parse_changes(
            body, stage.collection, stage.catalog, grant, replace=replace, author=stage.author()
        )
        given = WriteInput(
            columns=record.columns,
            changes=record.changes,
            links=record.links,
            record_id=key,
            if_match=_if_match(stage.call),
        )
        return self._prepared(stage, self._shape(stage, "update", record), grant, given)

    def _changed_rows(
        self, stage: Stage, condition: Condition, values: Sequence[Any], body: Any, limit: int
    ) -> Prepared:
        grant = stage.grant("update")
        record = parse_changes(body, stage.collection, stage.catalog, grant)
        shape = self._shape(stage, "update", record, condition)
        given = WriteInput(
            columns=record.columns,
            changes=record.changes,
            links=record.links,
            values=values,
            limit=limit,
        )
        return self._prepared(stage, shape, grant, given)

    def _deleted_row(self, stage: Stage, record_id: str) -> Prepared:
        key = _record_key(stage.collection, record_id)
        given = WriteInput(record_id=key, if_match=_if_match(stage.call))
        return self._prepared(stage, WriteShape("delete"), stage.grant("delete"), given)

    def _deleted_rows(
        self, stage: Stage, condition: Condition, values: Sequence[Any], limit: int
    ) -> Prepared:
        shape = WriteShape("delete", many=True, condition=condition)
        given = WriteInput(values=values, limit=limit)
        return self._prepared(stage, shape, stage.grant("delete"), given)

    def _shape(
        self, stage: Stage, operation: Any, record: Record, condition: Condition | None = None
    ) -> WriteShape:
        preferences = stage.call.preferences
        return WriteShape(
            operation,
            many=condition is not None,
            columns=tuple(sorted(record.columns)),
            changes=tuple(sorted((column, kind) for column, (kind, _) in record.changes.items())),
            links=tuple(sorted(record.links)),
            condition=NOTHING if condition is None else condition,
            returning=not preferences.minimal,
            text_numbers=preferences.text_numbers,
        )

    def _prepared(
        self,
        stage: Stage,
        shape: WriteShape,
        grant: Grant,
        given: WriteInput,
        update: Grant | None = None,
    ) -> Prepared:
        catalog, access, collection = stage.catalog, stage.access, stage.collection
        key = (catalog.project_id, catalog.version, access.key, collection.id, shape)

        def make() -> tuple[CompiledWrite, str]:
            plan = plan_write(shape, collection, grant, catalog, access, update=update)
            return compile_write(plan), shape_tag(plan, catalog, access)

        compiled, tag = self._pipeline.statements.get(key, make)
        given.request_id = stage.call.request_id
        given.actor = stage.call.caller.principal.actor
        return Prepared(compiled, given, collection, grant, catalog, tag, shape.many)

    async def _run(self, call: Call, prepare: Prepare) -> tuple[Prepared, list[Any]]:
        """Prepare and execute until the verdict is final. Answers rows whose verdict is null."""
        access = access_of(call.caller)
        stale = 0
        for attempt in range(MOST_TRIES * 2):
            prepared = prepare(await self._stage(call, access))
            verdict, rows = await self._attempt(call, prepared, access, locked=attempt >= 3)
            if verdict is None:
                self._written(call)
                return prepared, rows
            if verdict == "stale_catalog" and stale < MOST_TRIES:
                stale += 1
                await self._pipeline.catalogs.refresh(call.caller.project.id)
            elif verdict != "retry":
                raise verdict_error(
                    verdict, prepared.collection, prepared.catalog, many=prepared.many
                )
        raise RetryLaterError("The record is being written by many at once; try again.")

    def _written(self, call: Call) -> None:
        if not call.preferences.dry_run:
            self._pipeline.wakeups.touch(call.caller.project.id)

    async def _stage(self, call: Call, access: Access) -> Stage:
        catalogs, project_id = self._pipeline.catalogs, call.caller.project.id
        catalog = catalogs.cached(project_id) or await catalogs.current(project_id)
        collection = require_collection(access, call.caller, call.collection, catalog)
        return Stage(call, catalog, access, collection)

    async def _attempt(
        self, call: Call, prepared: Prepared, access: Access, *, locked: bool
    ) -> tuple[str | None, list[Any]]:
        """The verdict and the rows; what another run can mend is a verdict too."""
        try:
            rows = await self._execute(call, prepared, access, locked=locked)
        except STALE:
            return "stale_catalog", []
        except (*CONTENDED, LostUpsertError):
            return "retry", []
        return rows[0][0], rows

    async def _execute(
        self, call: Call, prepared: Prepared, access: Access, *, locked: bool
    ) -> list[Any]:
        pools = await self._pipeline.database.placement(call.caller.project.id)
        compiled, given = prepared.compiled, prepared.given
        args = resolve(compiled.sources, given, Context(access.variables))  # type: ignore[arg-type]  # WriteInput subscripts like a sequence
        try:
            if not locked and not call.preferences.dry_run:
                return list(await pools.data.fetch(compiled.text, *args))
            return await self._in_transaction(pools.data, prepared, args, call)
        except (*STALE, *CONTENDED):
            raise
        except asyncpg.UniqueViolationError as error:
            if await self._mend_sequence(prepared, error):
                raise LostUpsertError from error
            raise refused(error, prepared.collection, prepared.grant) from error
        except asyncpg.PostgresError as error:
            raise refused(error, prepared.collection, prepared.grant) from error

    async def _in_transaction(
        self, pool: Any, prepared: Prepared, args: Sequence[Any], call: Call
    ) -> list[Any]:
        """Lock the record first, then run; or run and take it all back (a dry run)."""
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                if prepared.given.record_id is not None:
                    await connection.execute(*_lock(prepared))
                rows = list(await connection.fetch(prepared.compiled.text, *args))
            except BaseException:
                await transaction.rollback()
                raise
            if call.preferences.dry_run:
                await transaction.rollback()
            else:
                await transaction.commit()
            return rows

    async def _mend_sequence(self, prepared: Prepared, error: asyncpg.PostgresError) -> bool:
        """Move a collection's id sequence behind ids that clients chose themselves."""
        collection = prepared.collection
        name = getattr(error, "constraint_name", None) or str(error)
        is_ours = collection.id_type == "int" and f"pk_{collection.id}" in name
        if not is_ours or prepared.given.columns.get("id") is not None:
            return False
        pools = await self._pipeline.database.placement(prepared.catalog.project_id)
        sequence = f"{prepared.catalog.schema}.sq_{collection.id}"
        newest = f"SELECT max(id) FROM {prepared.catalog.table(collection)}"  # noqa: S608 - quoted
        await pools.owner.execute(
            f"SELECT setval('{sequence}', greatest(1, $1::bigint, ({newest})))",
            prepared.given.highest_id,
        )
        return True


def _lock(prepared: Prepared) -> tuple[str, Any]:
    key = prepared.collection.fields["id"]
    cast = field_type(key).bind_type(key)
    table = prepared.catalog.table(prepared.collection)
    text = f"SELECT 1 FROM {table} WHERE {quote_ident('id')} = $1::{cast} FOR NO KEY UPDATE"  # noqa: S608 - quoted
    return text, prepared.given.record_id


def _created(call: Call, prepared: Prepared, row: Any) -> Answer:
    _, version, record, *_ = row
    etag = f'"{version}-{prepared.tag}"'
    record_id = prepared.given.columns.get("id")
    headers = [(b"etag", etag.encode())]
    if record_id is not None:
        base = f"/api/projects/{call.caller.project.slug}/data/{prepared.collection.name}"
        headers.append((b"location", f"{base}/{record_id}".encode()))
    if call.preferences.minimal or record is None:
        return Answer(201, b"", headers)
    return Answer(201, record, headers)


def _records(call: Call, status: int, rows: Sequence[Any]) -> Answer:
    if call.preferences.minimal:
        return Answer(status, b"")
    return records_answer(status, [row[2] for row in rows if row[2] is not None])


def _max_affected(call: Call) -> int:
    limit = call.preferences.max_affected
    if limit is None:
        raise PreconditionRequiredError(
            "A write by condition must say how many records it may touch.",
            hint="Send the header Prefer: max-affected=<number>.",
        )
    return min(limit, MOST_BULK_ROWS)


def _if_match(call: Call) -> int | None:
    """The version part of If-Match; another form can match nothing."""
    if call.if_match is None or call.if_match.strip() == "*":
        return None
    text = call.if_match.strip().removeprefix("W/").strip('"').partition("-")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def _record_key(collection: Collection, record_id: str) -> Any:
    key = collection.fields["id"]
    try:
        return field_type(key).parse_text(key, record_id)
    except ValueError:
        raise RecordNotFoundError from None


def _first_version(body: Any) -> int:
    """An id that the client chose may have been used before: its versions go on, not over."""
    chosen = isinstance(body, dict) and body.get("id") is not None
    return time.time_ns() // 1_000 if chosen else 1


def _parse_all(
    bodies: Sequence[Any], stage: Stage, grant: Grant, *, single: bool = False
) -> list[Record]:
    """Every record of a body, with every violation of all of them."""
    if not bodies or len(bodies) > MOST_BULK_ROWS:
        raise InvalidError(f"Send 1 to {MOST_BULK_ROWS} records.")
    records: list[Record] = []
    errors: list[Violation] = []
    for number, body in enumerate(bodies):
        at = "" if single else f"/{number}"
        try:
            records.append(
                parse_new(body, stage.collection, stage.catalog, grant, stage.author(), at)
            )
        except InvalidError as error:
            errors.extend(error.errors)
        if len(errors) > 100:
            break
    if errors:
        raise InvalidError("Some values cannot be accepted.", errors=errors)
    return records


def _links_of(records: Sequence[Record]) -> tuple[str, ...]:
    return tuple(sorted({field_id for record in records for field_id in record.links}))


def _given_columns(collection: Collection, bodies: Sequence[Any]) -> list[set[str]]:
    """The columns that each body names itself."""
    found = []
    for body in bodies:
        fields = (collection.find_field(name) for name in body) if isinstance(body, dict) else ()
        found.append({field.column for field in fields if field is not None and field.column})
    return found


def _many_input(
    collection: Collection,
    records: Sequence[Record],
    bodies: Sequence[Any],
    links: Sequence[str],
    given: Sequence[set[str]] | None = None,
) -> WriteInput:
    ids = (record.columns.get("id") for record in records)
    highest = max((key for key in ids if isinstance(key, int)), default=0)
    rows = _document(collection, records, bodies, links, given)
    return WriteInput(rows=rows, highest_id=highest)


def _document(
    collection: Collection,
    records: Sequence[Record],
    bodies: Sequence[Any],
    links: Sequence[str],
    given: Sequence[set[str]] | None = None,
) -> bytes:
    """The rows of a bulk write as one JSON text, by column."""
    convert = [(f.column, field_type(f).to_json) for f in collection.stored_fields]
    lists = [(field_id, field_type(collection.by_id[field_id]).to_json) for field_id in links]
    rows = []
    for number, record in enumerate(records):
        columns = record.columns
        row = {column: change(columns[column]) for column, change in convert if column in columns}
        for field_id, change in lists:
            row[f"_m_{field_id}"] = [change(each) for each in record.links.get(field_id, ())]
        row["_first"] = _first_version(bodies[number])
        if given is not None:
            row["_given"] = sorted(given[number])
        rows.append(row)
    return dump_json(rows).encode()
