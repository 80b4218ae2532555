"""Getting a write ready: its body parsed, its shape, its compiled statement, its arguments.

Pure but for the clock; runs again whenever the catalog turns out to have changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as member
from functools import partial
from typing import Any

from app.core.errors import InvalidError, Violation
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.tree import NOTHING, Condition
from app.engine.policy.authorize import require_grant
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.bodies import (
    first_version,
    given_columns,
    links_of,
    many_input,
    named_fields,
)
from app.engine.query.compile_write import compile_write
from app.engine.query.defaults import Author
from app.engine.query.pipeline import Call, Statements, shape_tag
from app.engine.query.plan_write import (
    PresetsDifferError,
    WriteShape,
    conflict_key,
    plan_write,
)
from app.engine.query.turns import Turns
from app.engine.query.values import Record, parse_changes, parse_new
from app.engine.query.verdicts import RecordNotFoundError
from app.engine.query.write_input import CompiledWrite, WriteInput

MOST_BULK_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write ready to run against one catalog. ``is_partial``: its writer sees records in part.

    ``joined`` compiles the statement that does it together with those of other requests.
    """

    compiled: CompiledWrite
    given: WriteInput
    collection: Collection
    grant: Grant
    catalog: Catalog
    tag: str
    many: bool
    is_partial: bool
    joined: Callable[[], CompiledWrite] | None


@dataclass(frozen=True, slots=True)
class Stage:
    """What preparing a write looks at."""

    call: Call
    catalog: Catalog
    access: Access
    collection: Collection
    statements: Statements
    turns: Turns = member(default_factory=Turns)

    def grant(self, action: Action, bodies: Sequence[Any] = ()) -> Grant:
        """The way that it is the turn of."""
        return self.turns.pick(self.ways(action, bodies))

    def ways(
        self, action: Action, bodies: Sequence[Any], key: Sequence[str] = ()
    ) -> tuple[Grant, ...]:
        """How records may be written that name what these bodies do, but for the ``key`` columns
        that only find them."""
        grant = require_grant(self.access, self.collection, action)
        if len(grant.rules) == 1:
            return (grant,)
        found_by = {self.collection.by_column[column].id for column in key}
        return grant.ways(named_fields(self.collection, bodies) - found_by)

    def author(self) -> Author:
        return Author(self.call.caller.principal.id, self.access.variables)


Prepare = Callable[[Stage], Prepared]


def new_row(stage: Stage, body: Any) -> Prepared:
    grant = stage.grant("create", (body,))
    record = parse_new(body, stage.collection, stage.catalog, grant, stage.author())
    shape = _shape(stage, "create", grant, record)
    given = WriteInput(columns=record.columns, links=record.links, version=first_version(body))
    return _prepared(stage, shape, grant, given, joined=partial(_joined, stage, shape, grant))


def new_rows(stage: Stage, bodies: list[Any]) -> Prepared:
    grant = stage.grant("create", bodies)
    records = _parse_all(bodies, stage, grant)
    links = links_of(records)
    columns = tuple(field.column for field in stage.collection.stored_fields)
    shape = WriteShape(
        "create", many=True, columns=columns, links=links,
        given=_given((grant,), records) if grant.depends_on_fields else frozenset(),
        returning=not stage.call.preferences.minimal,
        text_numbers=stage.call.preferences.text_numbers,
        ways=(grant.way,),
    )  # fmt: skip
    given = many_input(stage.collection, records, bodies, links)
    return _prepared(stage, shape, grant, given)


def upserted(stage: Stage, bodies: list[Any], on_conflict: str, many: bool) -> Prepared:
    key = conflict_key(stage.collection, on_conflict, stage.access.view(stage.collection, "read"))
    grant, update = _upsert_grants(stage, bodies, key)
    records = _parse_all(bodies, stage, grant, single=not many)
    named = given_columns(stage.collection, bodies)
    columns = tuple(
        field.column
        for field in stage.collection.stored_fields
        if any(field.column in given for given in named)
    )
    links = links_of(records)
    shape = WriteShape(
        "upsert", many=many, columns=columns, links=links, key=key,
        given=_given((grant, update), records),
        returning=not stage.call.preferences.minimal,
        text_numbers=stage.call.preferences.text_numbers,
        ways=(grant.way, update.way if update else 0),
    )  # fmt: skip
    if many:
        given = many_input(stage.collection, records, bodies, links, named)
        return _prepared(stage, shape, grant, given, update)
    record = records[0]
    given = WriteInput(columns=record.columns, links=record.links, version=first_version(bodies[0]))
    return _prepared(stage, shape, grant, given, update)


def _upsert_grants(
    stage: Stage, bodies: Sequence[Any], key: Sequence[str]
) -> tuple[Grant, Grant | None]:
    """The way of each half: every pair has its turn."""
    creates = stage.ways("create", bodies)
    updates: Sequence[Grant | None] = (None,)
    if stage.access.find(stage.collection, "update") is not None:
        updates = stage.ways("update", bodies, key)
    return stage.turns.pick([(create, update) for create in creates for update in updates])


