"""A tree bound to a schema: names become fields, operators are checked, values get their parser.

``views`` answer what of a collection the condition may look at: a caller's filters see what the
caller may read, a policy's own conditions see everything. A field that is hidden and one that does
not exist fail alike.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Any

from app.engine.catalog.field_types import field_type
from app.engine.catalog.field_types.type import FieldType
from app.engine.catalog.model import EMPTY, Catalog, Collection, Field
from app.engine.conditions.tree import (
    MOST_HOPS,
    OPERATORS,
    All,
    AnyOf,
    Comparison,
    Condition,
    Literal,
    Not,
    Operand,
    QueryConditionError,
    Reference,
    Related,
    Slot,
    UnknownFieldError,
    UnknownOperatorError,
)


@dataclass(frozen=True, slots=True)
class Test:
    """``field operator operand`` on a row; ``json_path`` leads into a json field.

    Where ``mask`` does not hold of the row, the field counts as null.
    """

    field: Field
    operator: str
    operand: Operand
    where: str
    json_path: tuple[str, ...] = ()
    mask: "Bound | None" = None


@dataclass(frozen=True, slots=True)
class Exists:
    """Some record related through ``field`` meets ``item`` (None: merely exists).

    Only records that meet ``rows`` count (None: all), and none where ``mask`` does not hold of
    the row itself.
    """

    field: Field
    collection: Collection
    item: "Bound | None"
    rows: "Bound | None" = None
    mask: "Bound | None" = None


@dataclass(frozen=True, slots=True)
class BoundAll:
    items: tuple["Bound", ...]


@dataclass(frozen=True, slots=True)
class BoundAny:
    items: tuple["Bound", ...]


@dataclass(frozen=True, slots=True)
class BoundNot:
    """True where ``item`` is false and every operand of it has a value: what a variable without
    one is compared with is unknown, and nothing becomes true by it."""

    item: "Bound"


@dataclass(frozen=True, slots=True)
class Unless:
    """True where ``item`` does not hold, be it false or unknown; false where an operand of it is
    null: what forbids must not give way because a variable has no value."""

    item: "Bound"


Bound = Test | Exists | BoundAll | BoundAny | BoundNot | Unless
ALWAYS = BoundAll(())
NEVER = BoundAny(())


@dataclass(frozen=True, slots=True)
class View:
    """What a condition may look at in one collection.

    ``fields`` are the ids of the fields that may be named (None: all), ``rows`` the records that
    exist for it (None: all); ``masks`` tell of a field on which records it is seen: on others it
    is null.
    """

    fields: frozenset[str] | None = None
    rows: Bound | None = None
    masks: Mapping[str, Bound] = member(default_factory=lambda: EMPTY)

    def shows(self, field: Field) -> bool:
        return self.fields is None or field.id in self.fields


Views = Callable[[Collection, Field | None], View]
"""From a collection, and the relation that led to it (None: it is the condition's own)."""

EVERYTHING = View()
NOTHING_SEEN = View(frozenset(), NEVER)


def everything(_collection: Collection, _relation: Field | None) -> View:
    """The views of trusted conditions."""
    return EVERYTHING


def bind(
    tree: Condition,
    collection: Collection,
    catalog: Catalog,
    views: Views = everything,
    *,
    literals: Sequence[Any] | None = None,
) -> Bound:
    """Resolve a tree. Raises UnknownFieldError, UnknownOperatorError, QueryConditionError.

    ``literals`` are the values of a stored condition, which become part of what is bound.
    """
    place = _Place(collection, views(collection, None))
    return _Binder(catalog, views, literals, place).bind(tree, place)


def has_relations(bound: Bound) -> bool:
    """Whether a condition looks at other records than the one it is about."""
    if isinstance(bound, BoundAll | BoundAny):
        return any(has_relations(item) for item in bound.items)
    if isinstance(bound, BoundNot | Unless):
        return has_relations(bound.item)
    return isinstance(bound, Exists)


def find_visible(collection: Collection, name: str, view: View) -> Field | None:
    """The field of that name if the condition may touch it."""
    field = collection.find_field(name)
    return field if field and view.shows(field) else None


def unknown_field(collection: Collection, name: str, view: View, where: str) -> UnknownFieldError:
    """The one answer for a field that is missing or hidden.

    Where nothing is seen of a collection, a visible relation has led here: it is not named.
    """
    names = [f.name for f in collection.fields.values() if view.shows(f)]
    if not names:
        return UnknownFieldError(f"There is no field {name[:60]!r}.", parameter=where)
    near = difflib.get_close_matches(name[:60], names, n=1)
    return UnknownFieldError(
        f"Collection {collection.name!r} has no field {name[:60]!r}.",
        hint=f"Did you mean {near[0]!r}?" if near else f"Its fields are: {', '.join(names)}.",
        parameter=where,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A collection that a condition speaks of, as it may see it, ``hops`` relations away."""

    collection: Collection
    view: View
    hops: int = 0

    def mask(self, field: Field) -> Bound | None:
        return self.view.masks.get(field.id)


class _Binder:
    def __init__(
        self, catalog: Catalog, views: Views, literals: Sequence[Any] | None, root: _Place
    ) -> None:
        self._catalog = catalog
        self._views = views
        self._literals = literals
        self._root = root

    def bind(self, tree: Condition, place: _Place) -> Bound:
        if isinstance(tree, All):
            return _all([self.bind(item, place) for item in tree.items])
        if isinstance(tree, AnyOf):
            return BoundAny(tuple(self.bind(item, place) for item in tree.items))
        if isinstance(tree, Not):
            return BoundNot(self.bind(tree.item, place))
        if isinstance(tree, Related):
            return self._related(tree, place)
        return self._comparison(tree, tree.path, place)

    def _related(self, tree: Related, place: _Place) -> Bound:
        field = self._field(place, tree.path[0], tree.where)
        target = self._hop(field, tree.where, place)
        rest = tree.path[1:]
        inner = Related(rest, tree.item, tree.where) if rest else tree.item
        return self._exists(field, place, target, self.bind(inner, target))

    def _comparison(self, tree: Comparison, path: tuple[str, ...], place: _Place) -> Bound:
        field = self._field(place, path[0], tree.where)
        rest = path[1:]
        if field.type == "json":
            return self._json_test(tree, field, rest, place)
        if self._walks(field, path):
            target = self._hop(field, tree.where, place)
            return self._exists(field, place, target, self._comparison(tree, rest, target))
        if len(rest) > 1:
            raise QueryConditionError(f"{tree.where}: {field.name!r} leads nowhere.")
        return self._test(tree, field, rest[0] if rest else "eq", place)

    def _exists(self, field: Field, place: _Place, target: _Place, item: Bound | None) -> Exists:
        return Exists(field, target.collection, item, target.view.rows, place.mask(field))

    def _walks(self, field: Field, path: tuple[str, ...]) -> bool:
        """Whether the path goes on into the records that the field leads to."""
        if field.relation is None or path[0] == field.column or len(path) == 1:
            return False
        return len(path) > 2 or not self._is_operator(field, path[1])

    def _is_operator(self, field: Field, word: str) -> bool:
        target = self._catalog.target(field)
        named = find_visible(target, word, self._views(target, field)) is not None
        known = field_type(field).operators if field.is_stored else _LINK_OPERATORS
        return word in known and not named

    def _test(self, tree: Comparison, field: Field, operator: str, place: _Place) -> Bound:
        kind = field_type(field)
        if not field.is_stored:
            return self._link_test(tree, field, operator, place)
        if operator not in kind.operators:
            raise _unknown_operator(tree.where, field, kind, operator)
        operand = self._operand(tree)
        return Test(field, operator, operand, tree.where, mask=place.mask(field))

    def _operand(self, tree: Comparison) -> Operand:
        """The operand; a reference names the other field's column, a stored value stands itself.

        ``$old`` and ``$record`` are the condition's own record, however deep it looks.
        """
        if not isinstance(tree.operand, Reference):
            return self._literal(tree.operand)
        named = self._field(self._root, tree.operand.field, tree.where)
        if not named.is_stored:
            raise QueryConditionError(f"{tree.where}: {named.name!r} has no value of its own.")
        return Reference(tree.operand.row, named.column)

    def _literal(self, operand: Operand) -> Operand:
        if isinstance(operand, Slot) and self._literals is not None:
            return Literal(self._literals[operand.index])
        return operand

    def _link_test(self, tree: Comparison, field: Field, operator: str, place: _Place) -> Bound:
        """A test on a relation that has no column speaks of the related records' ids."""
        collection = self._catalog.target(field)
        target = _Place(collection, self._views(collection, field))
        if operator == "isnull":
            some = self._exists(field, place, target, None)
            return BoundNot(some) if tree.operand is True else some
        if operator not in _LINK_OPERATORS:
            raise QueryConditionError(
                f"{tree.where}: {field.name!r} is a list of records.",
                hint="Use eq, in, any or isnull, or name a field of the related records.",
            )
        meaning = "in" if operator == "any" else operator
        test = Test(collection.fields["id"], meaning, self._literal(tree.operand), tree.where)
        return self._exists(field, place, target, test)

    def _json_test(
        self, tree: Comparison, field: Field, rest: tuple[str, ...], place: _Place
    ) -> Test:
        operator = rest[-1] if rest and rest[-1] in OPERATORS else "eq"
        keys = rest[:-1] if rest and rest[-1] in OPERATORS else rest
        allowed = field_type(field).operators if not keys else JSON_PATH_OPERATORS
        if operator not in allowed:
            raise _unknown_operator(tree.where, field, field_type(field), operator)
        operand = self._literal(tree.operand)
        return Test(field, operator, operand, tree.where, keys, place.mask(field))

    def _field(self, place: _Place, name: str, where: str) -> Field:
        field = find_visible(place.collection, name, place.view)
        if field is None:
            raise unknown_field(place.collection, name, place.view, where)
        return field

    def _hop(self, field: Field, where: str, place: _Place) -> _Place:
        if field.relation is None:
            raise QueryConditionError(f"{where}: {field.name!r} is no relation.")
        if place.hops + 1 > MOST_HOPS:
            raise QueryConditionError(f"{where}: a path follows at most {MOST_HOPS} relations.")
        target = self._catalog.target(field)
        return _Place(target, self._views(target, field), place.hops + 1)


_LINK_OPERATORS = frozenset({"eq", "in", "any", "isnull"})
JSON_PATH_OPERATORS = OPERATORS - {"any", "all", "between", "search"}


def _all(items: list[Bound]) -> Bound:
    """A conjunction; tests of records related through one field speak of the same record."""
    merged: dict[str, Exists] = {}
    others: list[Bound] = []
    for item in items:
        if isinstance(item, Exists) and item.item is not None:
            known = merged.get(item.field.id)
            merged[item.field.id] = _merge(known, item) if known else item
        else:
            others.append(item)
    whole = (*others, *merged.values())
    return whole[0] if len(whole) == 1 else BoundAll(whole)


def _merge(one: Exists, other: Exists) -> Exists:
    parts = [part for part in (one.item, other.item) if part is not None]
    return replace(one, item=_all(parts))


def _unknown_operator(
    where: str, field: Field, kind: FieldType, operator: str
) -> UnknownOperatorError:
    known = sorted(kind.operators)
    near = difflib.get_close_matches(operator[:40], known, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return UnknownOperatorError(
        f"{field.type} field {field.name!r} has no operator {operator[:40]!r}.",
        hint=f"{hint}Its operators are: {', '.join(known)}.",
        parameter=where,
    )
