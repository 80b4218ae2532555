"""A tree bound to a schema: names become fields, operators are checked, values get their parser.

``visible`` answers which fields of a collection the condition may touch: a caller's filters see
what the caller may read, a policy's own conditions see everything. A field that is hidden and one
that does not exist fail alike.
"""

import difflib
from collections.abc import Callable, Sequence
from collections.abc import Collection as Sized
from dataclasses import dataclass
from typing import Any

from app.engine.catalog.field_types import field_type
from app.engine.catalog.field_types.type import FieldType
from app.engine.catalog.model import Catalog, Collection, Field
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

Visible = Callable[[Collection], Sized[str] | None]
"""From a collection to the ids of the fields that may be named; None: all of them."""


@dataclass(frozen=True, slots=True)
class Test:
    """``field operator operand`` on a row; ``json_path`` leads into a json field."""

    field: Field
    operator: str
    operand: Operand
    where: str
    json_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exists:
    """Some record related through ``field`` meets ``item`` (None: merely exists)."""

    field: Field
    collection: Collection
    item: "Bound | None"


@dataclass(frozen=True, slots=True)
class BoundAll:
    items: tuple["Bound", ...]


@dataclass(frozen=True, slots=True)
class BoundAny:
    items: tuple["Bound", ...]


@dataclass(frozen=True, slots=True)
class BoundNot:
    item: "Bound"


Bound = Test | Exists | BoundAll | BoundAny | BoundNot
ALWAYS = BoundAll(())
NEVER = BoundAny(())


def everything(_collection: Collection) -> None:
    """The ``visible`` of trusted conditions."""
    return


def bind(
    tree: Condition,
    collection: Collection,
    catalog: Catalog,
    visible: Visible = everything,
    *,
    literals: Sequence[Any] | None = None,
) -> Bound:
    """Resolve a tree. Raises UnknownFieldError, UnknownOperatorError, QueryConditionError.

    ``literals`` are the values of a stored condition, which become part of what is bound.
    """
    return _Binder(catalog, visible, literals).bind(tree, collection, 0)


def find_visible(collection: Collection, name: str, visible: Visible) -> Field | None:
    """The field of that name if the condition may touch it."""
    field = collection.find_field(name)
    allowed = visible(collection)
    return field if field and (allowed is None or field.id in allowed) else None


def unknown_field(
    collection: Collection, name: str, visible: Visible, where: str
) -> UnknownFieldError:
    """The one answer for a field that is missing or hidden."""
    allowed = visible(collection)
    names = [f.name for f in collection.fields.values() if allowed is None or f.id in allowed]
    near = difflib.get_close_matches(name[:60], names, n=1)
    return UnknownFieldError(
        f"Collection {collection.name!r} has no field {name[:60]!r}.",
        hint=f"Did you mean {near[0]!r}?" if near else f"Its fields are: {', '.join(names)}.",
        parameter=where,
    )


