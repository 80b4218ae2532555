"""A collection at a past time: what of it can be told, and how the images of that time are read.

The rows of then are today's rows with every later change taken back, by the images before them. So
the log must have all later changes with their images, and each image is read by the schema version
that it was written under. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.errors import BadRequestError, InvalidError
from app.engine.catalog.casts import find_cast
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.bind import has_relations
from app.engine.query.plan import Column, ReadPlan, Sort
from app.engine.query.read_shape import ReadShape

_NEVER_NULL = frozenset({"id", "created_at", "updated_at"})


class AsOfOutOfReachError(InvalidError):
    """What there was at that time cannot be told any more, or could never be told."""

    code = "as_of_out_of_reach"


class AsOfUnsupportedError(BadRequestError):
    """A read of a past time tells a collection's own fields, and nothing that leads elsewhere."""

    code = "as_of_unsupported"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Schema versions from ``since`` up to ``until`` (not with it; None: no bound), under which
    images had one form: ``fields`` are the fields of then, by their ids."""

    since: int | None
    until: int | None
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Past:
    """``slot`` is where the time stands among the request's values. Only fields in ``known`` (ids)
    existed then; the others have no value."""

    slot: int
    known: frozenset[str]
    stretches: tuple[Stretch, ...]


def find_past(collection: Collection, versions: Sequence[Catalog], slot: int) -> Past:
    """``versions`` are the project's, from the one in force at the time to today's.

    Raises AsOfOutOfReachError where the log cannot tell what there was.
    """
    forms = [each.by_id.get(collection.id) for each in versions]
    first = forms[0] if forms else None
    if first is None:
        raise AsOfOutOfReachError("The collection did not exist at that time.")
    if any(form is not None and form.history != "full" for form in forms):
        raise AsOfOutOfReachError(
            "The collection's changes were not all kept since that time.",
            hint="Only a collection whose history is full can be read at a past time.",
        )
    known = frozenset(f.id for f in first.stored_fields if _stored(collection, f.id) is not None)
    return Past(slot, known, tuple(_stretches(collection, versions, known)))


def plan_at(plan: ReadPlan, shape: ReadShape, past: Past) -> ReadPlan:
    """The plan on the collection as it was. Raises AsOfUnsupportedError."""
    _refuse_elsewhere(plan, shape)
    outputs = tuple(output for output in plan.outputs if isinstance(output, Column))
    if shape.fields and len(outputs) < len(plan.outputs):
        raise _unsupported("fields", "a list of links")
    return replace(
        plan,
        outputs=outputs,
        sort=tuple(_nullable(key) for key in plan.sort),
        count="capped" if plan.count == "estimated" else plan.count,
        past=past,
    )


def _stretches(
    collection: Collection, versions: Sequence[Catalog], known: frozenset[str]
) -> Iterator[Stretch]:
    """Versions without the collection are passed over: nothing was written to it under them."""
    since: int | None = None
    held: Mapping[str, Field] | None = None
    for version in versions:
        form = version.by_id.get(collection.id)
        if form is None:
            continue
        fields = {each: _readable(form, collection, each) for each in sorted(known)}
        if held is not None and not _is_same(fields, held):
            yield Stretch(since, version.version, held)
            since = version.version
        held = fields
    if held is not None:
        yield Stretch(since, None, held)


def _readable(form: Collection, collection: Collection, field_id: str) -> Field:
    """The field as it was in a version, if its images can be read as today's field."""
    then, today = _stored(form, field_id), collection.by_id[field_id]
    if then is None or (not is_alike(then, today) and find_cast(then, today, "x") is None):
        raise AsOfOutOfReachError("The schema was changed since in a way that cannot be traced.")
    return then


def is_alike(one: Field, other: Field) -> bool:
    """Whether values of one are values of the other as they are."""
    return _form(one)[1:] == _form(other)[1:]


def _is_same(one: Mapping[str, Field], other: Mapping[str, Field]) -> bool:
    return all(_form(one[each]) == _form(other[each]) for each in one)


def _form(field: Field) -> tuple[object, ...]:
    """What decides how a value stands in an image, the column first."""
    return field.column, field.type, field.items, field.precision, field.scale


def _stored(collection: Collection, field_id: str) -> Field | None:
    field = collection.by_id.get(field_id)
    return field if field is not None and field.is_stored else None


def _refuse_elsewhere(plan: ReadPlan, shape: ReadShape) -> None:
    if shape.expand:
        raise _unsupported("expand", "related records")
    if any(len(path) > 1 for path in shape.fields):
        raise _unsupported("fields", "a path to related records")
    if any(key.hops for key in plan.sort):
        raise _unsupported("sort", "a path to related records")
    if plan.filter is not None and has_relations(plan.filter):
        raise _unsupported("filter", "a condition on related records")


def _unsupported(parameter: str, what: str) -> AsOfUnsupportedError:
    return AsOfUnsupportedError(
        f"{parameter}: {what} cannot be read at a past time.",
        hint="With as_of a read tells, filters and sorts by the collection's own fields.",
        parameter=parameter,
    )


def _nullable(key: Sort) -> Sort:
    """A field that is required today may have had no value then."""
    return replace(key, nullable=key.nullable or key.field.id not in _NEVER_NULL)
