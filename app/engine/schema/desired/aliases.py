"""Former names: what was renamed keeps answering to its old name until that is removed."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from app.engine.catalog.model import Catalog
from app.engine.schema.edits import edit_catalog, edit_collection


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


def carry_aliases(current: Catalog, wanted: Catalog) -> Catalog:
    """The wanted catalog with the former names that go with it."""
    collections = []
    for collection in wanted.collections.values():
        stored = current.by_id.get(collection.id)
        aliases = _carried(
            stored.aliases if stored else {},
            stored.fields.values() if stored else (),
            collection.fields.values(),
            {f.column for f in collection.fields.values()},
        )
        collections.append(edit_collection(collection, aliases=aliases))
    names = _carried(
        current.aliases, current.collections.values(), wanted.collections.values(), set()
    )
    return edit_catalog(wanted, collections=collections, aliases=names)


def _carried(
    aliases: Mapping[str, str], old: Iterable[Named], new: Iterable[Named], taken: set[str]
) -> dict[str, str]:
    """Former names of what still exists, but for names that something else has now."""
    present = {each.id: each.name for each in new}
    names = set(present.values()) | taken
    former = dict(aliases) | {
        each.name: each.id for each in old if present.get(each.id) not in (None, each.name)
    }
    return {name: i for name, i in former.items() if i in present and name not in names}
