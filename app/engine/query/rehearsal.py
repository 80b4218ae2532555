"""Operations tried as somebody, by the very statements that requests become; nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Any

import asyncpg

from app.core.errors import BackendifyError, InvalidError, Violation
from app.core.json_text import parse_json
from app.engine.catalog.model import Catalog, Collection, make_collection
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import Context
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import Rules, require_collection, require_grant
from app.engine.policy.model import EVERYTHING, Access, Action
from app.engine.query.compile import compile_read
from app.engine.query.execute import refused
from app.engine.query.pipeline import Call, Statements
from app.engine.query.plan import plan_read
from app.engine.query.prepare import Prepare, Prepared, Stage, changed_row, deleted_row, new_row
from app.engine.query.read_shape import ReadRequest
from app.engine.query.request import parse_get, parse_query
from app.engine.query.turns import Turns, in_turns
from app.engine.query.verdicts import RecordNotFoundError, verdict_error

MOST_LISTED = 1000
_NEVER_SET = frozenset({"created_at", "updated_at", "created_by"})


class FixtureError(InvalidError):
    """A record that a test gives cannot be stored, or a reference leads nowhere."""

    code = "policy_test_fixture"


@dataclass(frozen=True, slots=True)
class Fixture:
    """A record that is there meanwhile, under the name ``ref``."""

    collection: str
    data: Mapping[str, Any]
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What is tried: ``data`` is a body, ``where`` a list's condition. ``record_id`` and values
    may be ``{"$ref": "<name>.<field>"}``, a field of a fixture."""

    action: Action
    collection: str
    record_id: Any = None
    data: Mapping[str, Any] | None = None
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened: the refusal's code and sentence, or the records that were answered."""

    allowed: bool
    error: str | None = None
    detail: str | None = None
    records: Sequence[Mapping[str, Any]] = member(default_factory=tuple)


