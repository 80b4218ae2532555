"""What was dropped and is still kept, by id: the value that diff and plans look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.engine.catalog.model import Collection, Field


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Dropped collections by id, dropped fields by (collection id, field id), as they were last."""

    collections: Mapping[str, Collection] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], Field] = field(default_factory=dict)


NOTHING = Tombstones()
