"""``Prefer: explain``: the answer, or the refusal, with the reason for it.

For the project's admins and owners and for service keys alone: it tells the values that conditions
look at, whoever may read them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from app.api.deps import has_role
from app.api.services import Services
from app.core.errors import BackendifyError
from app.core.json_text import dump_json
from app.engine.identity.principal import Caller
from app.engine.policy.authorize import is_service_key
from app.engine.policy.model import Action
from app.engine.query.explain import Question, explain
from app.engine.query.pipeline import Call
from app.engine.query.respond import Answer

_OF_MANY: dict[str, Action] = {"POST": "create", "PATCH": "update", "DELETE": "delete"}
_OF_ONE: dict[str, Action] = {"PATCH": "update", "PUT": "update", "DELETE": "delete"}


def may_hear_reasons(caller: Caller) -> bool:
    """Whether a caller is told what policies compare, hidden values among it."""
    return has_role(caller, "admin") or is_service_key(caller.principal)


async def explained(
    services: Services,
    call: Call,
    method: str,
    record_id: str,
    run: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Run the request, and add the reason to what comes of it."""
    if record_id == "query":
        record_id, method = "", "GET"
    try:
        answer = await run()
    except BackendifyError as error:
        error.extra["explain"] = await _reason(services, call, method, record_id)
        raise
    if answer.body.startswith(b"{") and answer.status < 300:
        told = dump_json(await _reason(services, call, method, record_id)).encode()
        comma = b"" if answer.body == b"{}" else b","
        return replace(answer, body=b'%b%b"explain":%b}' % (answer.body[:-1], comma, told))
    return answer


async def _reason(services: Services, call: Call, method: str, record_id: str) -> Any:
    """The decision about this caller; of a record that is gone by now, without the record."""
    action = _OF_ONE.get(method, "read") if record_id else _OF_MANY.get(method, "list")
    catalog = await services.catalogs.current(call.caller.project.id)
    rules = await services.policies.current(catalog)
    for asked in (record_id or None, None):
        question = Question(call.collection, action, asked)
        try:
            return await explain(services.database, call.caller, catalog, rules, question)
        except BackendifyError:
            continue
    return None
