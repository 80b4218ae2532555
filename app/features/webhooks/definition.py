"""From an endpoint as a client describes it to what is stored, and back. Pure.

Collections are held by their immutable ids, and the fields of conditions too, so that an endpoint
follows what is renamed and does not pass to a new collection of an old name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.egress import EgressRefusedError
from app.core.errors import Violation
from app.core.http_client import HttpClient, InvalidUrlError
from app.engine.catalog.model import Catalog
from app.engine.policy.event_conditions import (
    NotApplicableError,
    event_condition_to_ids,
    event_condition_to_names,
)
from app.engine.query.values import nearest
from app.features.webhooks.errors import InvalidWebhookError


def check_address(url: str, http: HttpClient) -> None:
    """Raises InvalidWebhookError: no URL that can be sent to, or an address that is refused."""
    try:
        http.check_address(url)
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
        raise _refused("A condition takes the collections it is about.")
    found = [catalog.by_id[each] for each in collections if each in catalog.by_id]
    try:
        return {each.id: event_condition_to_ids(where, each, catalog) for each in found}
    except NotApplicableError as error:
        raise _refused(str(error)) from None


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
        named, broken = event_condition_to_names(document, collection, catalog)
        if broken is not None:
            return shown, broken
        shown = named
    return shown, None


def _refused(message: str) -> InvalidWebhookError:
    return InvalidWebhookError(message, errors=[Violation("/where", "not_applicable", message)])
