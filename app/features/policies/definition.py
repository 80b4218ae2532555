"""From a policy as a client writes it to a policy as it is stored, and back. Pure."""

from typing import Any
from uuid import UUID

from app.core.errors import BadRequestError, InvalidError, Violation
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.tree import StoredConditionError
from app.engine.policy.bound import bind_condition, bind_policy, make_preset
from app.engine.policy.channels import CHANNEL_ACTIONS, CHANNELS, find_guarded, guarded_by_id
from app.engine.policy.model import ACTIONS
from app.engine.policy.policy import (
    PRINCIPALS,
    ROLE,
    BrokenPolicyError,
    Policy,
    condition_to_ids,
    condition_to_names,
    value_to_ids,
    value_to_names,
)
from app.engine.query.values import nearest
from app.features.policies.schemas import PolicyWrite

_WRITES = {"create", "update"}


class InvalidPolicyError(InvalidError):
    """The policy speaks of what is not there, or asks for what cannot be."""

    code = "policy_invalid"


def make_policy(data: PolicyWrite, catalog: Catalog, policy_id: UUID, position: int) -> Policy:
    """The policy as it is stored. Raises InvalidPolicyError with every fault, each located."""
    faults: list[Violation] = []
    collection = find_guarded(catalog, data.collection)
    if collection is None:
        hint = nearest(data.collection, list(catalog.collections))
        fault = Violation("/collection", "unknown_collection", "There is no such collection.", hint)
        raise InvalidPolicyError(f"There is no collection {data.collection!r}.", errors=[fault])
    actions: set[str] = set(ACTIONS) if "*" in data.actions else set(data.actions)
    faults += _principal_faults(data.principals)
    faults += _shape_faults(data, actions)
    if collection is CHANNELS:
        faults += _channel_faults(data)
    faults += _condition_faults(data, collection, catalog)
    fields = _field_ids(data.fields, collection, faults)
    presets = _presets(data, collection, catalog, faults)
    if faults:
        raise InvalidPolicyError("The policy cannot stand.", errors=faults)
    return Policy(
        id=policy_id,
        name=data.name,
        collection=collection.id,
        actions=frozenset(action for action in ACTIONS if action in actions),
        principals=tuple(dict.fromkeys(data.principals)),
        effect=data.effect,
        where=condition_to_ids(data.where, collection, catalog),
        check=condition_to_ids(data.check, collection, catalog),
        fields=fields,
        presets=presets,
        require_verified_email=data.require_verified_email,
        position=position,
    )


def policy_to_json(policy: Policy, catalog: Catalog) -> dict[str, Any] | None:
    """The policy in today's names; None where its collection is no more."""
    collection = guarded_by_id(catalog, policy.collection)
    bound = bind_policy(policy, catalog)
    if collection is None or bound is None:
        return None
    by_id = collection.by_id
    return {
        "id": policy.id,
        "name": policy.name,
        "collection": collection.name,
        "actions": [action for action in ACTIONS if action in policy.actions],
        "principals": list(policy.principals),
        "effect": policy.effect,
        "where": _named(policy.where, collection, catalog),
        "check": _named(policy.check, collection, catalog),
        "fields": None if policy.fields is None else [
            by_id[each].name for each in policy.fields if each in by_id
        ],
        "presets": {
            by_id[key].name: _named_value(value, catalog)
            for key, value in policy.presets.items()
            if key in by_id
        },
        "require_verified_email": policy.require_verified_email,
        "position": policy.position,
        "broken": bound.broken,
    }  # fmt: skip


def _named(document: Any, collection: Collection, catalog: Catalog) -> Any:
    try:
        return condition_to_names(document, collection, catalog)
    except BrokenPolicyError:
        return document


def _named_value(value: Any, catalog: Catalog) -> Any:
    try:
        return value_to_names(value, catalog)
    except BrokenPolicyError:
        return value


def _principal_faults(principals: list[str]) -> list[Violation]:
    known = f"Known are {', '.join(PRINCIPALS)} and role:<name>."
    return [
        Violation(f"/principals/{n}", "unknown_principal", "There is no such principal.", known)
        for n, each in enumerate(principals)
        if each not in PRINCIPALS and not (each.startswith(ROLE) and each != ROLE)
    ]


def _shape_faults(data: PolicyWrite, actions: set[str]) -> list[Violation]:
    """What does not go together."""
    faults = []
    if data.check is not None and not actions & _WRITES:
        message = "Only creates and updates leave a record to check."
        faults.append(Violation("/check", "not_applicable", message))
    if data.presets and not actions & _WRITES:
        message = "Only creates and updates set values."
        faults.append(Violation("/presets", "not_applicable", message))
    if data.effect == "deny":
        faults += _deny_faults(data, actions)
    return faults


def _channel_faults(data: PolicyWrite) -> list[Violation]:
    """A channel has no fields that could be shown or set."""
    faults = [
        Violation(f"/{name}", "not_applicable", "A channel has no fields to show or to set.")
        for name, given in (("fields", data.fields), ("presets", data.presets))
        if given
    ]
    for number, action in enumerate(data.actions):
        if action not in (*CHANNEL_ACTIONS, "*"):
            hint = "read: join and listen; create: broadcast; update: be present."
            message = f"Nobody can {action} channels."
            faults.append(Violation(f"/actions/{number}", "not_applicable", message, hint))
    return faults


def _deny_faults(data: PolicyWrite, actions: set[str]) -> list[Violation]:
    faults = []
    if data.presets:
        faults.append(Violation("/presets", "not_applicable", "A deny sets nothing."))
    if data.require_verified_email:
        message = "A deny holds whether or not the address is verified."
        faults.append(Violation("/require_verified_email", "not_applicable", message))
    if data.check is not None and data.where is None and not actions <= _WRITES:
        message = "A deny with a check alone can speak of create and update only."
        faults.append(Violation("/check", "not_applicable", message))
    return faults


def _condition_faults(
    data: PolicyWrite, collection: Collection, catalog: Catalog
) -> list[Violation]:
    faults: list[Violation] = []
    for name, document in (("where", data.where), ("check", data.check)):
        try:
            bind_condition(document, collection, catalog, f"/{name}", rows=name == "check")
        except StoredConditionError as error:
            faults.extend(error.errors)
    return faults


def _field_ids(
    names: list[str] | None, collection: Collection, faults: list[Violation]
) -> tuple[str, ...] | None:
    if names is None:
        return None
    found = []
    for position, name in enumerate(names):
        field = collection.find_field(name)
        if field is None:
            hint = nearest(name, list(collection.fields))
            message = "There is no such field."
            faults.append(Violation(f"/fields/{position}", "unknown_field", message, hint))
        else:
            found.append(field.id)
    return tuple(dict.fromkeys(found))


def _presets(
    data: PolicyWrite, collection: Collection, catalog: Catalog, faults: list[Violation]
) -> dict[str, Any]:
    presets = {}
    for name, value in data.presets.items():
        field = collection.find_field(name)
        if field is None or not field.is_stored or field.read_only or field.id == "id":
            message = "There is no field of this name that a policy could set."
            faults.append(Violation(f"/presets/{name}", "unknown_field", message))
            continue
        try:
            make_preset(value, collection, field.id, catalog)
        except BadRequestError as error:
            faults.append(Violation(f"/presets/{name}", error.code, error.detail, error.hint))
        presets[field.id] = value_to_ids(value, catalog)
    return presets
