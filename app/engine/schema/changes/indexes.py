"""Composite indexes, the order of fields, former names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.engine.catalog.model import Catalog, Collection, Index
from app.engine.schema import ddl, edits
from app.engine.schema.changes.change import (
    ACCESS_EXCLUSIVE,
    SHARE,
    SHARE_UPDATE_EXCLUSIVE,
    Change,
    Step,
)
from app.engine.schema.physical import composite_index, composite_name


@dataclass(frozen=True, slots=True)
class AddIndex(Change):
    kind: ClassVar[str] = "add_index"
    index: Index

    def runs_online(self) -> bool:
        return True

    def applied(self, catalog: Catalog) -> Catalog:
        def added(collection: Collection) -> Collection:
            return edits.edit_collection(collection, indexes=(*collection.indexes, self.index))

        return edits.change_collection(catalog, self.collection_id, added)

    def reversed(self) -> Change:
        return DropIndex(self.collection_id, self.index)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:
        collection = catalog.by_id[self.collection_id]
        shape = composite_index(self.index, collection)
        sql = ddl.create_index(catalog.schema, collection.table, shape, online=large)
        lock = SHARE_UPDATE_EXCLUSIVE if large else SHARE
        return (Step(sql, collection.table, lock, scans=True),)

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        return (catalog.by_id[self.collection_id].table,) if self.index.unique else ()

    def describe(self, catalog: Catalog) -> str:
        return f"Add {_named(self.index, catalog.by_id[self.collection_id])}"


@dataclass(frozen=True, slots=True)
class DropIndex(Change):
    kind: ClassVar[str] = "drop_index"
    index: Index

    def applied(self, catalog: Catalog) -> Catalog:
        def dropped(collection: Collection) -> Collection:
            kept = tuple(i for i in collection.indexes if i.id != self.index.id)
            return edits.edit_collection(collection, indexes=kept)

        return edits.change_collection(catalog, self.collection_id, dropped)

    def reversed(self) -> Change:
        return AddIndex(self.collection_id, self.index)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        table = catalog.by_id[self.collection_id].table
        sql = ddl.drop_index(catalog.schema, composite_name(self.index))
        return (Step(sql, table, ACCESS_EXCLUSIVE),)

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        return (catalog.by_id[self.collection_id].table,)

    def describe(self, catalog: Catalog) -> str:
        return f"Drop {_named(self.index, catalog.by_id[self.collection_id])}"


@dataclass(frozen=True, slots=True)
class ReorderFields(Change):
    """The order in which fields are shown; columns stay where they are."""

    kind: ClassVar[str] = "reorder_fields"
    before: tuple[str, ...]
    after: tuple[str, ...]

    def applied(self, catalog: Catalog) -> Catalog:
        def ordered(collection: Collection) -> Collection:
            return edits.replace_fields(collection, [collection.by_id[i] for i in self.after])

        return edits.change_collection(catalog, self.collection_id, ordered)

    def reversed(self) -> Change:
        return ReorderFields(self.collection_id, self.after, self.before)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        return ()

    def tables(self, catalog: Catalog) -> tuple[str, ...]:  # noqa: ARG002 - one interface
        return ()

    def describe(self, catalog: Catalog) -> str:
        return f"Reorder the fields of {catalog.by_id[self.collection_id].name}"


@dataclass(frozen=True, slots=True)
class SetAliases(Change):
    """Former names that keep working: of fields, or (without a collection) of collections."""

    kind: ClassVar[str] = "set_aliases"
    before: Mapping[str, str]
    after: Mapping[str, str]

    def applied(self, catalog: Catalog) -> Catalog:
        if not self.collection_id:
            return edits.edit_catalog(catalog, aliases=dict(self.after))
        return edits.change_collection(
            catalog,
            self.collection_id,
            lambda c: edits.edit_collection(c, aliases=dict(self.after)),
        )

    def reversed(self) -> Change:
        return SetAliases(self.collection_id, self.after, self.before)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        return ()

    def tables(self, catalog: Catalog) -> tuple[str, ...]:  # noqa: ARG002 - one interface
        return ()

    def describe(self, catalog: Catalog) -> str:  # noqa: ARG002 - one interface
        added = sorted(set(self.after) - set(self.before))
        removed = sorted(set(self.before) - set(self.after))
        parts = [f"keep answering to {', '.join(added)}"] if added else []
        parts += [f"stop answering to {', '.join(removed)}"] if removed else []
        return (" and ".join(parts) or "change former names").capitalize()


def _named(index: Index, collection: Collection) -> str:
    names = ", ".join(collection.by_id[part.lstrip("-")].name for part in index.fields)
    return f"{'unique index' if index.unique else 'index'} on {collection.name} ({names})"
