"""What a record gets that its body does not name: defaults, and values that are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any
from uuid import UUID

from app.core.clock import utc_now
from app.core.ids import uuid7
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import EMPTY, Catalog, Collection, Field, Generated

TIMES = frozenset({"created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, for generated defaults, ``created_by`` and what policies set."""

    user_id: UUID | None = None
    variables: Mapping[str, Any] = member(default_factory=lambda: EMPTY)


Defaults = tuple[tuple[Field, Any], ...]
MOST_DEFAULTS = 10_000
_defaults: dict[tuple[UUID, int, str, str], Defaults] = {}


def defaults_of(catalog: Catalog, collection: Collection) -> Defaults:
    """Each stored field that a create fills, with its default parsed, or its generator."""
    # The hash tells a catalog that was only tried from the one that got its version after all.
    key = (catalog.project_id, catalog.version, catalog.hash, collection.id)
    found = _defaults.get(key)
    if found is None:
        if len(_defaults) >= MOST_DEFAULTS:
            del _defaults[next(iter(_defaults))]
        fields = (f for f in collection.stored_fields if f.id not in TIMES)
        found = _defaults[key] = tuple((field, _parsed_default(field)) for field in fields)
    return found


def _parsed_default(field: Field) -> Any:
    if isinstance(field.default, Generated):
        return field.default
    if not field.has_default or field.default is None:
        return None
    return field_type(field).parse(field, field.default)


def generated(field: Field, generator: str, author: Author) -> Any:
    """The value of a named generator, as the field's type holds it."""
    now = utc_now()
    if generator in {"now", "today"}:
        made: Any = now if field.type == "datetime" else now.date()
    else:
        made = uuid7() if generator == "uuid" else author.user_id
    is_text = field.type in {"string", "text"}
    return str(made) if is_text and made is not None else made
