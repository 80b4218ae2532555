"""Whether an answer may name a field."""

from typing import Final

from app.engine.catalog.model import Collection, Field
from app.engine.policy.model import Access, Action

_NAMING: Final[tuple[Action, ...]] = ("list", "read", "create", "update")


def may_name(access: Access, collection: Collection, field: Field) -> bool:
    """Whether the caller may read the field or set it: any other does not exist for them."""
    grants = (access.find(collection, action) for action in _NAMING)
    return any(grant is not None and grant.may_touch(field.id) for grant in grants)
