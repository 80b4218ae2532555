"""From the API's schema document to the wanted catalog."""

from collections.abc import Mapping
from typing import Any

from app.engine.catalog.model import Catalog, Collection
from app.engine.schema.desired.aliases import carry_aliases
from app.engine.schema.desired.collections import (
    FieldMatch,
    keep_system_fields,
    match_fields,
    read_collection,
    read_fields,
    read_indexes,
    resolve_vias,
)
from app.engine.schema.desired.faults import Faults, Reader
from app.engine.schema.desired.matching import Match, make_id, match_objects
from app.engine.schema.desired.names import collection_name_fault
from app.engine.schema.edits import edit_catalog, refreshed_keys
from app.engine.schema.errors import SchemaInvalidError

MOST_COLLECTIONS = 500


def parse_desired(document: Mapping[str, Any], current: Catalog, pointer: str = "") -> Catalog:
    """The catalog that a document asks for, given the stored one.

    System collections that the document leaves out stay as they are. ``version`` and ``hash`` of
    the answer are those of ``current``. Raises SchemaInvalidError with every fault.
    """
    faults = Faults()
    reader = Reader(document, pointer, faults)
    reader.refuse_unknown(("collections",), "A schema")
    if not isinstance(document.get("collections"), list):
        reader.fault("collections", "type_invalid", "A schema holds a list 'collections'.")
    matches = _match_collections(reader, current)
    wanted = _read_collections(matches, current)
    if faults.found:
        raise SchemaInvalidError(faults.found)
    ordered = _in_stored_order(wanted, current)
    catalog = refreshed_keys(edit_catalog(current, collections=ordered))
    return carry_aliases(current, catalog)


def _match_collections(reader: Reader, current: Catalog) -> list[Match[Collection]]:
    def new_id(name: str) -> str:
        return make_id("c", current.project_id, current.version, name)

    readers = reader.objects("collections", MOST_COLLECTIONS)
    return match_objects(readers, current.by_id, new_id, collection_name_fault)


def _read_collections(matches: list[Match[Collection]], current: Catalog) -> dict[str, Collection]:
    """The wanted collections by id: first their shells, then fields, then what fields refer to."""
    wanted = {m.id: read_collection(m) for m in matches}
    left_out = [c for c in current.by_id.values() if c.system and c.id not in wanted]
    wanted |= {stored.id: stored for stored in left_out}
    _refuse_names_of(left_out, matches)
    targets = _by_any_name(wanted, current)
    fields: dict[str, list[FieldMatch]] = {}
    for match in matches:
        fields[match.id] = match_fields(match, current)
        read = read_fields(fields[match.id], targets, wanted[match.id])
        wanted[match.id] = keep_system_fields(read, match.current)
    for match in matches:
        resolved = resolve_vias(wanted[match.id], fields[match.id], wanted, current.by_id)
        wanted[match.id] = read_indexes(match, resolved, current)
    return wanted


def _refuse_names_of(left_out: list[Collection], matches: list[Match[Collection]]) -> None:
    taken = {stored.name for stored in left_out}
    for match in matches:
        if match.name in taken:
            match.reader.fault("name", "name_taken", f"{match.name!r} belongs to the product.")


def _by_any_name(wanted: Mapping[str, Collection], current: Catalog) -> dict[str, Collection]:
    """By wanted name, or the stored one where that is free: relations may still say it."""
    former = {c.name: wanted[i] for i, c in current.by_id.items() if i in wanted}
    return former | {c.name: c for c in wanted.values()}


def _in_stored_order(wanted: Mapping[str, Collection], current: Catalog) -> list[Collection]:
    kept = [wanted[i] for i in current.by_id if i in wanted]
    return [*kept, *(c for i, c in wanted.items() if i not in current.by_id)]
