"""From a write's shape to a plan: what is set, what guards it, which tables it reaches. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.errors import BadRequestError, ForbiddenError
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import Bound, BoundAll, View, bind, find_visible
from app.engine.conditions.parse import parse_json_condition
from app.engine.conditions.tree import NOTHING, Condition
from app.engine.policy.model import Access, Grant, WriteGuard
from app.engine.query.plan import Output, ReadPlan, plan_read
from app.engine.query.read_shape import ReadShape

Operation = Literal["create", "update", "delete", "upsert"]


class ConflictTargetError(BadRequestError):
    code = "query_invalid_on_conflict"


class FieldsTogetherError(ForbiddenError):
    """Each of the fields may be set, but no one policy allows all of them in one write."""

    code = "policy_fields_refused"


class PresetsDifferError(ForbiddenError):
    """Which policy allows the write decides what it sets, and that may differ by record."""

    code = "policy_presets_differ"


@dataclass(frozen=True, slots=True)
class WriteShape:
    """Everything about a write but its values; hashable, the key of the statement cache.

    ``many``: the rows come as one JSON document (create, upsert) or by ``condition`` (update,
    delete). ``columns`` are set, ``changes`` are set relative to their value as (column, kind),
    ``links`` are many_to_many field ids, ``key`` the columns of an upsert's conflict. ``given``
    are the ids of the fields that the client names, where the policies' answer depends on them.
    ``matches_body``: If-Match speaks of what the client was shown, not of a version. ``ways``
    are the numbers of the grants' ways that it tries. ``joined``: the rows come as one JSON
    document, each of a request of its own.
    """

    operation: Operation
    many: bool = False
    columns: tuple[str, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()
    condition: Condition = NOTHING
    returning: bool = True
    text_numbers: bool = False
    matches_body: bool = False
    ways: tuple[int, ...] = ()
    joined: bool = False


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A collection's ``condition`` rule, by its position among the rules."""

    position: int
    condition: Bound


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What a statement writes, under which guards, and what it answers.

    ``guard`` is what the policies ask; ``update`` the same of the update half of an upsert (None:
    no record may be updated). ``seen`` are the rows that the write may look at (None: all).
    ``targets`` pairs each relation that is set with the rows of its target that may be pointed to
    (None: all); ``linked`` has, by many_to_many field that is set, the rows of its target that the
    writer sees: links to others are not theirs to take away. ``outputs`` are answered of records
    that meet ``shown``.
    """

    shape: WriteShape
    catalog: Catalog
    collection: Collection
    guard: WriteGuard
    update: WriteGuard | None
    filter: Bound | None
    seen: Bound | None
    linked: Mapping[str, Bound]
    targets: tuple[tuple[Field, Bound | None], ...]
    rules: tuple[RuleCheck, ...]
    outputs: tuple[Output, ...]
    shown: Bound | None


def plan_write(
    shape: WriteShape,
    collection: Collection,
    grant: Grant,
    catalog: Catalog,
    access: Access,
    *,
    update: Grant | None = None,
) -> WritePlan:
    """Plan a write. Raises the 400 errors of a condition or key that cannot be read."""
    read = _readable(collection, catalog, access, text_numbers=shape.text_numbers)
    guard = guard_of(grant, shape.given)
    bound = None
    if shape.condition != NOTHING:
        bound = bind(shape.condition, collection, catalog, access.views("list"))
    return WritePlan(
        shape=shape,
        catalog=catalog,
        collection=collection,
        guard=guard,
        update=None if update is None else _update_guard(update, shape, collection),
        filter=bound,
        seen=_seen(shape, collection, access),
        linked=dict(_linked(shape, collection, catalog, access)),
        targets=tuple(_targets(shape, collection, catalog, access, guard)),
        rules=tuple(bound_rules(collection, catalog)),
        outputs=read.outputs if read and (shape.returning or shape.matches_body) else (),
        shown=None if read is None else read.rows,
    )


def _is_by_condition(shape: WriteShape) -> bool:
    return shape.many and shape.operation in ("update", "delete")


def _seen(shape: WriteShape, collection: Collection, access: Access) -> Bound | None:
    """What may be looked at: by the condition, and by changes relative to what a field holds,
    whose bounds would tell of it."""
    asked = [access.view(collection, "list").rows] if _is_by_condition(shape) else []
    if shape.changes:
        view = access.view(collection, "read" if access.find(collection, "read") else "list")
        changed = (collection.by_column[column].id for column, _ in shape.changes)
        asked += [view.rows, *(view.masks.get(field_id) for field_id in changed)]
    found = tuple(each for each in asked if each is not None)
    return BoundAll(found) if found else None


def _linked(
    shape: WriteShape, collection: Collection, catalog: Catalog, access: Access
) -> Iterator[tuple[str, Bound]]:
    for field_id in shape.links:
        rows = access.view(catalog.target(collection.by_id[field_id]), "list").rows
        if rows is not None:
            yield field_id, rows


def guard_of(grant: Grant, given: frozenset[str]) -> WriteGuard:
    """What guards a write that names these fields. Raises FieldsTogetherError."""
    guard = grant.guard(given)
    if not guard.rules:
        raise FieldsTogetherError("No policy lets you set these fields in one write.")
    return guard


def _update_guard(update: Grant, shape: WriteShape, collection: Collection) -> WriteGuard | None:
    """The update half names what the body does, but for the key that found the record."""
    key = {collection.by_column[column].id for column in shape.key}
    guard = update.guard(shape.given - key)
    return guard if guard.rules else None


def conflict_key(collection: Collection, names: str, view: View) -> tuple[str, ...]:
    """``on_conflict=slug`` or ``a,b`` as columns; they must be unique together, and readable."""
    fields = [find_visible(collection, name, view) for name in names.split(",")]
    if any(field is not None and field.id in view.masks for field in fields):
        fields = [None]
    ids = {field.id for field in fields if field is not None and field.is_stored}
    known = {frozenset(i.removeprefix("-") for i in key) for key in collection.unique_keys}
    if None in fields or frozenset(ids) not in known:
        raise ConflictTargetError(
            f"on_conflict: {names[:80]!r} is not unique together.",
            hint="Name the id, a unique field, or the fields of a unique constraint.",
            parameter="on_conflict",
        )
    return tuple(field.column for field in fields if field is not None)


def bound_rules(collection: Collection, catalog: Catalog) -> Iterator[RuleCheck]:
    """The collection's ``condition`` rules, bound; ``$record`` is the row itself."""
    for position, rule in enumerate(collection.rules):
        if rule.rule == "condition":
            values: list[object] = []
            tree = parse_json_condition(rule.where, values, variables=True)
            yield RuleCheck(position, bind(tree, collection, catalog, literals=values))


