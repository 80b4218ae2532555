"""From one catalog to another: the typed changes, by immutable id, in an order that works.

Pure. ``fold(diff(a, b), a) == b``; what was dropped and is wanted again under its id comes back
from its tombstone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app.engine.catalog.model import Catalog, Collection, Field, Generated
from app.engine.schema import edits
from app.engine.schema.changes.alter import ATTRIBUTES, AlterField, Aspect
from app.engine.schema.changes.alter_steps import Fill
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.collections import (
    CREATED_BY,
    AlterCollection,
    CreateCollection,
    DropCollection,
    RenameCollections,
    Renaming,
    SetCreatedBy,
)
from app.engine.schema.changes.fields import AddField, DropField, RenameFields
from app.engine.schema.changes.indexes import AddIndex, DropIndex, ReorderFields, SetAliases
from app.engine.schema.physical import column_type, default_sql, own_fields
from app.engine.schema.tombstones import NOTHING, Tombstones

_DROP_INDEX, _DROP_FIELD, _DROP_COLLECTION, _RENAME, _RENAME_FIELD, _CREATE = range(6)
_ADD_FIELD, _ADD_HAS_MANY, _ALTER, _ADD_INDEX, _ALTER_COLLECTION, _REORDER, _ALIASES = range(6, 13)

Ranked = Iterator[tuple[int, Change]]


def diff(before: Catalog, after: Catalog, tombstones: Tombstones = NOTHING) -> tuple[Change, ...]:
    """The changes that lead from one catalog to the other, in order."""
    ranked = sorted(_changes(before, after, tombstones), key=lambda each: each[0])
    return tuple(change for _, change in ranked)


def fold(changes: Iterable[Change], catalog: Catalog) -> Catalog:
    """The catalog after the changes."""
    for change in changes:
        catalog = change.applied(catalog)
    return edits.refreshed_keys(catalog)


def _changes(before: Catalog, after: Catalog, tombstones: Tombstones) -> Ranked:
    kept = [i for i in before.by_id if i in after.by_id]
    renamings = tuple(
        Renaming(i, before.by_id[i].name, after.by_id[i].name)
        for i in kept
        if before.by_id[i].name != after.by_id[i].name
    )
    if renamings:
        yield _RENAME, RenameCollections(renamings[0].id, renamings)
    for collection_id, dropped in before.by_id.items():
        if collection_id not in after.by_id:
            yield from _drop_collection(dropped)
    for collection_id in kept:
        yield from _diff_collection(
            before.by_id[collection_id], after.by_id[collection_id], tombstones
        )
    for collection_id, created in after.by_id.items():
        if collection_id not in before.by_id:
            yield from _create_collection(created, tombstones)
    if dict(before.aliases) != dict(after.aliases):
        yield _ALIASES, SetAliases("", dict(before.aliases), dict(after.aliases))


def _drop_collection(collection: Collection) -> Ranked:
    """Relations go first, so that no foreign key holds on to the table or from it."""
    relations = [f for f in own_fields(collection).values() if f.relation]
    ids = {f.id for f in relations}
    for index in collection.indexes:
        if ids & {part.lstrip("-") for part in index.fields}:
            yield _DROP_INDEX, DropIndex(collection.id, index)
    for field in relations:
        yield _DROP_FIELD, DropField(collection.id, field)
    yield _DROP_COLLECTION, DropCollection(collection.id, _scalars_only(collection))


def _create_collection(wanted: Collection, tombstones: Tombstones) -> Ranked:
    kept = tombstones.collections.get(wanted.id)
    if kept is None:
        first = _scalars_only(edits.edit_collection(wanted, aliases={}))
        yield _CREATE, CreateCollection(wanted.id, first)
        yield from _diff_collection(first, wanted, tombstones)
        return
    first = edits.edit_collection(kept, name=wanted.name, table=wanted.table)
    yield _CREATE, CreateCollection(wanted.id, first, restored=True)
    for rank, change in _diff_collection(first, wanted, tombstones):
        yield max(rank, _CREATE), change


def _scalars_only(collection: Collection) -> Collection:
    relations = {f.id for f in collection.fields.values() if f.relation}
    return edits.edit_collection(
        collection,
        fields=[f for f in collection.fields.values() if f.id not in relations],
        indexes=tuple(
            i for i in collection.indexes if not relations & {p.lstrip("-") for p in i.fields}
        ),
    )


def _diff_collection(old: Collection, new: Collection, tombstones: Tombstones) -> Ranked:
    yield from _diff_indexes(old, new)
    if old.created_by != new.created_by:
        restored = new.created_by and (new.id, CREATED_BY) in tombstones.fields
        rank = _ADD_FIELD if new.created_by else _DROP_FIELD
        yield rank, SetCreatedBy(new.id, new.created_by, restored)
    yield from _diff_fields(old, new, tombstones)
    if any(getattr(old, n) != getattr(new, n) for n in AlterCollection.ATTRIBUTES):
        yield _ALTER_COLLECTION, AlterCollection(new.id, old, new)
    if dict(old.aliases) != dict(new.aliases):
        yield _ALIASES, SetAliases(new.id, dict(old.aliases), dict(new.aliases))


def _diff_indexes(old: Collection, new: Collection) -> Ranked:
    had, wanted = {i.id: i for i in old.indexes}, {i.id: i for i in new.indexes}
    for index_id, index in had.items():
        if wanted.get(index_id) != index:
            yield _DROP_INDEX, DropIndex(old.id, index)
    for index_id, index in wanted.items():
        if had.get(index_id) != index:
            yield _ADD_INDEX, AddIndex(new.id, index)


def _diff_fields(old: Collection, new: Collection, tombstones: Tombstones) -> Ranked:
    had, wanted = own_fields(old), own_fields(new)
    dropped = [f for i, f in had.items() if i not in wanted]
    for field in sorted(dropped, key=_is_stored):
        yield _DROP_FIELD, DropField(old.id, field)
    renamings = tuple(
        Renaming(i, had[i].name, f.name, had[i].column, f.column)
        for i, f in wanted.items()
        if i in had and had[i].name != f.name
    )
    if renamings:
        yield _RENAME_FIELD, RenameFields(new.id, renamings)
    for field_id, field in wanted.items():
        if field_id in had:
            renamed = replace(had[field_id], name=field.name, column=field.column)
            yield from _alter_field(new.id, renamed, field)
        else:
            yield from _add_field(new.id, field, tombstones)
    yield from _reorder(new.id, had, wanted)


def _is_stored(field: Field) -> bool:
    return field.is_stored


def _reorder(collection_id: str, had: Mapping[str, Field], wanted: Mapping[str, Field]) -> Ranked:
    added = [i for i in wanted if i not in had]
    has_many = [i for i in added if _rank_of_new(wanted[i]) == _ADD_HAS_MANY]
    natural = (
        *(i for i in had if i in wanted),
        *(i for i in added if i not in has_many),
        *has_many,
    )
    if natural != tuple(wanted):
        yield _REORDER, ReorderFields(collection_id, natural, tuple(wanted))


def _rank_of_new(field: Field) -> int:
    is_has_many = field.relation is not None and field.relation.kind == "has_many"
    return _ADD_HAS_MANY if is_has_many else _ADD_FIELD


def _add_field(collection_id: str, wanted: Field, tombstones: Tombstones) -> Ranked:
    """The bare column first; what needs a look at every row comes as changes of its own."""
    kept = tombstones.fields.get((collection_id, wanted.id))
    constant = default_sql(wanted) is not None
    first = replace(wanted, unique=False, index=False, shadow=None)
    if kept is not None or not constant:
        first = replace(first, required=False)
    if kept is not None and kept.relation is None and column_type(kept) != column_type(wanted):
        first = edits.move(first, kept, ATTRIBUTES["type"])
    yield _rank_of_new(wanted), AddField(collection_id, first, restored=kept is not None)
    fill = _fill(wanted)
    for rank, change in _alter_field(collection_id, first, replace(wanted, shadow=None)):
        is_filled = isinstance(change, AlterField) and change.aspect == "required"
        yield rank, replace(change, fill=fill) if is_filled else change  # type: ignore[call-arg]  # AlterField


def _fill(field: Field) -> Fill | None:
    """What rows without a value get in a field that comes and is required: its default."""
    if not field.has_default or field.default is None:
        return None
    if isinstance(field.default, Generated):
        return Fill(generator=field.default.generator)
    return Fill(value=field.default)


def _alter_field(collection_id: str, old: Field, new: Field) -> Ranked:
    """Loosening first, then the type, then tightening."""
    for aspect in _aspects(old, new):
        yield _ALTER, AlterField(collection_id, aspect, old, new)


def _aspects(old: Field, new: Field) -> Iterator[Aspect]:
    switched = [a for a in _SWITCHES if _differs(old, new, a)]
    if _differs(old, new, "options"):
        yield "options"
    yield from (a for a in switched if not getattr(new, a))
    yield from _relation_aspects(old, new) if new.relation else _value_aspects(old, new)
    yield from (a for a in switched if getattr(new, a))


def _relation_aspects(old: Field, new: Field) -> Iterator[Aspect]:
    yield from (a for a in _OF_RELATIONS if _differs(old, new, a))


def _value_aspects(old: Field, new: Field) -> Iterator[Aspect]:
    if not _differs(old, new, "type"):
        return
    if column_type(old) != column_type(new):
        yield "type"
    elif edits.move(old, new, ATTRIBUTES["default"]) == edits.move(old, new, ATTRIBUTES["checks"]):
        yield "default"
    else:
        yield "checks"


def _differs(old: Field, new: Field, aspect: Aspect) -> bool:
    return any(getattr(old, n) != getattr(new, n) for n in ATTRIBUTES[aspect])


_SWITCHES: tuple[Aspect, ...] = ("required", "unique", "index")
_OF_RELATIONS: tuple[Aspect, ...] = ("relation", "default")
