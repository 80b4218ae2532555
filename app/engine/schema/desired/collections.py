"""One collection of the document: its options, its fields, then its indexes."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.engine.catalog.model import Catalog, Collection, Field, Index, make_collection
from app.engine.catalog.snapshot import system_fields
from app.engine.schema.desired.faults import (
    LONGEST_DESCRIPTION,
    LONGEST_LABEL,
    Reader,
    nearest,
)
from app.engine.schema.desired.fields import check_change, check_system_field, read_field
from app.engine.schema.desired.matching import Match, make_id, match_objects
from app.engine.schema.desired.names import field_name_fault
from app.engine.schema.desired.relations import find_renamed, read_relation, read_via
from app.engine.schema.desired.rules import read_conditions
from app.engine.schema.edits import edit_collection
from app.engine.schema.physical import own_fields
from app.engine.schema.system import is_system, keeps_creators, kept_indexes

MOST_FIELDS = 400
MOST_INDEXES = 64
MOST_PARTS = 16
_KNOWN = (
    *("id", "name", "renamed_from", "label", "description", "id_type", "fields", "indexes"),
    *("unique", "history", "created_by", "validations", "system"),
)

FieldMatch = Match[Field]


def read_collection(match: Match[Collection]) -> Collection:
    """The collection without fields."""
    reader, current = match.reader, match.current
    reader.refuse_unknown(_KNOWN, "A collection")
    id_type = reader.choice(
        "id_type", ("uuid", "int", "text"), current.id_type if current else "uuid"
    )
    if current is not None and id_type != current.id_type:
        message = f"The kind of ids stays {current.id_type}."
        reader.fault("id_type", "change_unsupported", message, "Make a new collection.")
    if current is not None and current.system and match.name != current.name:
        reader.fault("name", "collection_protected", f"{current.name!r} belongs to the product.")
    created_by = reader.flag("created_by") or keeps_creators(match.id)
    return make_collection(
        id=match.id,
        name=match.name,
        table=match.name,
        label=reader.text("label", LONGEST_LABEL),
        description=reader.text("description", LONGEST_DESCRIPTION),
        id_type=id_type,
        history=reader.choice("history", ("full", "keys", "off"), "full"),
        system=current.system if current else False,
        created_by=created_by,
        rules=read_conditions(reader),
        aliases=dict(current.aliases) if current else {},
        fields=system_fields(id_type, created_by=created_by),
    )


def match_fields(match: Match[Collection], catalog: Catalog) -> list[FieldMatch]:
    """The document's fields of a collection, matched with the stored ones."""
    stored = own_fields(match.current) if match.current else {}

    def new_id(name: str) -> str:
        return make_id("f", catalog.project_id, catalog.version, match.id, name)

    readers = match.reader.objects("fields", MOST_FIELDS)
    return match_objects(readers, stored, new_id, field_name_fault)


def read_fields(
    matches: Iterable[FieldMatch], targets: Mapping[str, Collection], collection: Collection
) -> Collection:
    """The collection with its fields; relations know their targets, has_many not yet its via."""
    found = []
    for match in matches:
        field = read_field(match.reader, match.id, match.name, match.current)
        if field is None:
            continue
        if field.type == "relation":
            field = read_relation(match.reader, field, match.current, targets)
        if match.current is not None:
            check_change(match.reader, match.current, field)
            if is_system(match.id) and not _is_has_many(field):
                check_system_field(match.reader, match.current, field)
        found.append(field)
    _refuse_shared_columns(matches, found)
    return edit_collection(collection, fields=(*collection.fields.values(), *found))


def keep_system_fields(collection: Collection, current: Collection | None) -> Collection:
    """The collection with the system fields that the document left out, in front."""
    if current is None:
        return collection
    stored = own_fields(current)
    missing = [f for i, f in stored.items() if is_system(i) and i not in collection.by_id]
    if not missing:
        return collection
    fixed = [f for f in collection.fields.values() if f.id not in own_fields(collection)]
    own = own_fields(collection).values()
    return edit_collection(collection, fields=(*fixed, *missing, *own))


