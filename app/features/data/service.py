"""What happened to records, and what may be told of it; checks that write nothing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record
from fastapi import Response

from app.api.services import Services
from app.core.errors import InvalidError, NotFoundError, UnauthenticatedError
from app.core.json_text import dump_json, parse_json
from app.engine.catalog.model import Catalog, Collection
from app.engine.catalog.store import load_catalog
from app.engine.changes.compile_relay import read_record, read_since
from app.engine.conditions.evaluate import Facts, evaluate
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import access_of, require_collection, require_grant
from app.engine.policy.model import Access, Grant
from app.engine.query.plan_write import bound_rules
from app.engine.query.values import Author, parse_new
from app.engine.query.verdicts import RecordNotFoundError
from app.features.data.schemas import CheckAnswer

MOST_OLD_CATALOGS = 200
_TOLD = ("n", "seq", "at", "action", "record_id", "actor", "request_id")

_old_catalogs: dict[tuple[UUID, int], Catalog] = {}


async def list_history(
    services: Services, caller: Caller, name: str, record_id: str, limit: int, before: int | None
) -> Response:
    """A record's changes, newest first. Raises RecordNotFoundError where there are none."""
    catalog = await services.catalogs.current(caller.project.id)
    access = access_of(caller)
    collection = require_collection(access, caller, name, catalog)
    require_grant(access, collection, "read")
    pools = await services.database.placement(caller.project.id)
    text = read_record(catalog.schema)
    rows = await pools.data.fetch(text, collection.id, record_id, before, limit + 1)
    if not rows and before is None:
        raise RecordNotFoundError
    shown = await _shown(services, catalog, access, rows[:limit])
    more = len(rows) > limit
    next_before = shown[-1]["n"] if more and shown else None
    return _answer(shown, {"limit": limit, "has_more": more, "next_before": next_before})


async def list_changes(
    services: Services, caller: Caller, since: int, limit: int, name: str | None
) -> Response:
    """Changes behind ``since`` of every collection that the caller may list."""
    catalog = await services.catalogs.current(caller.project.id)
    access = access_of(caller)
    if name is None:
        ids = [c.id for c in catalog.collections.values() if access.find(c, "list")]
    else:
        ids = [require_collection(access, caller, name, catalog).id]
    if not ids and caller.principal.kind == "anonymous":
        raise UnauthenticatedError("This needs credentials.", hint="Send an Authorization header.")
    if not ids:
        raise NotFoundError("There is nothing here that you may see.")
    pools = await services.database.placement(caller.project.id)
    rows = await pools.data.fetch(read_since(catalog.schema), since, ids, limit + 1)
    shown = await _shown(services, catalog, access, rows[:limit])
    last = rows[:limit][-1]["seq"] if rows else since
    return _answer(shown, {"limit": limit, "has_more": len(rows) > limit, "next_since": last})


async def check_record(services: Services, caller: Caller, name: str, body: Any) -> CheckAnswer:
    """What a create would say of the values, without a statement: types, rules, conditions."""
    catalog = await services.catalogs.current(caller.project.id)
    access = access_of(caller)
    collection = require_collection(access, caller, name, catalog)
    grant = require_grant(access, collection, "create")
    try:
        record = parse_new(body, collection, catalog, grant, Author(caller.principal.id))
    except InvalidError as error:
        return CheckAnswer(valid=False, errors=[fault.as_json() for fault in error.errors])
    broken = _broken_conditions(collection, catalog, record.columns)
    return CheckAnswer(valid=not broken, errors=broken)


def _broken_conditions(
    collection: Collection, catalog: Catalog, row: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = []
    for check in bound_rules(collection, catalog):
        rule = collection.rules[check.position]
        if evaluate(check.condition, row, Facts(rows={"record": row})) is False:
            message = rule.message or "The record breaks a rule of its collection."
            found.append({"pointer": "", "code": "condition", "message": message})
    return found


def _answer(changes: list[dict[str, Any]], page: dict[str, Any]) -> Response:
    """Written by hand, so that decimals keep their digits."""
    return Response(dump_json({"data": changes, "page": page}), media_type="application/json")


async def _shown(
    services: Services, catalog: Catalog, access: Access, rows: Sequence[Record]
) -> list[dict[str, Any]]:
    shown = []
    for row in rows:
        then = await _catalog_of(services, catalog, row["schema_version"])
        collection = catalog.by_id.get(row["collection"])
        grant = access.find(collection, "read") if collection else None
        if collection is None or grant is None:
            continue
        told: dict[str, Any] = {key: row[key] for key in _TOLD}
        told["before"] = _image(row["before"], then, collection, grant)
        told["after"] = _image(row["after"], then, collection, grant)
        shown.append(told | {"at": row["at"].isoformat(), "collection": collection.name})
    return shown


def _image(
    text: str | None, then: Catalog, collection: Collection, grant: Grant
) -> dict[str, Any] | None:
    """An image under today's names: keyed by immutable ids, masked by what may be read now."""
    former = then.by_id.get(collection.id)
    if text is None or former is None:
        return None
    image: dict[str, Any] = {}
    stored = parse_json(text)
    for key, value in stored.items() if isinstance(stored, dict) else ():
        old = former.by_column.get(key) or former.fields.get(key)
        field = collection.by_id.get(old.id) if old else None
        if field is not None and grant.may_touch(field.id) and not field.hidden:
            image[field.column or field.name] = value
    return image


async def _catalog_of(services: Services, current: Catalog, version: int) -> Catalog:
    """The catalog that images of a version are keyed by."""
    if version == current.version:
        return current
    key = (current.project_id, version)
    held = _old_catalogs.get(key)
    if held is None:
        held = await load_catalog(services.database.owner, current.project_id, version)
        if len(_old_catalogs) >= MOST_OLD_CATALOGS:
            del _old_catalogs[next(iter(_old_catalogs))]
        _old_catalogs[key] = held
    return held
