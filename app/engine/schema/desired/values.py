"""Values inside a schema document: defaults and bounds, in the form in which they are kept.

Kept values are plain JSON (no Decimal), so that a schema read back equals the one written.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Field, Generated
from app.engine.schema.desired.faults import Reader

_GENERATORS = {
    "now": frozenset({"datetime"}),
    "today": frozenset({"date"}),
    "uuid": frozenset({"uuid", "string", "text"}),
    "user_id": frozenset({"uuid", "string", "text", "relation"}),
}


def plain_number(number: Decimal) -> int | float | str:
    """A number as JSON keeps it: text where a float would lose digits."""
    if number == number.to_integral_value() and abs(number) < 10**18:
        return int(number)
    near = float(number)
    return near if Decimal(repr(near)) == number else str(number)


def plain_json(value: Any) -> Any:
    """A JSON value without Decimals."""
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, dict):
        return {key: plain_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain_json(each) for each in value]
    return value


def read_bounds(reader: Reader, field: Field) -> Field:
    """The field with ``min`` and ``max``."""
    least, most = (_read_bound(reader, field, key) for key in ("min", "max"))
    bounded = replace(field, min=least, max=most)
    if least is not None and most is not None and _parsed(field, least) > _parsed(field, most):
        reader.fault("min", "option_invalid", "'min' is greater than 'max'.")
    return bounded


def read_default(reader: Reader, field: Field) -> Field:
    """The field with its default, which must be a value that the field takes."""
    value = reader.get("default")
    if value is None:
        return field
    generated = _generated(value, field)
    if generated is not None:
        return replace(field, default=generated, has_default=True)
    if field.type in ("relation", "file"):
        reader.fault("default", "default_invalid", f"A {field.type} field has no constant default.")
        return field
    try:
        return replace(field, default=_kept_default(field, value), has_default=True)
    except (ValueError, ArithmeticError) as error:
        reader.fault("default", "default_invalid", f"The default does not fit: {error}")
        return field


def _generated(value: Any, field: Field) -> Generated | None:
    if not isinstance(value, dict) or set(value) != {"generated"}:
        return None
    fits = _GENERATORS.get(value["generated"]) if isinstance(value["generated"], str) else None
    return Generated(value["generated"]) if fits and field.type in fits else None


def _kept_default(field: Field, value: Any) -> Any:
    kind = field_type(field)
    if isinstance(value, dict) and set(value) == {"generated"} and field.type != "json":
        raise ValueError("there is no such generator for this type.")
    kept = plain_json(value)
    parsed = kind.default_from_json(field, kept)
    _check_fit(field, parsed)
    return kept if field.type == "json" else plain_json(kind.to_json(parsed))


def _check_fit(field: Field, parsed: Any) -> None:
    """The rules that also stand in the table as CHECKs."""
    if isinstance(parsed, str) and field.type != "json":
        longest = getattr(field_type(field), "max_length", lambda _: None)(field)
        if longest is not None and len(parsed) > longest:
            raise ValueError(f"it has more than {longest} characters.")
        if field.min_length is not None and len(parsed) < field.min_length:
            raise ValueError(f"it has fewer than {field.min_length} characters.")
    if field.min is not None and parsed < _parsed(field, field.min):
        raise ValueError(f"it is less than {field.min}.")
    if field.max is not None and parsed > _parsed(field, field.max):
        raise ValueError(f"it is greater than {field.max}.")


def _read_bound(reader: Reader, field: Field, key: str) -> Any:
    value = reader.get(key)
    if value is None:
        return None
    try:
        return plain_json(field_type(field).to_json(_parsed(field, plain_json(value))))
    except (ValueError, ArithmeticError) as error:
        reader.fault(key, "option_invalid", f"{key!r} does not fit: {error}")
        return None


def _parsed(field: Field, value: Any) -> Any:
    return field_type(field).parse(field, value)
