"""Keyset cursors: where a page ended, in a token that fits only the same sort of the same list."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from app.engine.query.parameters import InvalidParameterError
from app.engine.query.read_shape import ReadRequest, SortKey

_VERSION = 1
_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode_exact = json.JSONDecoder(parse_float=str, parse_int=str).decode


def encode_cursor(collection_id: str, sort: Sequence[SortKey], keys: Sequence[str | None]) -> str:
    """The cursor behind the record with these sort keys (as text, times with microseconds)."""
    document = _encode([_VERSION, _digest(collection_id, tuple(sort)), list(keys)])
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def with_cursor(request: ReadRequest, collection_id: str) -> ReadRequest:
    """The request with its cursor's keys as its last values. Raises InvalidParameterError."""
    if request.cursor is None:
        return request
    keys = _decode(request.cursor, _digest(collection_id, request.shape.sort))
    shape = replace(request.shape, cursor=tuple(key is None for key in keys))
    return replace(request, shape=shape, values=[*request.values, *keys], cursor=None)


def sort_keys(record: bytes, names: Sequence[str]) -> list[str | None]:
    """The sort keys of a record from its JSON, every number with its own digits."""
    document = _decode_exact(record.decode())
    return [_as_text(document[name]) for name in names]


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _decode(cursor: str, digest: str) -> list[str | None]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        version, found, keys = json.loads(base64.b64decode(padded, b"-_", validate=True))
        known = all(key is None or isinstance(key, str) for key in keys)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise InvalidParameterError("This is no cursor of ours.", parameter="cursor") from None
    if version != _VERSION or found != digest or not known or not keys:
        raise InvalidParameterError(
            "The cursor belongs to another list or another sort.",
            hint="Start again without cursor.",
            parameter="cursor",
        )
    return list(keys)


@lru_cache(maxsize=1_000)
def _digest(collection_id: str, sort: tuple[SortKey, ...]) -> str:
    return blake2b(f"{collection_id}{sort}".encode(), digest_size=6).hexdigest()