class Rehearsal:
    """Works on one connection, inside a transaction that its owner takes back."""

    def __init__(self, connection: Any, catalog: Catalog, rules: Rules) -> None:
        self._connection = connection
        self._catalog = catalog
        self._rules = rules
        self._statements = Statements()
        self._named: dict[str, Mapping[str, Any]] = {}

    async def give(self, caller: Caller, fixtures: Sequence[Fixture]) -> None:
        """Store the records that are to be there. Raises FixtureError."""
        for position, fixture in enumerate(fixtures):
            try:
                record = await self._store(caller, fixture)
            except BackendifyError as error:
                at = f"/given/{position}"
                faults = error.errors or [Violation("", error.code, error.detail)]
                located = [replace(each, pointer=at + each.pointer) for each in faults]
                raise FixtureError("A given record cannot be stored.", errors=located) from None
            if fixture.ref is not None:
                self._named[fixture.ref] = record

    async def attempt(self, caller: Caller, wanted: Operation) -> Outcome:
        """Try an operation; whatever it changes is undone at once. Raises FixtureError."""
        savepoint = self._connection.transaction()
        await savepoint.start()
        try:
            records = await self._run(caller, wanted)
        except FixtureError:
            raise
        except BackendifyError as error:
            return Outcome(allowed=False, error=error.code, detail=error.detail)
        finally:
            await savepoint.rollback()
        return Outcome(allowed=True, records=records)

    def resolved(self, value: Any) -> Any:
        """The value with its references to given records replaced. Raises FixtureError."""
        if isinstance(value, dict) and set(value) == {"$ref"}:
            return self._referred(str(value["$ref"]))
        if isinstance(value, dict):
            return {key: self.resolved(each) for key, each in value.items()}
        return [self.resolved(each) for each in value] if isinstance(value, list) else value

    def _referred(self, text: str) -> Any:
        name, _, path = text.partition(".")
        record = self._named.get(name)
        if record is None or (path or "id") not in record:
            raise FixtureError(f"The reference {text[:60]!r} leads nowhere.")
        return record[path or "id"]

    async def _store(self, caller: Caller, fixture: Fixture) -> Mapping[str, Any]:
        collection = self._catalog.find_collection(fixture.collection)
        if collection is None:
            raise InvalidError(f"There is no collection {fixture.collection!r}.")
        access = Access("fixtures", lambda _collection, _action: EVERYTHING)
        stage = self._stage(caller, access, _unlocked(collection))
        prepared = new_row(stage, self.resolved(fixture.data))
        rows = await self._written(prepared, access)
        record: Mapping[str, Any] = parse_json(rows[0][2])
        return record

    async def _run(self, caller: Caller, wanted: Operation) -> Sequence[Mapping[str, Any]]:
        access = self._rules.access(caller)
        collection = require_collection(access, caller, wanted.collection, self._catalog)
        if wanted.action in {"list", "read"}:
            return await self._read(access, collection, wanted)
        prepare = self._preparing(wanted)

        async def attempt(turns: Turns) -> list[Any]:
            prepared = prepare(self._stage(caller, access, collection, turns))
            async with self._connection.transaction():
                return await self._written(prepared, access)

        rows = await in_turns(attempt)
        return [parse_json(row[2]) for row in rows if row[2] is not None]

    async def _read(
        self, access: Access, collection: Collection, wanted: Operation
    ) -> Sequence[Mapping[str, Any]]:
        request = self._request(wanted)
        action = wanted.action
        grant = require_grant(access, collection, action)
        plan = plan_read(request.shape, collection, grant, self._catalog, access)
        compiled = compile_read(plan)
        args = resolve(compiled.sources, request.values, Context(access.variables))
        try:
            rows = await self._connection.fetch(compiled.text, *args)
        except asyncpg.PostgresError as error:
            raise refused(error, collection, grant) from error
        records = [parse_json(row[4]) for row in rows if row[4] is not None]
        if action == "read" and not records:
            raise RecordNotFoundError
        return records

    def _request(self, wanted: Operation) -> ReadRequest:
        if wanted.action == "read":
            return parse_get(str(self.resolved(wanted.record_id)), [])
        document = {"filter": self.resolved(wanted.where or {}), "limit": MOST_LISTED}
        return parse_query(document)

    def _preparing(self, wanted: Operation) -> Prepare:
        record_id = str(self.resolved(wanted.record_id))
        body = self.resolved(wanted.data or {})
        if wanted.action == "create":
            return lambda stage: new_row(stage, body)
        if wanted.action == "update":
            return lambda stage: changed_row(stage, record_id, body, replace=False)
        return lambda stage: deleted_row(stage, record_id)

    def _stage(
        self, caller: Caller, access: Access, collection: Collection, turns: Turns | None = None
    ) -> Stage:
        call = Call(caller, collection.name)
        return Stage(call, self._catalog, access, collection, self._statements, turns or Turns())

    async def _written(self, prepared: Prepared, access: Access) -> list[Any]:
        compiled, given = prepared.compiled, prepared.given
        args = resolve(compiled.sources, given, Context(access.variables))  # type: ignore[arg-type]  # WriteInput subscripts like a sequence
        try:
            rows = list(await self._connection.fetch(compiled.text, *args))
        except asyncpg.PostgresError as error:
            raise refused(error, prepared.collection, prepared.grant) from error
        verdict = rows[0][0]
        if verdict is not None:
            raise verdict_error(verdict, prepared.collection, self._catalog, access, many=False)
        return rows


def _unlocked(collection: Collection) -> Collection:
    """The collection with fields settable that only the server sets otherwise (users' roles)."""
    fields = (
        field if field.id in _NEVER_SET else replace(field, read_only=False)
        for field in collection.fields.values()
    )
    names = ("id", "name", "table", "id_type", "indexes", "history", "system", "created_by")
    return make_collection(**{name: getattr(collection, name) for name in names}, fields=fields)
