"""JSON out and in: values that Python has types for and JSON has none."""

import json
from collections.abc import Callable, Mapping, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def dump_json(value: Any) -> str:
    """Compact JSON: times as RFC 3339, decimals and ids as texts, which the server reads exactly.

    Raises TypeError for what is no value, ValueError for NaN and infinities.
    """
    return json.dumps(
        value, default=_as_json, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def load_json(text: bytes, parse_float: Callable[[str], Any]) -> Any:
    return json.loads(text, parse_float=parse_float)


def _as_json(value: Any) -> Any:
    match value:
        case datetime() if value.tzinfo is None:
            raise TypeError(f"A time needs a zone: {value!r}. Write datetime.now(UTC).")
        case datetime() | date() | time():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case Enum():
            return value.value
        case Mapping():
            return dict(value)
        case Set():
            return list(value)
    as_json = getattr(value, "as_json", None)
    if as_json is None:
        raise TypeError(f"{type(value).__name__} is nothing that can be sent.")
    return as_json()