def inbound(catalog: Catalog, collection: Collection) -> Iterator[tuple[Collection, Field]]:
    """Every belongs_to field that points at the collection, with the collection it stands in."""
    for other in catalog.collections.values():
        for field in other.fields.values():
            if field.relation and field.is_belongs_to and field.relation.to == collection.id:
                yield other, field


def link_sides(catalog: Catalog, collection: Collection) -> Iterator[tuple[str, str]]:
    """Every join table that may mention the collection's records, with the column that does."""
    for other in catalog.collections.values():
        for field in other.fields.values():
            if field.relation is None or field.relation.link_table is None:
                continue
            if other.id == collection.id:
                yield field.relation.link_table, "source_id"
            if field.relation.to == collection.id:
                yield field.relation.link_table, "target_id"


def _readable(
    collection: Collection, catalog: Catalog, access: Access, *, text_numbers: bool
) -> ReadPlan | None:
    grant = access.find(collection, "read")
    if grant is None:
        return None
    shape = ReadShape(single=True, text_numbers=text_numbers)
    return plan_read(shape, collection, grant, catalog, access)


def _targets(
    shape: WriteShape,
    collection: Collection,
    catalog: Catalog,
    access: Access,
    guard: WriteGuard,
) -> Iterator[tuple[Field, Bound | None]]:
    """What a policy itself sets may point anywhere."""
    preset = guard.presets
    for field in collection.fields.values():
        if field.relation is not None and (
            field.column in shape.columns or field.id in shape.links
        ):
            rows = access.view(catalog.target(field), "read").rows
            yield field, None if field.id in preset else rows
