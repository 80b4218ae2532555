"""Fields that change their rules or their type: one aspect at a time, each on its own reversible.

An aspect is a set of attributes that move together. ``before`` and ``after`` are whole fields;
only the aspect's attributes of ``after`` take effect, so that aspects can be applied in any order.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from app.engine.catalog.casts import find_cast
from app.engine.catalog.model import Catalog, Field
from app.engine.schema import edits
from app.engine.schema.changes.alter_steps import STEPS, AlterContext, Fill
from app.engine.schema.changes.change import Change, Risk, Step
from app.engine.schema.physical import checks

Aspect = Literal["options", "required", "unique", "index", "relation", "type", "checks", "default"]

_RULES = ("max_length", "min_length", "min", "max", "values")
_DEFAULT = ("default", "has_default")
_TYPE = ("type", "items", "precision", "scale", "collation")
ATTRIBUTES: dict[Aspect, tuple[str, ...]] = {
    "options": ("label", "description", "hidden", "searchable", "validations", "read_only"),
    "required": ("required",),
    "unique": ("unique",),
    "index": ("index",),
    "relation": ("relation", "items"),
    "type": (*_TYPE, *_RULES, *_DEFAULT),
    "checks": (*_TYPE, *_RULES, *_DEFAULT),
    "default": _DEFAULT,
}


@dataclass(frozen=True, slots=True)
class AlterField(Change):
    """One aspect of one field. ``type`` changes the column's type; ``checks`` does not."""

    kind: ClassVar[str] = "alter_field"
    aspect: Aspect
    before: Field
    after: Field
    fill: Fill | None = None

    def subject(self) -> str | None:
        return self.after.id

    def risk(self) -> Risk:
        if self.aspect != "type":
            return "safe"
        cast = find_cast(self.before, self.after, "x")
        way_back = find_cast(self.after, self.before, "x")
        return "safe" if cast is not None and cast.exact and way_back is not None else "lossy"

    def runs_online(self) -> bool:
        return self.aspect == "type" or self.tightens()

    def tightens(self) -> bool:
        """Whether every stored row has to be looked at."""
        if self.aspect in ("required", "unique", "index"):
            return bool(getattr(self.after, self.aspect))
        if self.aspect == "checks":
            old, new = checks(self.before, "x"), checks(self.after, "x")
            return any(old.get(name) != sql for name, sql in new.items())
        return self.aspect == "relation" and self._points_elsewhere()

    def applied(self, catalog: Catalog) -> Catalog:
        def altered(field: Field) -> Field:
            return edits.move(field, self.after, ATTRIBUTES[self.aspect])

        return edits.change_collection(
            catalog,
            self.collection_id,
            lambda c: edits.put_field(c, altered(c.by_id[self.after.id])),
        )

    def reversed(self) -> Change:
        return AlterField(self.collection_id, self.aspect, self.after, self.before)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:
        collection = catalog.by_id[self.collection_id]
        old = collection.by_id[self.after.id]
        new = edits.move(old, self.after, ATTRIBUTES[self.aspect])
        if not old.is_stored:
            return ()
        context = AlterContext(catalog, collection.table, old, new, large, self.fill)
        return tuple(STEPS[self.aspect](context)) if self.aspect != "options" else ()

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        silent = self.aspect == "options" or not self.after.is_stored
        return () if silent else (catalog.by_id[self.collection_id].table,)

    def describe(self, catalog: Catalog) -> str:
        name = f"{catalog.by_id[self.collection_id].name}.{self.after.name}"
        if self.aspect == "type":
            return (
                f"Change the type of {name} from {_type_of(self.before)} to {_type_of(self.after)}"
            )
        if self.aspect in ("required", "unique", "index"):
            state = "" if getattr(self.after, self.aspect) else "no longer "
            return f"Make {name} {state}{'indexed' if self.aspect == 'index' else self.aspect}"
        return f"Change the {self.aspect} of {name}"

    def _points_elsewhere(self) -> bool:
        old, new = self.before.relation, self.after.relation
        return self.after.is_belongs_to and bool(old and new and old.to != new.to)


def _type_of(field: Field) -> str:
    if field.type == "array":
        return f"array({field.items})"
    sizes = [str(n) for n in (field.precision, field.scale) if n is not None]
    return f"{field.type}({','.join(sizes)})" if sizes else field.type
