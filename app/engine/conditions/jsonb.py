"""JSON text as Postgres writes a jsonb value."""

import json
from decimal import Decimal
from typing import Any


def jsonb_text(value: Any) -> str:
    """``{"a": 1, "bb": [true]}``: keys by length then bytes, a blank after ``:`` and ``,``."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        pairs = (f"{json.dumps(k, ensure_ascii=False)}: {jsonb_text(value[k])}" for k in keys)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(jsonb_text, value)) + "]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False)
