"""Changes that run as jobs, as JSON and back."""

from collections.abc import Mapping
from typing import Any

from app.engine.catalog.model import Index
from app.engine.catalog.snapshot import field_from_stored, field_to_stored
from app.engine.schema.changes.alter import AlterField
from app.engine.schema.changes.alter_steps import Fill
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.fields import SettleField
from app.engine.schema.changes.indexes import AddIndex


def change_to_stored(change: Change) -> dict[str, Any]:
    """The stored form of a change that can run online."""
    stored: dict[str, Any] = {"kind": change.kind, "collection": change.collection_id}
    if isinstance(change, AlterField):
        stored |= {
            "aspect": change.aspect,
            "before": field_to_stored(change.before),
            "after": field_to_stored(change.after),
        }
        if change.fill is not None:
            stored["fill"] = {"value": change.fill.value, "generator": change.fill.generator}
    elif isinstance(change, AddIndex):
        index = change.index
        stored["index"] = {"id": index.id, "fields": list(index.fields), "unique": index.unique}
    elif isinstance(change, SettleField):
        stored["field"] = field_to_stored(change.field)
    else:
        raise TypeError(f"{change.kind} does not run online")
    return stored


def change_from_stored(stored: Mapping[str, Any]) -> Change:
    """The change that ``change_to_stored`` was given."""
    collection_id = stored["collection"]
    if stored["kind"] == AddIndex.kind:
        parts = stored["index"]
        index = Index(parts["id"], tuple(parts["fields"]), parts["unique"])
        return AddIndex(collection_id, index)
    if stored["kind"] == SettleField.kind:
        return SettleField(collection_id, field_from_stored(stored["field"]))
    return AlterField(
        collection_id,
        stored["aspect"],
        field_from_stored(stored["before"]),
        field_from_stored(stored["after"]),
        Fill(**stored["fill"]) if "fill" in stored else None,
    )
