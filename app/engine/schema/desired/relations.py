"""Where relation fields lead, once every collection and field of the document is known."""

from collections.abc import Mapping
from dataclasses import replace

from app.engine.catalog.model import Collection, Field, Relation
from app.engine.schema.desired.faults import Reader, nearest
from app.engine.schema.desired.values import read_default
from app.engine.schema.physical import link_name

_COLUMNLESS = ("required", "unique", "index", "default")


def read_relation(
    reader: Reader, field: Field, current: Field | None, targets: Mapping[str, Collection]
) -> Field:
    """The field with its relation; ``targets`` are the wanted collections by name.

    A has_many gets its ``via`` in a second pass (``read_via``), when all fields are known.
    """
    kind = reader.choice("kind", ("belongs_to", "has_many", "many_to_many"), "belongs_to")
    target = _read_target(reader, targets)
    if target is None:
        return field
    found = replace(field, items=target.id_type, relation=_relation(reader, field, kind, target))
    if current is not None and current.relation is not None:
        _check_same_kind(reader, current, found)
    if kind == "belongs_to":
        return read_default(reader, found)
    for key in _COLUMNLESS:
        if reader.get(key) not in (None, False):
            reader.fault(key, "option_invalid", f"A {kind} relation has no column: no {key!r}.")
    return replace(found, column="", required=False, unique=False, index=False)


def read_via(
    reader: Reader, field: Field, owner: Collection, target: Collection, former: Collection | None
) -> Field:
    """A has_many with the id of the belongs_to field on the other side.

    ``former`` is the target as stored: the document may still say a name that it changes.
    """
    name = reader.get("via")
    other = find_renamed(name, target, former) if isinstance(name, str) else None
    leads_back = (
        other is not None
        and other.relation is not None
        and other.relation.kind == "belongs_to"
        and other.relation.to == owner.id
    )
    if other is None or not leads_back:
        fitting = [
            f.name for f in target.fields.values() if f.relation and f.relation.to == owner.id
        ]
        message = f"'via' names the relation field of {target.name!r} that leads to {owner.name!r}."
        hint = f"There is: {', '.join(fitting)}." if fitting else None
        reader.fault("via", "relation_via_invalid", message, hint)
        return field
    return replace(field, relation=Relation("has_many", target.id, via=other.id))


def find_renamed(name: str, wanted: Collection, former: Collection | None) -> Field | None:
    """The wanted field with a name, or the one that had it until now."""
    found = wanted.find_field(name)
    stored = former.find_field(name) if former and found is None else None
    return wanted.by_id.get(stored.id) if stored else found


def _read_target(reader: Reader, targets: Mapping[str, Collection]) -> Collection | None:
    name = reader.get("to")
    if isinstance(name, str) and name in targets:
        return targets[name]
    message = "'to' names the collection that the relation leads to."
    reader.fault("to", "relation_target_unknown", message, nearest(str(name)[:60], targets))
    return None


def _relation(reader: Reader, field: Field, kind: str, target: Collection) -> Relation:
    if kind == "has_many":
        return Relation("has_many", target.id)
    if reader.get("via") is not None:
        reader.fault("via", "option_unknown", "Only a has_many relation has 'via'.")
    if kind == "many_to_many":
        return Relation("many_to_many", target.id, link_table=link_name(field.id))
    on_delete = reader.choice("on_delete", ("restrict", "cascade", "set_null"), "restrict")
    if on_delete == "set_null" and field.required:
        message = "A required relation cannot be set to null: use 'restrict' or 'cascade'."
        reader.fault("on_delete", "option_invalid", message)
    return Relation("belongs_to", target.id, on_delete=on_delete)  # type: ignore[arg-type]  # a choice


def _check_same_kind(reader: Reader, current: Field, wanted: Field) -> None:
    old, new = current.relation, wanted.relation
    if old is None or new is None:
        return
    hint = "Drop the field and add another under a new id."
    if old.kind != new.kind:
        message = f"The relation stays {old.kind}."
        reader.fault("kind", "change_unsupported", message, hint)
    elif old.kind == "many_to_many" and old.to != new.to:
        message = "A many_to_many relation cannot lead elsewhere."
        reader.fault("to", "change_unsupported", message, hint)
    elif current.items != wanted.items:
        message = "The new target has ids of another type."
        reader.fault("to", "change_unsupported", message, hint)
