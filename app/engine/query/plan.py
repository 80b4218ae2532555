"""From a read's shape to a plan: names resolved, grants merged in, at every level alike. Pure.

The caller's filters, sorts and fields may name only what the caller may read; the grant's own
conditions may name anything. Both end up in one WHERE clause.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.core.errors import BadRequestError
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import (
    NOTHING_SEEN,
    Bound,
    View,
    bind,
    find_visible,
    has_relations,
    unknown_field,
)
from app.engine.conditions.tree import NOTHING, QueryConditionError, Slot
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.parameters import InvalidParameterError
from app.engine.query.read_shape import Count, Expand, ReadShape, SortKey

if TYPE_CHECKING:
    from app.engine.query.past import Past

MOST_EXPANDS = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A stored field under its column's name; null where ``mask`` does not hold of the record."""

    key: str
    field: Field
    mask: Bound | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """The ids of a many_to_many relation, of the records that ``rows`` lets through."""

    key: str
    field: Field
    collection: Collection
    rows: Bound | None
    mask: Bound | None = None


@dataclass(frozen=True, slots=True)
class Nested:
    """Related records, embedded: one (belongs_to) or a list."""

    key: str
    field: Field
    plan: "ReadPlan"
    mask: Bound | None = None


Output = Column | Links | Nested


@dataclass(frozen=True, slots=True)
class Hop:
    """A belongs_to relation on a sort key's way: its records that count, and where it is seen."""

    field: Field
    collection: Collection
    rows: Bound | None
    mask: Bound | None


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort key: the relations on the way, and the field, seen where ``mask`` holds."""

    hops: tuple[Hop, ...]
    field: Field
    descending: bool
    nulls_first: bool
    nullable: bool
    mask: Bound | None = None


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One level of a read. ``limit`` is a slot of the values; None: the default of a nested list.

    ``filter`` is the caller's condition, which sees no more than the caller; ``rows`` the grant's.
    ``past``: of the collection as it was.
    """

    catalog: Catalog
    collection: Collection
    rows: Bound | None
    filter: Bound | None
    outputs: tuple[Output, ...]
    sort: tuple[Sort, ...]
    limit: int | None = None
    search: tuple[Slot, tuple[Column, ...]] | None = None
    count: Count = "none"
    cursor: tuple[bool, ...] | None = None
    single: bool = False
    text_numbers: bool = False
    past: "Past | None" = None


class NotSortableError(BadRequestError):
    code = "query_not_sortable"


class NotExpandableError(BadRequestError):
    code = "query_not_expandable"


def plan_read(
    shape: ReadShape, collection: Collection, grant: Grant, catalog: Catalog, access: Access
) -> ReadPlan:
    """Plan a list or a single read. Raises the 400 errors of names that cannot be read."""
    if shape.as_of is not None:
        raise InvalidParameterError("as_of does not go with this.", parameter="as_of")
    action: Action = "read" if shape.single else "list"
    planner = Planner(catalog, access, text_numbers=shape.text_numbers)
    level = planner.level(_as_expand(shape), collection, grant, action)
    search = None
    if shape.search is not None:
        search = (shape.search, planner.searched(collection, grant.view))
    sort = () if shape.single else (*level.sort, *planner.tie_break(level))
    if shape.cursor is not None and len(shape.cursor) != len(sort):
        raise InvalidParameterError("This is no cursor of ours.", parameter="cursor")
    return replace(
        level,
        sort=sort,
        search=search,
        count=_safe_count(shape.count, level, grant),
        cursor=shape.cursor,
        single=shape.single,
    )


def _safe_count(count: Count, level: ReadPlan, grant: Grant) -> Count:
    """The planner's estimate knows of all records: whoever sees but some of them gets a count."""
    looks_elsewhere = level.filter is not None and has_relations(level.filter)
    if count == "estimated" and (level.rows is not None or grant.masks or looks_elsewhere):
        return "capped"
    return count


def _as_expand(shape: ReadShape) -> Expand:
    return Expand("", shape.fields, shape.condition, shape.sort, None, shape.expand)


