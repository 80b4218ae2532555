"""What happened to records, and what may be told of it; checks that write nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from asyncpg import Record
from fastapi import Response

from app.api.services import Services
from app.core.errors import BackendifyError, InvalidError, NotFoundError, UnauthenticatedError
from app.core.event import Event
from app.core.json_text import dump_json
from app.engine.catalog.model import Catalog, Collection
from app.engine.changes.compile_relay import read_record, read_since
from app.engine.changes.compile_retention import read_reach
from app.engine.conditions.bind import Bound
from app.engine.conditions.evaluate import Facts, evaluate
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import require_collection, require_grant
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.defaults import Author
from app.engine.query.pipeline import Call
from app.engine.query.plan_write import bound_rules
from app.engine.query.request import parse_get
from app.engine.query.values import parse_new
from app.features.data.images import Viewer, narrowed
from app.features.data.schemas import CheckAnswer

_COLUMNS = tuple(Event.__slots__)
MOST_ROUNDS = 10
"""How often more changes are read because the caller may not see those that were."""


class HistoryNotKeptError(NotFoundError):
    """The collection's ``history`` is ``off``: the log knows nothing of it."""

    code = "history_not_kept"


class ChangesForgottenError(BackendifyError):
    """Some changes behind ``since`` are not in the log any more: who followed it begins anew."""

    code, status, title = "changes_forgotten", 410, "Changes forgotten"

    def __init__(self, newest: int) -> None:
        super().__init__(
            "The log does not reach back to that position.",
            hint="List the collections again, then go on from the position in next_since.",
            next_since=newest,
        )


async def list_history(
    services: Services, caller: Caller, name: str, record_id: str, limit: int, before: int | None
) -> Response:
    """A record's changes, newest first, as far as they are kept.

    Raises RecordNotFoundError, HistoryNotKeptError.
    """
    catalog, access = await services.pipeline.ground(Call(caller, name))
    collection = require_collection(access, caller, name, catalog)
    require_grant(access, collection, "read")
    if collection.history == "off":
        raise HistoryNotKeptError("This collection keeps no history.")
    pools = await services.database.placement(caller.project.id)
    text = read_record(catalog.schema)

    async def read(last: int | None) -> list[Record]:
        return list(await pools.data.fetch(text, collection.id, record_id, last, limit + 1))

    viewer = Viewer(services, caller, catalog, access, "read", bare=True)
    shown, more, last = await _visible(viewer, read, before, "n", limit)
    if not shown and before is None:  # not there, not seen, or all of it forgotten
        await services.pipeline.get_record(Call(caller, name), parse_get(record_id, ()))
    next_before = last if more and shown else None
    told = [change | {"diff": diff_of(change)} for change in shown]
    return _answer(told, {"limit": limit, "has_more": more, "next_before": next_before})