def changed_row(stage: Stage, record_id: str, body: Any, replace: bool) -> Prepared:
    grant = stage.grant("update", (body,))
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
        if_body=_if_body(stage),
    )
    shape = _shape(stage, "update", grant, record)
    by_itself = record.links or given.if_match is not None or given.if_body is not None
    joined = None if by_itself else partial(_joined, stage, shape, grant)
    return _prepared(stage, shape, grant, given, joined=joined)


def changed_rows(
    stage: Stage, condition: Condition, values: Sequence[Any], body: Any, limit: int
) -> Prepared:
    grant = stage.grant("update", (body,))
    if len(stage.ways("update", (body,))) > 1:
        raise PresetsDifferError(
            "What your policies set differs by record; change the records one by one."
        )
    record = parse_changes(body, stage.collection, stage.catalog, grant, author=stage.author())
    shape = _shape(stage, "update", grant, record, condition)
    given = WriteInput(
        columns=record.columns,
        changes=record.changes,
        links=record.links,
        values=values,
        limit=limit,
    )
    return _prepared(stage, shape, grant, given)


def deleted_row(stage: Stage, record_id: str) -> Prepared:
    key = _record_key(stage.collection, record_id)
    body = _if_body(stage)
    given = WriteInput(record_id=key, if_match=_if_match(stage.call), if_body=body)
    shape = WriteShape("delete", matches_body=body is not None)
    return _prepared(stage, shape, stage.grant("delete"), given)


def deleted_rows(stage: Stage, condition: Condition, values: Sequence[Any], limit: int) -> Prepared:
    shape = WriteShape("delete", many=True, condition=condition)
    given = WriteInput(values=values, limit=limit)
    return _prepared(stage, shape, stage.grant("delete"), given)


def _given(grants: Sequence[Grant | None], records: Sequence[Record]) -> frozenset[str]:
    """The fields that the body names, where it matters to what the policies ask."""
    if all(grant is None or grant.takes_anything for grant in grants):
        return frozenset()
    return frozenset(each for record in records for each in record.given)


def _shape(
    stage: Stage,
    operation: Any,
    grant: Grant,
    record: Record,
    condition: Condition | None = None,
) -> WriteShape:
    preferences = stage.call.preferences
    return WriteShape(
        operation,
        many=condition is not None,
        columns=tuple(sorted(record.columns)),
        changes=tuple(sorted((column, kind) for column, (kind, _) in record.changes.items())),
        links=tuple(sorted(record.links)),
        given=_given((grant,), (record,)) if grant.depends_on_fields else frozenset(),
        condition=NOTHING if condition is None else condition,
        returning=not preferences.minimal,
        text_numbers=preferences.text_numbers,
        matches_body=condition is None and operation == "update" and _if_body(stage) is not None,
        ways=(grant.way,),
    )


def _prepared(
    stage: Stage,
    shape: WriteShape,
    grant: Grant,
    given: WriteInput,
    update: Grant | None = None,
    joined: Callable[[], CompiledWrite] | None = None,
) -> Prepared:
    catalog, access, collection = stage.catalog, stage.access, stage.collection
    compiled, tag = _compiled(stage, shape, grant, update)
    given.request_id = stage.call.request_id
    given.actor = stage.call.caller.principal.actor
    read = access.find(collection, "read")
    is_partial = read is None or read.is_partial
    return Prepared(
        compiled, given, collection, grant, catalog, tag, shape.many, is_partial, joined
    )


def _joined(stage: Stage, shape: WriteShape, grant: Grant) -> CompiledWrite:
    columns = shape.columns
    if shape.operation == "create":
        columns = tuple(field.column for field in stage.collection.stored_fields)
    compiled, _ = _compiled(stage, replace(shape, columns=columns, joined=True), grant)
    return compiled


def _compiled(
    stage: Stage, shape: WriteShape, grant: Grant, update: Grant | None = None
) -> tuple[CompiledWrite, str]:
    """The statement of a shape, and its part of an ETag."""
    catalog, access, collection = stage.catalog, stage.access, stage.collection
    key = (catalog.project_id, catalog.version, access.key, collection.id, shape)

    def make() -> tuple[CompiledWrite, str]:
        plan = plan_write(shape, collection, grant, catalog, access, update=update)
        return compile_write(plan), shape_tag(plan, catalog, access)

    found: tuple[CompiledWrite, str] = stage.statements.get(key, make)
    return found


def _if_match(call: Call) -> int | None:
    """The version part of If-Match; another form can match nothing."""
    if call.if_match is None or call.if_match.strip() == "*":
        return None
    text = call.if_match.strip().removeprefix("W/").strip('"').partition("-")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def _if_body(stage: Stage) -> str | None:
    """What If-Match says of the body that was shown, where its writer sees records in part.

    Such a writer is told no version, and none that they guess matches.
    """
    call = stage.call
    if call.if_match is None or call.if_match.strip() == "*":
        return None
    read = stage.access.find(stage.collection, "read")
    if read is not None and not read.is_partial:
        return None
    return call.if_match.strip().removeprefix("W/").strip('"').removeprefix("b")


def _record_key(collection: Collection, record_id: str) -> Any:
    key = collection.fields["id"]
    try:
        return field_type(key).parse_text(key, record_id)
    except ValueError:
        raise RecordNotFoundError from None


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
