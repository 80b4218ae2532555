"""Which names collections and fields may have."""

import re

_SHAPE = re.compile(r"[a-z][a-z0-9_]{0,47}")
_OURS = re.compile(r"(ix|uq|pk|sq|fk|fks|fkt|ck|nn|sc)_(c|f|i|sys)_.*")
_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
_FIELDS = frozenset({"id", "created_at", "updated_at", "created_by"})
_CONNECTIVES = frozenset({"and", "or", "not"})

RULE = (
    "A name begins with a small letter and holds only small letters, digits and underscores, "
    "at most 48."
)


def collection_name_fault(name: object) -> tuple[str, str] | None:
    """Why a collection cannot have a name: a code and a sentence; None if it can."""
    return _shape_fault(name)


def field_name_fault(name: object) -> tuple[str, str] | None:
    """Why a field cannot have a name; None if it can."""
    fault = _shape_fault(name)
    if fault is not None:
        return fault
    if name in _FIELDS:
        return "name_reserved", f"Every record has the system field {name!r} already."
    if name in _SYSTEM_COLUMNS:
        return "name_reserved", f"{name!r} is a name that Postgres keeps for itself."
    if name in _CONNECTIVES:
        return "name_reserved", f"{name!r} joins conditions and cannot be a field."
    return None


def _shape_fault(name: object) -> tuple[str, str] | None:
    if not isinstance(name, str) or not _SHAPE.fullmatch(name):
        return "name_invalid", RULE
    if "__" in name or name.endswith("_"):
        return (
            "name_invalid",
            "A name holds no double underscore and ends with none: '__' is a path.",
        )
    if _OURS.fullmatch(name):
        return "name_reserved", f"Names such as {name!r} are kept for indexes and constraints."
    return None
