"""Changes of whole collections.

A collection is created and dropped with its scalar fields only: relation fields come after, and
go before, as changes of their own, so that cycles need no special order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.catalog.snapshot import system_fields
from app.engine.schema import ddl, edits
from app.engine.schema.changes.change import NO_LOCK, Change, Risk, Step
from app.engine.schema.physical import indexes, own_fields, tombstone_name

CREATED_BY = "created_by"


@dataclass(frozen=True, slots=True)
class Renaming:
    """An object's id with its old and new name; ``old_column`` and ``new_column`` of a field."""

    id: str
    old: str
    new: str
    old_column: str = ""
    new_column: str = ""

    def reversed(self) -> "Renaming":
        return Renaming(self.id, self.new, self.old, self.new_column, self.old_column)


@dataclass(frozen=True, slots=True)
class CreateCollection(Change):
    """``restored``: the table is kept as a tombstone and only gets its name back."""

    kind: ClassVar[str] = "create_collection"
    collection: Collection
    restored: bool = False

    def applied(self, catalog: Catalog) -> Catalog:
        return edits.put_collection(catalog, self.collection)

    def reversed(self) -> Change:
        return DropCollection(self.collection_id, self.collection)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        table, schema = self.collection.table, catalog.schema
        if self.restored:
            old = tombstone_name(self.collection_id)
            return (Step(ddl.rename_table(schema, old, table), old),)
        own = own_fields(self.collection).values()
        return tuple(
            Step(sql, table, NO_LOCK)
            for sql in (
                *ddl.create_table(schema, self.collection, own),
                *(ddl.create_index(schema, table, index) for index in indexes(self.collection)),
            )
        )

    def tables(self, catalog: Catalog) -> tuple[str, ...]:  # noqa: ARG002 - one interface
        return ()

    def describe(self, catalog: Catalog) -> str:  # noqa: ARG002 - one interface
        return f"{'Bring back' if self.restored else 'Create'} collection {self.collection.name}"


@dataclass(frozen=True, slots=True)
class DropCollection(Change):
    """The table is kept under a hidden name until its retention is over."""

    kind: ClassVar[str] = "drop_collection"
    collection: Collection

    def risk(self) -> Risk:
        return "destructive"

    def applied(self, catalog: Catalog) -> Catalog:
        return edits.remove_collection(catalog, self.collection_id)

    def reversed(self) -> Change:
        return CreateCollection(self.collection_id, self.collection, restored=True)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        table = catalog.by_id[self.collection_id].table
        return (
            Step(
                ddl.rename_table(catalog.schema, table, tombstone_name(self.collection_id)), table
            ),
        )

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        return (catalog.by_id[self.collection_id].table,)

    def describe(self, catalog: Catalog) -> str:  # noqa: ARG002 - one interface
        return f"Drop collection {self.collection.name}"


@dataclass(frozen=True, slots=True)
class RenameCollections(Change):
    """All renames of a plan at once, so that names can be swapped."""

    kind: ClassVar[str] = "rename_collections"
    renamings: tuple[Renaming, ...] = ()

    def applied(self, catalog: Catalog) -> Catalog:
        names = {r.id: r.new for r in self.renamings}
        return edits.edit_catalog(
            catalog,
            collections=[
                edits.edit_collection(c, name=names[c.id], table=names[c.id])
                if c.id in names
                else c
                for c in catalog.collections.values()
            ],
        )

    def reversed(self) -> Change:
        return RenameCollections(self.collection_id, tuple(r.reversed() for r in self.renamings))

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        return tuple(
            Step(ddl.rename_table(catalog.schema, old, new), old)
            for old, new in ordered_renames([(r.old, r.new, r.id) for r in self.renamings])
        )

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        return tuple(catalog.by_id[r.id].table for r in self.renamings)

    def describe(self, catalog: Catalog) -> str:  # noqa: ARG002 - one interface
        return "Rename collection " + ", ".join(f"{r.old} to {r.new}" for r in self.renamings)


@dataclass(frozen=True, slots=True)
class AlterCollection(Change):
    """Labels, history, rules: what has no form in Postgres."""

    kind: ClassVar[str] = "alter_collection"
    ATTRIBUTES: ClassVar[tuple[str, ...]] = ("label", "description", "history", "rules")
    before: Collection
    after: Collection

    def applied(self, catalog: Catalog) -> Catalog:
        parts = {name: getattr(self.after, name) for name in self.ATTRIBUTES}
        return edits.change_collection(
            catalog, self.collection_id, lambda c: edits.edit_collection(c, **parts)
        )

    def reversed(self) -> Change:
        return AlterCollection(self.collection_id, self.after, self.before)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        return ()

    def tables(self, catalog: Catalog) -> tuple[str, ...]:  # noqa: ARG002 - one interface
        return ()

    def describe(self, catalog: Catalog) -> str:
        changed = [n for n in self.ATTRIBUTES if getattr(self.before, n) != getattr(self.after, n)]
        name = catalog.by_id[self.collection_id].name
        return f"Change {', '.join(changed)} of collection {name}"


@dataclass(frozen=True, slots=True)
class SetCreatedBy(Change):
    """Whether records remember who created them; the column is kept when it is switched off."""

    kind: ClassVar[str] = "set_created_by"
    enabled: bool
    restored: bool = False

    def subject(self) -> str | None:
        return CREATED_BY

    def risk(self) -> Risk:
        return "safe" if self.enabled else "destructive"

    def applied(self, catalog: Catalog) -> Catalog:
        return edits.change_collection(catalog, self.collection_id, self._switched)

    def reversed(self) -> Change:
        return SetCreatedBy(self.collection_id, not self.enabled, restored=not self.enabled)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        schema, table = catalog.schema, catalog.by_id[self.collection_id].table
        kept = tombstone_name(CREATED_BY)
        if not self.enabled:
            sql = ddl.rename_column(schema, table, CREATED_BY, kept)
        elif self.restored:
            sql = ddl.rename_column(schema, table, kept, CREATED_BY)
        else:
            sql = ddl.add_bare_column(schema, table, CREATED_BY, "uuid")
        return (Step(sql, table),)

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        return (catalog.by_id[self.collection_id].table,)

    def describe(self, catalog: Catalog) -> str:
        name = catalog.by_id[self.collection_id].name
        return f"{'Record' if self.enabled else 'Stop recording'} who creates records of {name}"

    def _switched(self, collection: Collection) -> Collection:
        fixed: Sequence[Field] = system_fields(collection.id_type, created_by=self.enabled)
        own = own_fields(collection).values()
        return edits.edit_collection(collection, created_by=self.enabled, fields=(*fixed, *own))


def ordered_renames(wanted: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """(old, new, id) triples as single renames, those in each other's way through a third name."""
    taken = {old for old, _, _ in wanted}
    blocked = [each for each in wanted if each[1] in taken]
    yield from ((old, f"_t_{object_id}") for old, _, object_id in blocked)
    yield from ((old, new) for old, new, _ in wanted if new not in taken)
    yield from ((f"_t_{object_id}", new) for _, new, object_id in blocked)
