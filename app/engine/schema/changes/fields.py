"""Fields that come, go or get another name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.schema import ddl, edits
from app.engine.schema.changes.change import (
    NO_LOCK,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Change,
    Risk,
    Step,
)
from app.engine.schema.changes.collections import Renaming, ordered_renames
from app.engine.schema.physical import (
    ForeignKeyShape,
    IndexShape,
    checks,
    default_sql,
    foreign_key,
    foreign_key_name,
    index_name,
    link_name,
    plain_index,
    tombstone_name,
    unique_index,
)


@dataclass(frozen=True, slots=True)
class AddField(Change):
    """``restored``: the column or join table is kept as a tombstone and gets its name back."""

    kind: ClassVar[str] = "add_field"
    field: Field
    restored: bool = False

    def subject(self) -> str | None:
        return self.field.id

    def applied(self, catalog: Catalog) -> Catalog:
        return edits.change_collection(
            catalog, self.collection_id, lambda c: edits.put_field(c, self.field)
        )

    def reversed(self) -> Change:
        return DropField(self.collection_id, self.field)

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:
        collection = catalog.by_id[self.collection_id]
        if self.field.is_stored:
            return tuple(self._column_steps(catalog, collection, large=large))
        if self.field.relation and self.field.relation.kind == "many_to_many":
            return tuple(self._link_steps(catalog, collection))
        return ()

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        stored = self.field.is_stored or is_link(self.field)
        return (catalog.by_id[self.collection_id].table,) if stored else ()

    def describe(self, catalog: Catalog) -> str:
        verb = "Bring back" if self.restored else "Add"
        return f"{verb} field {catalog.by_id[self.collection_id].name}.{self.field.name}"

    def _column_steps(
        self, catalog: Catalog, collection: Collection, *, large: bool
    ) -> Iterator[Step]:
        schema, table = catalog.schema, collection.table
        if self.restored:
            yield from self._restore_steps(schema, table)
        else:
            yield Step(ddl.add_column(schema, table, self.field), table)
        for name, sql in checks(self.field).items():
            yield Step(ddl.add_check(schema, table, name, sql, valid=not large), table)
        key = foreign_key(self.field, catalog)
        if key:
            sql = ddl.add_foreign_key(schema, table, key, valid=not large)
            yield Step(sql, table, SHARE_ROW_EXCLUSIVE, target=key.target)
        for index in filter(None, (unique_index(self.field), plain_index(self.field))):
            if not large:
                yield Step(ddl.create_index(schema, table, index), table, SHARE, scans=True)

    def _restore_steps(self, schema: str, table: str) -> Iterator[Step]:
        kept, column = tombstone_name(self.field.id), self.field.column
        yield Step(ddl.rename_column(schema, table, kept, column), table)
        default = default_sql(self.field)
        if default is not None:
            yield Step(ddl.set_default(schema, table, column, default), table)
        if self.field.required:
            yield Step(ddl.set_not_null(schema, table, column), table, scans=True)

    def _link_steps(self, catalog: Catalog, collection: Collection) -> Iterator[Step]:
        schema, link = catalog.schema, link_name(self.field.id)
        if self.restored:
            yield Step(ddl.rename_table(schema, tombstone_name(self.field.id), link), link)
            for key in link_keys(self.field, catalog, collection):
                yield Step(ddl.prune_links(schema, link, key), link, scans=True)
        else:
            target = catalog.target(self.field)
            yield Step(ddl.create_link_table(schema, self.field, collection, target), link, NO_LOCK)
            index = IndexShape(index_name(self.field.id), ("target_id", "source_id"))
            yield Step(ddl.create_index(schema, link, index), link, NO_LOCK)
        for key in link_keys(self.field, catalog, collection):
            sql = ddl.add_foreign_key(schema, link, key)
            yield Step(sql, link, SHARE_ROW_EXCLUSIVE, target=key.target)


@dataclass(frozen=True, slots=True)
class DropField(Change):
    """The column loses its constraints and its name; the data stays until the retention is over."""

    kind: ClassVar[str] = "drop_field"
    field: Field

    def subject(self) -> str | None:
        return self.field.id

    def risk(self) -> Risk:
        return "destructive" if self.field.is_stored or is_link(self.field) else "safe"

    def applied(self, catalog: Catalog) -> Catalog:
        return edits.change_collection(
            catalog, self.collection_id, lambda c: edits.remove_field(c, self.field.id)
        )

    def reversed(self) -> Change:
        return AddField(self.collection_id, self.field, restored=self.risk() == "destructive")

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        collection = catalog.by_id[self.collection_id]
        field = collection.by_id[self.field.id]
        if is_link(field):
            return tuple(self._link_steps(catalog, collection, field))
        table = collection.table
        return tuple(Step(sql, table) for sql in _bury_column(catalog.schema, table, field))

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        if is_link(self.field):
            return (catalog.by_id[self.collection_id].table, link_name(self.field.id))
        return (catalog.by_id[self.collection_id].table,) if self.field.is_stored else ()

    def describe(self, catalog: Catalog) -> str:
        return f"Drop field {catalog.by_id[self.collection_id].name}.{self.field.name}"

    def _link_steps(self, catalog: Catalog, collection: Collection, field: Field) -> Iterator[Step]:
        schema, link = catalog.schema, link_name(field.id)
        for key in link_keys(field, catalog, collection):
            yield Step(ddl.drop_constraint(schema, link, key.name), link)
        yield Step(ddl.rename_table(schema, link, tombstone_name(field.id)), link)


@dataclass(frozen=True, slots=True)
class RenameFields(Change):
    """All renames inside a collection at once, so that names can be swapped."""

    kind: ClassVar[str] = "rename_fields"
    renamings: tuple[Renaming, ...] = ()

    def subject(self) -> str | None:
        return self.renamings[0].id if len(self.renamings) == 1 else None

    def applied(self, catalog: Catalog) -> Catalog:
        wanted = {r.id: r for r in self.renamings}

        def renamed(collection: Collection) -> Collection:
            return edits.edit_collection(
                collection,
                fields=[
                    replace(f, name=wanted[f.id].new, column=wanted[f.id].new_column)
                    if f.id in wanted
                    else f
                    for f in collection.fields.values()
                ],
            )

        return edits.change_collection(catalog, self.collection_id, renamed)

    def reversed(self) -> Change:
        return RenameFields(self.collection_id, tuple(r.reversed() for r in self.renamings))

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - one interface
        table = catalog.by_id[self.collection_id].table
        moved = [(r.old_column, r.new_column, r.id) for r in self.renamings if r.old_column]
        return tuple(
            Step(ddl.rename_column(catalog.schema, table, old, new), table)
            for old, new in ordered_renames([m for m in moved if m[0] != m[1]])
        )

    def tables(self, catalog: Catalog) -> tuple[str, ...]:
        return (catalog.by_id[self.collection_id].table,)

    def describe(self, catalog: Catalog) -> str:
        pairs = ", ".join(f"{r.old} to {r.new}" for r in self.renamings)
        return f"Rename field {pairs} in {catalog.by_id[self.collection_id].name}"


@dataclass(frozen=True, slots=True)
class SettleField(Change):
    """What adding a field left to do on a large table: validate its constraints, build its index.

    The catalog says so already: the change has no effect on it.
    """

    kind: ClassVar[str] = "settle_field"
    field: Field

    def subject(self) -> str | None:
        return self.field.id

    def runs_online(self) -> bool:
        return True

    def leaves_work(self) -> bool:
        """Whether there is anything to validate or to build."""
        return bool(checks(self.field) or self.field.relation or plain_index(self.field))

    def applied(self, catalog: Catalog) -> Catalog:
        return catalog

    def reversed(self) -> Change:
        return self

    def steps(self, catalog: Catalog, *, large: bool) -> tuple[Step, ...]:  # noqa: ARG002 - always online
        schema, table = catalog.schema, catalog.by_id[self.collection_id].table
        names = [
            *checks(self.field),
            *([foreign_key_name(self.field.id)] if self.field.relation else []),
        ]
        steps = [
            Step(ddl.validate(schema, table, name), table, SHARE_UPDATE_EXCLUSIVE, scans=True)
            for name in names
        ]
        index = plain_index(self.field)
        if index:
            sql = ddl.create_index(schema, table, index, online=True)
            steps.append(Step(sql, table, SHARE_UPDATE_EXCLUSIVE, scans=True))
        return tuple(steps)

    def tables(self, catalog: Catalog) -> tuple[str, ...]:  # noqa: ARG002 - one interface
        return ()

    def describe(self, catalog: Catalog) -> str:
        name = catalog.by_id[self.collection_id].name
        return f"Check and index the new field {name}.{self.field.name}"


def is_link(field: Field) -> bool:
    """Whether the field has a join table."""
    return field.relation is not None and field.relation.kind == "many_to_many"


def link_keys(
    field: Field, catalog: Catalog, source: Collection
) -> tuple[ForeignKeyShape, ForeignKeyShape]:
    """The two foreign keys of a join table."""
    return (
        ForeignKeyShape(f"fks_{field.id}", "source_id", source.table),
        ForeignKeyShape(f"fkt_{field.id}", "target_id", catalog.target(field).table),
    )


def _bury_column(schema: str, table: str, field: Field) -> Iterator[str]:
    """Everything that hangs on the column first, then its name."""
    if not field.is_stored:
        return
    if field.is_belongs_to:
        yield ddl.drop_constraint_if_exists(schema, table, foreign_key_name(field.id))
    for name in checks(field):
        yield ddl.drop_constraint_if_exists(schema, table, name)
    for index in filter(None, (unique_index(field), plain_index(field))):
        yield ddl.drop_index(schema, index.name)
    if field.required:
        yield ddl.drop_not_null(schema, table, field.column)
    if default_sql(field) is not None:
        yield ddl.drop_default(schema, table, field.column)
    yield ddl.rename_column(schema, table, field.column, tombstone_name(field.id))
