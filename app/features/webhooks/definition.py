"""From an endpoint as a client describes it to what is stored, and back. Pure.

Collections are held by their immutable ids, and the fields of conditions too, so that an endpoint
follows what is renamed and does not pass to a new collection of an old name.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from app.core.egress import EgressRefusedError, is_public
from app.core.errors import BadRequestError, Violation
from app.core.http_client import HttpClient, InvalidUrlError, check_url
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.bind import Bound, has_relations
from app.engine.conditions.tree import StoredConditionError
from app.engine.policy.bound import bind_condition, variables_of
from app.engine.policy.policy import BrokenPolicyError, condition_to_ids, condition_to_names
from app.engine.query.values import nearest
from app.features.webhooks.errors import InvalidWebhookError

_VARIABLES = frozenset({"now", "today"})
BROKEN = "The condition names a field that is gone."


class BrokenConditionError(Exception):
    """The stored condition cannot be used any more."""


def check_address(url: str, http: HttpClient) -> None:
    """Raises InvalidWebhookError: no URL that can be sent to, or an address that is refused."""
    try:
        host = check_url(url).host
        if _is_private(host) and not http.allows(url):
            raise EgressRefusedError
    except (InvalidUrlError, EgressRefusedError) as error:
        fault = Violation("/url", error.code, error.detail, error.hint)
        raise InvalidWebhookError(error.detail, hint=error.hint, errors=[fault]) from None


def collections_to_ids(names: Sequence[str] | None, catalog: Catalog) -> list[str] | None:
    """Raises InvalidWebhookError."""
    if names is None:
        return None
    found, faults = [], []
    for position, name in enumerate(names):
        collection = catalog.find_collection(name)
        if collection is None:
            hint = nearest(name, list(catalog.collections))
            message = f"There is no collection {name!r}."
            faults.append(
                Violation(f"/collections/{position}", "unknown_collection", message, hint)
            )
        else:
            found.append(collection.id)
    if faults:
        raise InvalidWebhookError("The webhook endpoint cannot stand.", errors=faults)
    return list(dict.fromkeys(found))


def conditions_to_ids(
    where: Mapping[str, Any] | None, collections: Sequence[str] | None, catalog: Catalog
) -> dict[str, Any]:
    """The condition for each collection, by ids. Raises InvalidWebhookError, and the 422 error of
    a condition that cannot stand."""
    if where is None:
        return {}
    if collections is None:
        raise _refused("not_applicable", "A condition takes the collections it is about.")
    stored = {}
    for collection_id in collections:
        collection = catalog.by_id.get(collection_id)
        if collection is not None:
            _check(bind_condition(where, collection, catalog, "/where", rows=True))
            stored[collection_id] = condition_to_ids(where, collection, catalog)
    return stored


def shown_collections(stored: Sequence[str] | None, catalog: Catalog) -> list[str] | None:
    """Today's names of those that are still there."""
    if stored is None:
        return None
    return [catalog.by_id[each].name for each in stored if each in catalog.by_id]


def shown_condition(conditions: Mapping[str, Any], catalog: Catalog) -> tuple[Any, str | None]:
    """The condition in today's names, and what is wrong with it."""
    shown: Any = None
    for collection_id, document in conditions.items():
        collection = catalog.by_id.get(collection_id)
        if collection is None:
            continue
        try:
            shown = condition_to_names(document, collection, catalog)
            bind_stored(document, collection, catalog)
        except (BrokenPolicyError, BrokenConditionError):
            return shown, BROKEN
    return shown, None


def bind_stored(document: Any, collection: Collection, catalog: Catalog) -> Bound | None:
    """The stored condition, ready to be evaluated. Raises BrokenConditionError."""
    try:
        named = condition_to_names(document, collection, catalog)
        return bind_condition(named, collection, catalog, "/where", rows=True)
    except (BrokenPolicyError, StoredConditionError, BadRequestError) as error:
        raise BrokenConditionError from error


def _check(bound: Bound | None) -> None:
    if bound is None:
        return
    if has_relations(bound):
        message = "A webhook's condition looks at the record alone, not at related ones."
        raise _refused("not_applicable", message)
    for name in variables_of(bound):
        if name not in _VARIABLES:
            raise _refused("not_applicable", f"${name} stands for nothing here.")


def _refused(code: str, message: str) -> InvalidWebhookError:
    return InvalidWebhookError(message, errors=[Violation("/where", code, message)])


def _is_private(host: str) -> bool:
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        return False  # a name: checked whenever it is connected to
