"""The images of an event as rows: driver values under today's columns, for the Python evaluator."""

from collections import OrderedDict
from typing import Any
from uuid import UUID

from app.core.db import Database
from app.core.event import Event
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.catalog.store import load_catalog

MOST_OLD_CATALOGS = 50

Row = dict[str, Any]
_old: OrderedDict[tuple[UUID, int], Catalog] = OrderedDict()


async def rows_of(database: Database, catalog: Catalog, event: Event) -> tuple[Row | None, ...]:
    """The record before and after, with everything in it: nothing here asks who may see it.

    A value that its field's type of today does not take is null.
    """
    then = await _catalog_then(database, catalog, event.schema_version)
    former, now = then.by_id.get(event.collection), catalog.by_id.get(event.collection)
    if former is None or now is None:
        return None, None
    return tuple(_row(image, former, now) for image in (event.before, event.after))


async def _catalog_then(database: Database, now: Catalog, version: int) -> Catalog:
    """The catalog that the images of a version are keyed by."""
    if version == now.version:
        return now
    key = (now.project_id, version)
    if key not in _old:
        _old[key] = await load_catalog(database.owner, *key)
        if len(_old) > MOST_OLD_CATALOGS:
            _old.popitem(last=False)
    return _old[key]


def _row(image: dict[str, Any] | None, former: Collection, now: Collection) -> Row | None:
    if image is None:
        return None
    row: Row = {}
    for key, value in image.items():
        old = former.by_column.get(key)
        field = now.by_id.get(old.id) if old else None
        if field is None or not field.is_stored or value is None:
            continue
        try:
            row[field.column] = field_type(field).parse(field, value)
        except ValueError:
            row[field.column] = None
    return row
