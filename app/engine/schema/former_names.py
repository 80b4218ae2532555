"""Former names as a schema has them: listed with their uses, and removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.engine.catalog.model import Catalog
from app.engine.schema.apply import Wanted
from app.engine.schema.edits import edit_catalog, edit_collection
from app.engine.schema.errors import SchemaNotFoundError
from app.engine.schema.record import Connection

_USES = """
SELECT object_id, name, uses, last_used_at FROM backendify.alias_uses WHERE project_id = $1
"""


@dataclass(frozen=True, slots=True)
class FormerNameUse:
    """A former name of a collection, or of a field in one, and how often it was said since."""

    collection: str
    field: str | None
    former_name: str
    uses: int
    last_used_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "field": self.field,
            "former_name": self.former_name,
            "uses": self.uses,
            "last_used_at": self.last_used_at.isoformat() if self.last_used_at else None,
        }


async def list_former_names(
    connection: Connection, catalog: Catalog, project_id: UUID
) -> list[FormerNameUse]:
    """Every former name that still works."""
    rows = await connection.fetch(_USES, project_id)
    uses = {(row["object_id"], row["name"]): row for row in rows}
    found = []
    for name, object_id in catalog.aliases.items():
        found.append(_use(catalog.by_id[object_id].name, None, name, uses.get((object_id, name))))
    for collection in catalog.collections.values():
        for name, object_id in collection.aliases.items():
            field = collection.by_id[object_id].name
            found.append(_use(collection.name, field, name, uses.get((object_id, name))))
    return found


def without_former_name(collection: str | None, name: str) -> Wanted:
    """The schema that does not answer to a name any more: of a field, or of a collection.

    Raises SchemaNotFoundError when it is asked for and there is no such former name.
    """

    def wanted(current: Catalog) -> Catalog:
        if collection is None:
            return edit_catalog(current, aliases=_without(current.aliases, name))
        owner = current.find_collection(collection)
        if owner is None:
            raise SchemaNotFoundError("There is no such collection.")
        changed = edit_collection(owner, aliases=_without(owner.aliases, name))
        known = current.collections.values()
        return edit_catalog(
            current, collections=[changed if c.id == owner.id else c for c in known]
        )

    return wanted


def _without(aliases: Any, name: str) -> dict[str, str]:
    if name not in aliases:
        raise SchemaNotFoundError("There is no such former name.")
    return {former: object_id for former, object_id in aliases.items() if former != name}


def _use(collection: str, field: str | None, name: str, row: Any) -> FormerNameUse:
    uses, last = (row["uses"], row["last_used_at"]) if row else (0, None)
    return FormerNameUse(collection, field, name, uses, last)