class _Binder:
    def __init__(self, catalog: Catalog, visible: Visible, literals: Sequence[Any] | None) -> None:
        self._catalog = catalog
        self._visible = visible
        self._literals = literals

    def bind(self, tree: Condition, collection: Collection, hops: int) -> Bound:
        if isinstance(tree, All):
            return _all([self.bind(item, collection, hops) for item in tree.items])
        if isinstance(tree, AnyOf):
            return BoundAny(tuple(self.bind(item, collection, hops) for item in tree.items))
        if isinstance(tree, Not):
            return BoundNot(self.bind(tree.item, collection, hops))
        if isinstance(tree, Related):
            return self._related(tree, collection, hops)
        return self._comparison(tree, tree.path, collection, hops)

    def _related(self, tree: Related, collection: Collection, hops: int) -> Bound:
        field = self._field(collection, tree.path[0], tree.where)
        target = self._hop(field, tree.where, hops)
        rest = tree.path[1:]
        inner = Related(rest, tree.item, tree.where) if rest else tree.item
        return Exists(field, target, self.bind(inner, target, hops + 1))

    def _comparison(
        self, tree: Comparison, path: tuple[str, ...], collection: Collection, hops: int
    ) -> Bound:
        field = self._field(collection, path[0], tree.where)
        rest = path[1:]
        if field.type == "json":
            return self._json_test(tree, field, rest)
        if self._walks(field, path):
            target = self._hop(field, tree.where, hops)
            return Exists(field, target, self._comparison(tree, rest, target, hops + 1))
        if len(rest) > 1:
            raise QueryConditionError(f"{tree.where}: {field.name!r} leads nowhere.")
        return self._test(tree, field, rest[0] if rest else "eq", collection)

    def _walks(self, field: Field, path: tuple[str, ...]) -> bool:
        """Whether the path goes on into the records that the field leads to."""
        if field.relation is None or path[0] == field.column or len(path) == 1:
            return False
        return len(path) > 2 or not self._is_operator(field, path[1])

    def _is_operator(self, field: Field, word: str) -> bool:
        named = find_visible(self._catalog.target(field), word, self._visible) is not None
        known = field_type(field).operators if field.is_stored else _LINK_OPERATORS
        return word in known and not named

    def _test(self, tree: Comparison, field: Field, operator: str, collection: Collection) -> Bound:
        kind = field_type(field)
        if not field.is_stored:
            return self._link_test(tree, field, operator)
        if operator not in kind.operators:
            raise _unknown_operator(tree.where, field, kind, operator)
        return Test(field, operator, self._operand(tree, collection), tree.where)

    def _operand(self, tree: Comparison, collection: Collection) -> Operand:
        """The operand; a reference names the other field's column, a stored value stands itself."""
        if not isinstance(tree.operand, Reference):
            return self._literal(tree.operand)
        named = self._field(collection, tree.operand.field, tree.where)
        if not named.is_stored:
            raise QueryConditionError(f"{tree.where}: {named.name!r} has no value of its own.")
        return Reference(tree.operand.row, named.column)

    def _literal(self, operand: Operand) -> Operand:
        if isinstance(operand, Slot) and self._literals is not None:
            return Literal(self._literals[operand.index])
        return operand

    def _link_test(self, tree: Comparison, field: Field, operator: str) -> Bound:
        """A test on a relation that has no column speaks of the related records' ids."""
        target = self._catalog.target(field)
        if operator == "isnull":
            some = Exists(field, target, None)
            return BoundNot(some) if tree.operand is True else some
        if operator not in _LINK_OPERATORS:
            raise QueryConditionError(
                f"{tree.where}: {field.name!r} is a list of records.",
                hint="Use eq, in, any or isnull, or name a field of the related records.",
            )
        meaning = "in" if operator == "any" else operator
        test = Test(target.fields["id"], meaning, self._literal(tree.operand), tree.where)
        return Exists(field, target, test)

    def _json_test(self, tree: Comparison, field: Field, rest: tuple[str, ...]) -> Test:
        operator = rest[-1] if rest and rest[-1] in OPERATORS else "eq"
        keys = rest[:-1] if rest and rest[-1] in OPERATORS else rest
        allowed = field_type(field).operators if not keys else _JSON_PATH_OPERATORS
        if operator not in allowed:
            raise _unknown_operator(tree.where, field, field_type(field), operator)
        return Test(field, operator, self._literal(tree.operand), tree.where, keys)

    def _field(self, collection: Collection, name: str, where: str) -> Field:
        field = find_visible(collection, name, self._visible)
        if field is None:
            raise unknown_field(collection, name, self._visible, where)
        return field

    def _hop(self, field: Field, where: str, hops: int) -> Collection:
        if field.relation is None:
            raise QueryConditionError(f"{where}: {field.name!r} is no relation.")
        if hops + 1 > MOST_HOPS:
            raise QueryConditionError(f"{where}: a path follows at most {MOST_HOPS} relations.")
        return self._catalog.target(field)


_LINK_OPERATORS = frozenset({"eq", "in", "any", "isnull"})
_JSON_PATH_OPERATORS = OPERATORS - {"any", "all", "between", "search"}


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
    return Exists(one.field, one.collection, _all(parts))


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
