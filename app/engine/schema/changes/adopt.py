"""Making a collection of a table that stands in the project's schema already."""

from dataclasses import dataclass
from typing import ClassVar

from app.engine.catalog.model import Catalog, Collection
from app.engine.schema import edits
from app.engine.schema.changes.change import Change, Risk, Step
from app.engine.schema.changes.collections import DropCollection


@dataclass(frozen=True, slots=True)
class AdoptCollection(Change):
    """``work`` brings the table into the form of a collection; ``losses`` are what has no place
    in one and goes: foreign CHECKs, partial indexes, computed defaults.
    """

    kind: ClassVar[str] = "adopt_collection"
    collection: Collection
    work: tuple[Step, ...]
    losses: tuple[str, ...] = ()

    def risk(self) -> Risk:
        return "destructive" if self.losses else "locking"

    def applied(self, catalog: Catalog) -> Catalog:
        return edits.refreshed_keys(edits.put_collection(catalog, self.collection))

    def reversed(self) -> Change:
        return DropCollection(self.collection_id, self.collection)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        return self.work

    def tables(self, catalog: Catalog) -> tuple[str, ...]:  # noqa: ARG002 - the work locks it
        return ()

    def describe(self, catalog: Catalog) -> str:  # noqa: ARG002 - one interface
        lost = f", without {', '.join(self.losses)}" if self.losses else ""
        return f"Adopt the table as collection {self.collection.name}{lost}"
