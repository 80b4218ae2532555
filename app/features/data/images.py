"""The images of the change log as a caller may see them: under today's names, grants and masks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
from asyncpg import Record

from app.api.services import Services
from app.core.json_text import dump_json, parse_json
from app.engine.catalog.field_types import field_type
from app.engine.catalog.former import catalog_at
from app.engine.catalog.model import EMPTY, Catalog, Collection, Field
from app.engine.conditions.args import resolve
from app.engine.conditions.bind import Bound, BoundAll
from app.engine.conditions.tree import Context
from app.engine.identity.principal import Caller
from app.engine.policy.model import Access, Action, Grant
from app.engine.query.compile_images import compile_images, compile_seen

_TOLD = ("n", "seq", "at", "action", "record_id", "request_id")

Image = dict[str, Any]
Row = Mapping[str, Any] | Record
"""A change: a row of the log, its images as text, or as objects."""


class Viewer:
    """Shows changes to one caller, under the grants of ``action``."""

    def __init__(
        self,
        services: Services,
        caller: Caller,
        catalog: Catalog,
        access: Access,
        action: Action,
        only: Mapping[str, Bound] = EMPTY,
        values: Sequence[Any] = (),
        *,
        bare: bool = False,
    ) -> None:
        """``only`` narrows the records of collections (by id) further; the first slot of its
        ``values`` is 1. ``bare``: show changes without images to those who see all of a collection.
        """
        self._services = services
        self._caller = caller
        self._catalog = catalog
        self._access = access
        self._action: Action = action
        self._only = only
        self._values = values
        self._bare = bare

    async def show(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """The changes that the caller may see, in their order, as JSON.

        A change of what is hidden alone is none: that it happened, and when, would tell of it.
        """
        return [told for told in await self.show_each(rows) if told is not None]

    async def show_each(self, rows: Sequence[Row]) -> list[dict[str, Any] | None]:
        """The same for every row: None for what the caller may not see."""
        images = [await self._images(row) for row in rows]
        await self._hide(rows, images)
        await self._hide_links(rows, images)
        return [self._seen(row, pair) for row, pair in zip(rows, images, strict=True)]

    def is_lost(self, row: Row) -> bool:
        """Whether nobody can tell any more if the caller may see the change: it has no images, and
        they do not see all of its collection."""
        return _is_bare(row) and not self._sees_all(row)

    def _seen(self, row: Row, pair: Sequence[Image | None]) -> dict[str, Any] | None:
        if _is_bare(row):
            return self._told(row, pair) if self._bare and self._sees_all(row) else None
        if all(image is None for image in pair):
            return None
        told = self._told(row, pair)
        return told if told["before"] != told["after"] else None

    def _sees_all(self, row: Row) -> bool:
        _, grant = self._granted_in(row["collection"])
        return grant is not None and grant.rows is None and not grant.is_partial

    async def _images(self, row: Row) -> list[Image | None]:
        """Before and after by today's field ids, without what may never be seen."""
        collection, grant = self._granted_in(row["collection"])
        if collection is None or grant is None:
            return [None, None]
        then = await catalog_of(self._services, self._catalog, row["schema_version"])
        former = then.by_id.get(collection.id)
        if former is None:
            return [None, None]
        return [_image(kept, former, collection, grant) for kept in (row["before"], row["after"])]

    async def _hide(self, rows: Sequence[Row], images: Sequence[list[Image | None]]) -> None:
        """Take out the images, and the fields of images, that policies do not show."""
        for collection_id in {row["collection"] for row in rows}:
            collection, grant = self._granted_in(collection_id)
            if collection is None or grant is None or (grant.rows is None and not grant.masks):
                continue
            places = [
                (pair, side)
                for row, pair in zip(rows, images, strict=True)
                if row["collection"] == collection_id
                for side in (0, 1)
                if pair[side] is not None
            ]
            await self._judge(collection, grant, places)

    async def _judge(
        self,
        collection: Collection,
        grant: Grant,
        places: Sequence[tuple[list[Image | None], int]],
    ) -> None:
        """``places`` are pairs of images with the side that is meant."""
        if not places:
            return
        document = dump_json([_columns(pair[side] or {}, collection) for pair, side in places])
        compiled = compile_images(collection, self._catalog, grant)
        context = Context(self._access.variables)
        args = resolve(compiled.sources, [document.encode(), *self._values], context)
        pools = await self._services.database.placement(self._catalog.project_id)
        try:
            found = await pools.data.fetch(compiled.text, *args)
        except asyncpg.DataError:
            found = [(0, False, ())] * len(places)  # an image of a type that is no more
        for (pair, side), (_, shown, hidden) in zip(places, found, strict=True):
            image = pair[side]
            kept = {key: value for key, value in (image or {}).items() if key not in hidden}
            pair[side] = kept if shown else None

    async def _hide_links(self, rows: Sequence[Row], images: Sequence[list[Image | None]]) -> None:
        """Take out the ids of linked records that the caller does not see."""
        views = self._access.views(self._action)
        for collection_id in {row["collection"] for row in rows}:
            held = [
                image
                for row, pair in zip(rows, images, strict=True)
                for image in pair
                if image is not None and row["collection"] == collection_id
            ]
            for field in _link_fields(self._catalog.by_id[collection_id]) if held else ():
                target = self._catalog.target(field)
                seen = views(target, field).rows
                if seen is not None:
                    await self._keep_seen(field.id, target, seen, held)

    async def _keep_seen(
        self, field_id: str, target: Collection, seen: Bound, images: Sequence[Image]
    ) -> None:
        key, held = target.fields["id"], [image for image in images if image.get(field_id)]
        to_json, parse = field_type(key).to_json, field_type(key).parse
        ids = {parse(key, each) for image in held for each in image[field_id]}
        if not ids:
            return
        compiled = compile_seen(target, self._catalog, seen)
        args = resolve(compiled.sources, [list(ids)], Context(self._access.variables))
        pools = await self._services.database.placement(self._catalog.project_id)
        shown = {to_json(row[0]) for row in await pools.data.fetch(compiled.text, *args)}
        for image in held:
            image[field_id] = [each for each in image[field_id] if each in shown]

    def _granted_in(self, collection_id: str) -> tuple[Collection | None, Grant | None]:
        collection = self._catalog.by_id.get(collection_id)
        grant = self._access.find(collection, self._action) if collection else None
        return collection, narrowed(grant, self._only.get(collection_id))

    def _told(self, row: Row, pair: Sequence[Image | None]) -> dict[str, Any]:
        collection = self._catalog.by_id[row["collection"]]
        told: dict[str, Any] = {key: row[key] for key in _TOLD}
        told["actor"] = row["actor"] if self._may_know(row["actor"]) else None
        told["before"], told["after"] = (_shown(image, collection) for image in pair)
        return told | {"at": row["at"].isoformat(), "collection": collection.name}

    def _may_know(self, actor: str | None) -> bool:
        """Who wrote is told to members and keys; others learn what they did themselves."""
        principal = self._caller.principal
        return principal.kind in {"admin_user", "api_key"} or actor == principal.actor


