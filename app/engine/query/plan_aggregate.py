"""From an aggregate's shape to a plan: what may be read is what may be added up. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.core.errors import BadRequestError
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field, make_collection
from app.engine.conditions.bind import Bound, View, bind
from app.engine.conditions.tree import NOTHING
from app.engine.policy.model import Access, Grant
from app.engine.query.aggregate_request import AggregateShape, Group, Measure
from app.engine.query.plan import Planner, Sort
from app.engine.query.read_shape import SortKey

_DATES = frozenset({"date", "datetime"})
_EXACT = frozenset({"int", "decimal"})


class NotAggregableError(BadRequestError):
    code = "query_not_aggregable"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer: its name and type, and where its values come from (None: count)."""

    name: str
    field: Field
    source: Sort | None
    measure: Measure | None = None
    bucket: str | None = None


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """``groups`` and ``measures`` make the rows; ``having`` and ``sort`` speak of their columns."""

    catalog: Catalog
    collection: Collection
    rows: Bound | None
    filter: Bound | None
    groups: tuple[Column, ...]
    measures: tuple[Column, ...]
    having: Bound | None
    sort: tuple[SortKey, ...]


def plan_aggregate(
    shape: AggregateShape, collection: Collection, grant: Grant, catalog: Catalog, access: Access
) -> AggregatePlan:
    """Plan an aggregate. Raises the 400 errors of names that cannot be read or added up."""
    planner = Planner(catalog, access, text_numbers=False)
    seen = _Seen(planner, collection, grant.view)
    groups = tuple(_group(group, seen) for group in shape.groups)
    measures = tuple(_measure(each, seen) for each in shape.measures)
    answer = _answer((*groups, *measures))
    condition = having = None
    if shape.condition != NOTHING:
        condition = bind(shape.condition, collection, catalog, access.views("list"))
    if shape.having != NOTHING:
        having = bind(shape.having, answer, catalog)
    return AggregatePlan(
        catalog, collection, grant.rows, condition, groups, measures, having,
        tuple(_sorted(shape, answer)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where paths begin: the collection, as the caller sees it."""

    planner: Planner
    collection: Collection
    view: View

    def source(self, path: tuple[str, ...], parameter: str) -> Sort:
        return self.planner.sort(SortKey(path), self.collection, self.view, parameter)


def _group(group: Group, seen: _Seen) -> Column:
    source = seen.source(group.path, "group_by")
    field = source.field
    if group.bucket is not None:
        if field.type not in _DATES or (group.bucket == "hour" and field.type == "date"):
            raise NotAggregableError(
                f"group_by: {field.type} field {field.name!r} has no {group.bucket}."
            )
        field = replace(field, type="datetime" if group.bucket == "hour" else "date")
    return Column(group.name, _named(field, group.name), source, bucket=group.bucket)


def _measure(measure: Measure, seen: _Seen) -> Column:
    if not measure.path:
        return Column(measure.name, Field("count", "count", "int", "count"), None, measure)
    source = seen.source(measure.path, measure.function)
    field = source.field
    needed = "count" if measure.function == "count_distinct" else measure.function
    if needed not in field_type(field).aggregates:
        raise NotAggregableError(
            f"{measure.function}: {field.type} field {field.name!r} cannot be used.",
            hint=f"It has: {', '.join(sorted(field_type(field).aggregates))}.",
        )
    return Column(measure.name, _named(_result(measure, field), measure.name), source, measure)


def _result(measure: Measure, field: Field) -> Field:
    if measure.function.startswith("count"):
        return Field("", "", "int", "")
    if measure.function in {"sum", "avg"} and field.type in _EXACT:
        return Field("", "", "decimal", "")
    return field


def _named(field: Field, name: str) -> Field:
    plain = replace(field, validations=(), min=None, max=None, precision=None, scale=None)
    return replace(plain, id=f"a_{name}", name=name, column=name, relation=None)


def _answer(columns: tuple[Column, ...]) -> Collection:
    """The answer's rows as a collection of their own, for ``having`` and ``sort``."""
    return make_collection(
        id="aggregate", name="aggregate", table="", fields=[column.field for column in columns]
    )


def _sorted(shape: AggregateShape, answer: Collection) -> Iterator[SortKey]:
    for key in shape.sort or tuple(SortKey((group.name,)) for group in shape.groups):
        name = "_".join(key.path)
        if name not in answer.fields:
            raise NotAggregableError(
                f"sort: {name!r} is not in the answer.",
                hint=f"Its columns are: {', '.join(answer.fields)}.",
            )
        yield replace(key, path=(name,))
