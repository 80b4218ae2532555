"""A policy bound to a catalog: its names resolved, its conditions ready for any compiler. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from app.core.errors import BadRequestError, Violation
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import EMPTY, Catalog, Collection
from app.engine.conditions.bind import (
    Bound,
    BoundAll,
    BoundAny,
    BoundNot,
    Exists,
    Test,
    Unless,
    bind,
)
from app.engine.conditions.operands import operand_parser
from app.engine.conditions.parse import parse_json_condition
from app.engine.conditions.tree import (
    InvalidValueError,
    Literal,
    QueryConditionError,
    Reference,
    Variable,
    as_stored,
)
from app.engine.policy.channels import guarded_by_id
from app.engine.policy.model import Preset
from app.engine.policy.policy import (
    USERS,
    BrokenPolicyError,
    Policy,
    condition_to_names,
    value_to_names,
)

ID = "id"
KNOWN_VARIABLES = frozenset({"key.id", "now", "today", "request.ip"})


@dataclass(frozen=True, slots=True)
class BoundPolicy:
    """``broken`` says why a policy cannot be used any more; then nothing else of it counts.

    ``fields`` are ids, the record's own id among them; ``presets`` are by field id.
    """

    policy: Policy
    collection: Collection
    where: Bound | None = None
    check: Bound | None = None
    fields: frozenset[str] | None = None
    presets: Mapping[str, Preset] = member(default_factory=lambda: EMPTY)
    broken: str | None = None


def bind_policy(policy: Policy, catalog: Catalog) -> BoundPolicy | None:
    """The policy at this catalog; None where its collection is no more."""
    collection = guarded_by_id(catalog, policy.collection)
    if collection is None:
        return None
    try:
        return BoundPolicy(
            policy,
            collection,
            where=_stored_condition(policy.where, collection, catalog, "/where"),
            check=_stored_condition(policy.check, collection, catalog, "/check"),
            fields=_fields(policy, collection),
            presets=_presets(policy, collection, catalog),
        )
    except BrokenPolicyError as error:
        return BoundPolicy(policy, collection, broken=str(error))
    except BadRequestError as error:
        return BoundPolicy(policy, collection, broken=error.detail)


def bind_condition(
    document: Any, collection: Collection, catalog: Catalog, pointer: str, *, rows: bool = False
) -> Bound | None:
    """A condition in today's names. ``rows``: ``$old`` may be named.

    Raises the 422 error of a stored condition that cannot stand, located at ``pointer``.
    """
    if document is None:
        return None
    try:
        return _bound(document, collection, catalog, rows=rows)
    except BadRequestError as error:
        at = error.extra.get("parameter") if isinstance(error.extra, dict) else None
        raise as_stored(error, pointer + str(at or "")) from None


def check_variable(name: str, catalog: Catalog) -> None:
    """Raise QueryConditionError for a variable that stands for nothing."""
    root, _, rest = name.partition(".")
    if name in KNOWN_VARIABLES:
        return
    users = catalog.collections[USERS]
    field = users.find_field(rest) if root == "user" else None
    if field is None or not field.is_stored:
        known = ", ".join(f.name for f in users.stored_fields)
        raise QueryConditionError(
            f"There is no variable ${name[:60]}.",
            hint=f"$user has {known}; the others are $key.id, $now, $today and $request.ip.",
        )


def variables_of(bound: Bound) -> Iterator[str]:
    """The variables that a condition names."""
    for test in tests_of(bound):
        if isinstance(test.operand, Variable):
            yield test.operand.name


def tests_of(bound: Bound) -> Iterator[Test]:
    """Every comparison of a condition, its relations' too."""
    if isinstance(bound, BoundAll | BoundAny):
        for item in bound.items:
            yield from tests_of(item)
    elif isinstance(bound, BoundNot | Unless):
        yield from tests_of(bound.item)
    elif isinstance(bound, Exists):
        if bound.item is not None:
            yield from tests_of(bound.item)
    else:
        yield bound


def _stored_condition(
    document: Any, collection: Collection, catalog: Catalog, where: str
) -> Bound | None:
    if document is None:
        return None
    named = condition_to_names(document, collection, catalog)
    return _bound(named, collection, catalog, rows=where == "/check")


def _bound(document: Any, collection: Collection, catalog: Catalog, *, rows: bool) -> Bound:
    values: list[Any] = []
    tree = parse_json_condition(document, values, variables=True)
    bound = bind(tree, collection, catalog, literals=values)
    for test in tests_of(bound):
        _check_operand(test, catalog, rows=rows)
    return bound


def _check_operand(test: Test, catalog: Catalog, *, rows: bool) -> None:
    if isinstance(test.operand, Variable):
        check_variable(test.operand.name, catalog)
    elif isinstance(test.operand, Reference):
        if test.operand.row != "old" or not rows:
            raise QueryConditionError(
                f"{test.where}: ${test.operand.row} is not known here.",
                hint="The check of an update may compare with $old.<field>.",
            )
    elif isinstance(test.operand, Literal):
        try:
            operand_parser(test)(test.operand.value)
        except ValueError as error:
            raise InvalidValueError(f"{test.where}: {error}", parameter=test.where) from None


def _fields(policy: Policy, collection: Collection) -> frozenset[str] | None:
    """A field that is gone is one less, never one more."""
    if policy.fields is None:
        return None
    own = frozenset({ID}) if policy.effect == "allow" else frozenset[str]()
    return frozenset(each for each in policy.fields if each in collection.by_id) | own


def _presets(policy: Policy, collection: Collection, catalog: Catalog) -> dict[str, Preset]:
    presets = {}
    for field_id, value in policy.presets.items():
        if field_id not in collection.by_id:
            raise BrokenPolicyError("A field that it sets is gone.")
        named = value_to_names(value, catalog)
        presets[field_id] = make_preset(named, collection, field_id, catalog)
    return presets


def make_preset(value: Any, collection: Collection, field_id: str, catalog: Catalog) -> Preset:
    """A preset of a field. Raises InvalidValueError, QueryConditionError."""
    field = collection.by_id[field_id]
    if isinstance(value, str) and value.startswith("$"):
        check_variable(value[1:], catalog)
        return Preset(field, variable=value[1:])
    try:
        return Preset(field, value=None if value is None else field_type(field).parse(field, value))
    except ValueError as error:
        raise InvalidValueError(f"{field.name}: {error}", parameter=field.name) from None


def preset_violation(name: str, error: BadRequestError) -> Violation:
    """What is wrong with a preset of a definition."""
    return Violation(f"/presets/{name}", error.code, error.detail, error.hint)