def _is_bare(row: Row) -> bool:
    """Whether the images were removed: a change has one at least."""
    return row["before"] is None and row["after"] is None


def narrowed(grant: Grant | None, only: Bound | None) -> Grant | None:
    """The grant on the records alone that meet ``only``."""
    if grant is None or only is None:
        return grant
    rows = only if grant.rows is None else BoundAll((grant.rows, only))
    return replace(grant, rows=rows)


def _link_fields(collection: Collection) -> list[Field]:
    return [f for f in collection.fields.values() if f.relation and f.relation.link_table]


def _image(kept: Any, former: Collection, collection: Collection, grant: Grant) -> Image | None:
    """An image by field ids: those that may be read, and those that policies look at."""
    if kept is None:
        return None
    stored = parse_json(kept) if isinstance(kept, str) else kept
    image: Image = {}
    for key, value in stored.items() if isinstance(stored, dict) else ():
        old = former.by_column.get(key) or former.fields.get(key)
        field = collection.by_id.get(old.id) if old else None
        if field is not None:
            is_list = field.relation is not None and isinstance(value, list)
            image[field.id] = sorted(value, key=str) if is_list else value  # links have no order
    return image | {_UNREAD: [each for each in image if not _is_read(each, collection, grant)]}


_UNREAD = ""
"""Under this key an image holds the ids of fields that are only there to be judged by."""


def _is_read(field_id: str, collection: Collection, grant: Grant) -> bool:
    return grant.may_touch(field_id) and not collection.by_id[field_id].hidden


def _columns(image: Image, collection: Collection) -> Image:
    return {
        collection.by_id[key].column: value
        for key, value in image.items()
        if key != _UNREAD and collection.by_id[key].column
    }


def _shown(image: Mapping[str, Any] | None, collection: Collection) -> Image | None:
    if image is None:
        return None
    unread = image[_UNREAD]
    fields = ((collection.by_id[key], value) for key, value in image.items() if key != _UNREAD)
    return {f.column or f.name: value for f, value in fields if f.id not in unread}


async def catalog_of(services: Services, current: Catalog, version: int) -> Catalog:
    """The catalog that images of a version are keyed by."""
    return await catalog_at(services.database.owner, current, version)
