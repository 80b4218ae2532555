"""From a write's shape to a plan: what is set, what guards it, which tables it reaches. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.core.errors import BadRequestError
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import NEVER, Bound, bind
from app.engine.conditions.parse import parse_json_condition
from app.engine.conditions.tree import NOTHING, Condition
from app.engine.policy.model import Access, Grant
from app.engine.query.plan import Output, ReadPlan, plan_read
from app.engine.query.request import ReadShape

Operation = Literal["create", "update", "delete", "upsert"]


class ConflictTargetError(BadRequestError):
    code = "query_invalid_on_conflict"


@dataclass(frozen=True, slots=True)
class WriteShape:
    """Everything about a write but its values; hashable, the key of the statement cache.

    ``many``: the rows come as one JSON document (create, upsert) or by ``condition`` (update,
    delete). ``columns`` are set, ``changes`` are set relative to their value as (column, kind),
    ``links`` are many_to_many field ids, ``key`` the columns of an upsert's conflict.
    """

    operation: Operation
    many: bool = False
    columns: tuple[str, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    condition: Condition = NOTHING
    returning: bool = True
    text_numbers: bool = False


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A collection's ``condition`` rule, by its position among the rules."""

    position: int
    condition: Bound


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What a statement writes, under which guards, and what it answers.

    ``update`` is the grant of the update half of an upsert; ``targets`` pairs each relation that
    is set with the rows of its target that may be pointed to (None: all).
    """

    shape: WriteShape
    catalog: Catalog
    collection: Collection
    access: Access
    grant: Grant
    update: Grant | None
    filter: Bound | None
    targets: tuple[tuple[Field, Bound | None], ...]
    rules: tuple[RuleCheck, ...]
    outputs: tuple[Output, ...]


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
    bound = None
    if shape.condition != NOTHING:
        bound = bind(shape.condition, collection, catalog, lambda c: _visible(access, c))
    return WritePlan(
        shape=shape,
        catalog=catalog,
        collection=collection,
        access=access,
        grant=grant,
        update=update,
        filter=bound,
        targets=tuple(_targets(shape, collection, catalog, access)),
        rules=tuple(bound_rules(collection, catalog)),
        outputs=read.outputs if shape.returning and read is not None else (),
    )


def conflict_key(collection: Collection, names: str) -> tuple[str, ...]:
    """``on_conflict=slug`` or ``a,b`` as columns; they must be unique together."""
    fields = [collection.find_field(name) for name in names.split(",")]
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


def _visible(access: Access, collection: Collection) -> frozenset[str] | None:
    grant = access.find(collection, "read") or access.find(collection, "list")
    return frozenset() if grant is None else grant.fields


def _targets(
    shape: WriteShape, collection: Collection, catalog: Catalog, access: Access
) -> Iterator[tuple[Field, Bound | None]]:
    for field in collection.fields.values():
        if field.relation is not None and (
            field.column in shape.columns or field.id in shape.links
        ):
            grant = access.find(catalog.target(field), "read")
            yield field, NEVER if grant is None else grant.rows