class Planner:
    """Resolves the names of one read, for what the caller may see."""

    def __init__(self, catalog: Catalog, access: Access, *, text_numbers: bool) -> None:
        self._catalog = catalog
        self._access = access
        self._text_numbers = text_numbers
        self._expands = 0

    def level(
        self, wanted: Expand, collection: Collection, grant: Grant, action: Action
    ) -> ReadPlan:
        bound = None
        if wanted.condition != NOTHING:
            views = self._access.views(action)
            bound = bind(wanted.condition, collection, self._catalog, views)
        view = grant.view
        return ReadPlan(
            catalog=self._catalog,
            collection=collection,
            rows=grant.rows,
            filter=bound,
            outputs=self._outputs(wanted, collection, view),
            sort=tuple(self.sort(key, collection, view) for key in wanted.sort),
            limit=wanted.limit,
            text_numbers=self._text_numbers,
        )

    def searched(self, collection: Collection, view: View) -> tuple[Column, ...]:
        """The searchable fields; every text field where none is marked."""
        seen = [field for field in collection.stored_fields if view.shows(field)]
        marked = tuple(f for f in seen if f.searchable)
        found = marked or tuple(f for f in seen if f.type in {"string", "text"})
        if not found:
            raise QueryConditionError(
                f"Collection {collection.name!r} has nothing to search.",
                hint="Mark a text field as searchable.",
            )
        return tuple(Column(field.column, field, view.masks.get(field.id)) for field in found)

    def tie_break(self, level: ReadPlan) -> tuple[Sort, ...]:
        """The id, unless the sort is total already."""
        if any(not key.hops and key.field.id == "id" for key in level.sort):
            return ()
        descending = bool(level.sort) and all(key.descending for key in level.sort)
        return (Sort((), level.collection.fields["id"], descending, descending, nullable=False),)

    def _view(self, collection: Collection, relation: Field) -> View:
        return self._access.views("list")(collection, relation)

    def _outputs(self, wanted: Expand, collection: Collection, view: View) -> tuple[Output, ...]:
        plain = [path[0] for path in wanted.fields if len(path) == 1]
        children = _with_paths(wanted.children, wanted.fields)
        listed = bool(wanted.fields)
        outputs = {o.key: o for o in self._columns(plain, collection, view, listed=listed)}
        for child in children:
            nested = self._nested(child, collection, view)
            outputs[nested.key] = nested
        return tuple(outputs.values())

    def _columns(
        self, names: Iterable[str], collection: Collection, view: View, *, listed: bool
    ) -> Iterable[Output]:
        if not listed:
            fields = [f for f in collection.fields.values() if view.shows(f) and not f.hidden]
            return [self._column(f, view) for f in fields if not _is_has_many(f)]
        return [self._named(name, collection, view) for name in names]

    def _named(self, name: str, collection: Collection, view: View) -> Output:
        field = _visible(collection, name, view, "fields")
        if _is_has_many(field):
            raise NotExpandableError(
                f"{name!r} is a list of records.", hint=f"Ask for it with expand={name}."
            )
        return self._column(field, view)

    def _column(self, field: Field, view: View) -> Output:
        mask = view.masks.get(field.id)
        if field.is_stored:
            return Column(field.column, field, mask)
        target = self._catalog.target(field)
        return Links(field.name, field, target, self._view(target, field).rows, mask)

    def _nested(self, wanted: Expand, collection: Collection, view: View) -> Nested:
        field = _visible(collection, wanted.name, view, "expand")
        if field.relation is None:
            raise NotExpandableError(f"{wanted.name!r} is no relation.")
        self._expands += 1
        if self._expands > MOST_EXPANDS:
            raise NotExpandableError(f"A query expands at most {MOST_EXPANDS} relations.")
        target = self._catalog.target(field)
        action: Action = "read" if field.is_belongs_to else "list"
        plan = self.level(wanted, target, self._access.find(target, action) or _NO_GRANT, action)
        if not field.is_belongs_to:
            plan = replace(plan, sort=(*plan.sort, *self.tie_break(plan)))
        return Nested(field.name, field, plan, view.masks.get(field.id))

    def sort(
        self, key: SortKey, collection: Collection, view: View, parameter: str = "sort"
    ) -> Sort:
        """A path through belongs_to relations to a field that has an order."""
        hops: list[Hop] = []
        for name in key.path[:-1]:
            field = _sortable_hop(collection, name, view, parameter)
            mask = view.masks.get(field.id)
            collection = self._catalog.target(field)
            view = self._view(collection, field)
            hops.append(Hop(field, collection, view.rows, mask))
        field = _sort_field(collection, key.path[-1], view, parameter)
        mask = view.masks.get(field.id)
        nulls_first = key.descending if key.nulls is None else key.nulls == "first"
        nullable = bool(hops) or mask is not None or not never_null(field)
        return Sort(tuple(hops), field, key.descending, nulls_first, nullable, mask)


_NO_GRANT = Grant(rows=NOTHING_SEEN.rows, fields=NOTHING_SEEN.fields)


def _visible(collection: Collection, name: str, view: View, parameter: str) -> Field:
    field = find_visible(collection, name, view)
    if field is None:
        raise unknown_field(collection, name, view, parameter)
    return field


def _sortable_hop(collection: Collection, name: str, view: View, parameter: str) -> Field:
    field = _visible(collection, name, view, parameter)
    if not field.is_belongs_to:
        raise NotSortableError(f"{parameter}: {name!r} does not lead to one record.")
    return field


def _sort_field(collection: Collection, name: str, view: View, parameter: str) -> Field:
    field = _visible(collection, name, view, parameter)
    if not field.is_stored or not field_type(field).sortable:
        raise NotSortableError(f"{parameter}: {field.type} field {name!r} has no order.")
    return field


def never_null(field: Field) -> bool:
    """Whether the field's column is NOT NULL."""
    return field.required or field.id in {"id", "created_at", "updated_at"}


def _is_has_many(field: Field) -> bool:
    return field.relation is not None and field.relation.kind == "has_many"


def _with_paths(
    children: tuple[Expand, ...], paths: tuple[tuple[str, ...], ...]
) -> tuple[Expand, ...]:
    """``fields=author.name`` expands the author, with that field among those asked."""
    merged = {child.name: child for child in children}
    for name, *rest in (path for path in paths if len(path) > 1):
        known = merged.get(name, Expand(name))
        merged[name] = replace(known, fields=(*known.fields, tuple(rest)))
    return tuple(merged.values())