def diff_of(change: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a change did, as it is told: ``{"title": {"before": "a", "after": "b"}}``."""
    before, after = change["before"] or {}, change["after"] or {}
    names = dict.fromkeys((*before, *after))
    pairs = {name: {"before": before.get(name), "after": after.get(name)} for name in names}
    return {n: pair for n, pair in pairs.items() if n != "updated_at" and _differs(pair)}


def _differs(pair: Mapping[str, Any]) -> bool:
    """Not by value alone: true is not 1."""
    before, after = pair["before"], pair["after"]
    return isinstance(before, bool) != isinstance(after, bool) or bool(before != after)


async def list_changes(
    services: Services, caller: Caller, since: int | None, limit: int, name: str | None
) -> Response:
    """Changes behind ``since`` (None: from the first that is kept) of every collection that the
    caller may list. Raises ChangesForgottenError where some behind ``since`` are gone."""
    catalog, access = await services.pipeline.ground(Call(caller, name or ""))
    ids = _listed(caller, catalog, access, name)
    pools = await services.database.placement(caller.project.id)
    text = read_since(catalog.schema)
    viewer = Viewer(services, caller, catalog, access, "list", bare=True)
    first, newest = await pools.data.fetchrow(read_reach(catalog.schema), since or 0)
    if since is not None and since != newest and first != since + 1:
        raise ChangesForgottenError(newest)

    async def read(last: int | None) -> list[Record]:
        rows = list(await pools.data.fetch(text, last, ids, limit + 1))
        if since is not None and any(viewer.is_lost(row) for row in rows):
            raise ChangesForgottenError(newest)
        return rows

    shown, more, last = await _visible(viewer, read, since or 0, "seq", limit)
    return _answer(shown, {"limit": limit, "has_more": more, "next_since": last})


async def show_events(
    services: Services,
    caller: Caller,
    events: Sequence[Event],
    action: Action = "read",
    *,
    bare: bool = False,
) -> list[dict[str, Any] | None]:
    """Each event as the caller may see it now, in the shape of the feed; None where they may not.

    Names are today's; an event of a collection that is gone is seen by nobody. ``bare``: those
    without images are shown to who sees all of their collection.
    """
    catalog, access = await services.pipeline.ground(Call(caller, ""))
    viewer = Viewer(services, caller, catalog, access, action, bare=bare)
    return await viewer.show_each([_row(event) for event in events])


async def show_narrowed(
    services: Services,
    caller: Caller,
    ground: tuple[Catalog, Access],
    events: Sequence[Event],
    only: Mapping[str, Bound],
    values: Sequence[Any] = (),
) -> list[dict[str, Any] | None]:
    """The same on a ground that is at hand, as a list shows it, of the records alone that meet
    ``only`` (by collection id; the first slot of its ``values`` is 1)."""
    viewer = Viewer(services, caller, *ground, "list", only, values)
    return await viewer.show_each([_row(event) for event in events])


def _row(event: Event) -> dict[str, Any]:
    """The event as a row of the log; its images are not copied."""
    return {name: getattr(event, name) for name in _COLUMNS}


def narrow(grant: Grant, only: Bound | None) -> Grant:
    """The grant on the records alone that meet ``only``."""
    return narrowed(grant, only) or grant


def list_seen(caller: Caller, catalog: Catalog, access: Access, name: str | None) -> list[str]:
    """The ids of the collections whose changes the caller may follow, or of the one named.

    Raises UnauthenticatedError, NotFoundError, ForbiddenError.
    """
    return _listed(caller, catalog, access, name)


def _listed(caller: Caller, catalog: Catalog, access: Access, name: str | None) -> list[str]:
    """The ids of the collections whose changes the caller may see."""
    if name is not None:
        collection = require_collection(access, caller, name, catalog)
        require_grant(access, collection, "list")
        return [collection.id]
    ids = [c.id for c in catalog.collections.values() if access.find(c, "list")]
    if not ids and caller.principal.kind == "anonymous":
        raise UnauthenticatedError("This needs credentials.", hint="Send an Authorization header.")
    if not ids:
        raise NotFoundError("There is nothing here that you may see.")
    return ids


Read = Callable[[int | None], Awaitable[list[Record]]]


async def _visible(
    viewer: Viewer, read: Read, start: int | None, key: str, limit: int
) -> tuple[list[dict[str, Any]], bool, int | None]:
    """A page of what the viewer shows: the changes, whether there are more, the last position.

    Reads on where nothing of what was read may be seen, so that a page seldom comes out short.
    """
    shown: list[dict[str, Any]] = []
    last, more = start, False
    for _ in range(MOST_ROUNDS):
        rows = await read(last)
        for change in await viewer.show(rows[:limit]):
            shown.append(change)
            if len(shown) == limit:
                is_rest = change[key] != rows[:limit][-1][key] or len(rows) > limit
                return shown, is_rest, change[key]
        more = len(rows) > limit
        last = rows[:limit][-1][key] if rows else last
        if not more:
            break
    return shown, more, last


async def check_record(services: Services, caller: Caller, name: str, body: Any) -> CheckAnswer:
    """What a create would say of the values, without a statement: types, rules, conditions."""
    catalog, access = await services.pipeline.ground(Call(caller, name))
    collection = require_collection(access, caller, name, catalog)
    grant = require_grant(access, collection, "create")
    author = Author(caller.principal.id, access.variables)
    try:
        record = parse_new(body, collection, catalog, grant, author)
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