def resolve_vias(
    collection: Collection,
    matches: Iterable[FieldMatch],
    wanted: Mapping[str, Collection],
    stored: Mapping[str, Collection],
) -> Collection:
    """The collection with every has_many knowing the field on the other side."""
    readers = {m.id: m.reader for m in matches}
    known = {m.id: m.current for m in matches if m.current is not None and is_system(m.id)}
    fields = [
        read_via(readers[f.id], f, collection, wanted[f.relation.to], stored.get(f.relation.to))
        if f.relation is not None and _is_has_many(f) and f.id in readers
        else f
        for f in collection.fields.values()
    ]
    for field in fields:
        if field.id in known and _is_has_many(field):
            check_system_field(readers[field.id], known[field.id], field)
    return edit_collection(collection, fields=fields)


def read_indexes(match: Match[Collection], collection: Collection, catalog: Catalog) -> Collection:
    """The collection with its composite indexes."""
    wanted = [
        *_read_list(match, "indexes", collection, unique=False),
        *_read_list(match, "unique", collection, unique=True),
    ]
    stored = {(i.fields, i.unique): i.id for i in (match.current.indexes if match.current else ())}
    indexes = []
    for fields, unique in dict.fromkeys(wanted):
        seed = (catalog.project_id, catalog.version, match.id, *fields, unique)
        index_id = stored.get((fields, unique)) or make_id("i", *seed)
        indexes.append(Index(index_id, fields, unique))
    kept = kept_indexes(match.current) if match.current else ()
    indexes += [index for index in kept if index not in indexes]
    return edit_collection(collection, indexes=tuple(indexes))


def _is_has_many(field: Field) -> bool:
    return field.relation is not None and field.relation.kind == "has_many"


def _read_list(
    match: Match[Collection], key: str, collection: Collection, *, unique: bool
) -> list[tuple[tuple[str, ...], bool]]:
    found = []
    reader = match.reader
    for position, each in enumerate(reader.items(key, MOST_INDEXES)):
        inner = Reader(
            each if isinstance(each, dict) else {"fields": each},
            f"{reader.at(key)}/{position}",
            reader.faults,
        )
        inner.refuse_unknown(("id", "fields"), "An index")
        parts = _read_parts(inner, collection, match.current, unique=unique)
        if parts:
            found.append((parts, unique))
    return found


def _read_parts(
    reader: Reader, collection: Collection, current: Collection | None, *, unique: bool
) -> tuple[str, ...]:
    parts = []
    names = reader.items("fields", MOST_PARTS)
    if not names:
        reader.fault(None, "index_invalid", "An index names the fields it is made of.")
    for name in names:
        sign, bare = _signed(name, unique=unique)
        field = find_renamed(bare, collection, current)
        if field is None or not field.is_stored:
            message = f"{str(name)[:60]!r} is no stored field of {collection.name!r}."
            reader.fault(
                "fields", "index_invalid", message, nearest(str(bare)[:60], collection.fields)
            )
            return ()
        parts.append(sign + field.id)
    if len({p.lstrip("-") for p in parts}) < len(parts):
        reader.fault("fields", "index_invalid", "An index names a field only once.")
        return ()
    return tuple(parts)


def _signed(name: Any, *, unique: bool) -> tuple[str, str]:
    if not isinstance(name, str):
        return "", ""
    if name.startswith("-") and not unique:
        return "-", name[1:]
    return "", name


def _refuse_shared_columns(matches: Iterable[FieldMatch], fields: Iterable[Field]) -> None:
    """A relation ``author`` takes the column ``author_id``: no field may be called so too."""
    readers = {m.id: m.reader for m in matches}
    names: dict[str, str] = {}
    for field in fields:
        for name in dict.fromkeys((field.name, field.column or field.name)):
            if names.setdefault(name, field.id) != field.id or name in _FIXED_NAMES:
                message = f"The name {name!r} is taken by another field."
                readers[field.id].fault("name", "name_taken", message)


_FIXED_NAMES = frozenset({"id", "created_at", "updated_at", "created_by", "_version"})
