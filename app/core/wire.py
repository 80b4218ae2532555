"""How values cross the wire of data connections, where asyncpg's own way will not do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

_DAY = date(2000, 1, 1)
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


async def set_codecs(connection: asyncpg.Connection) -> None:
    """JSON stays the bytes that Postgres made of it; the last and first of days are just days.

    To asyncpg ``9999-12-31`` means infinity, which is no date that a client could have sent.
    """
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=_same, decoder=_same, format="binary"
    )
    for name, encode, decode in _CODECS:
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=encode, decoder=decode, format="tuple"
        )


def _same(value: bytes) -> bytes:
    return value


def _from_date(value: date) -> tuple[int]:
    return ((value - _DAY).days,)


def _to_date(parts: tuple[int]) -> date:
    try:
        return _DAY + timedelta(days=parts[0])
    except OverflowError:  # infinity, or beyond what Python can say: an adopted table's
        return date.max if parts[0] > 0 else date.min


def _from_datetime(value: datetime) -> tuple[int]:
    return ((value - _MOMENT) // _MICROSECOND,)


def _to_datetime(parts: tuple[int]) -> datetime:
    try:
        return _MOMENT + timedelta(microseconds=parts[0])
    except OverflowError:
        return (
            datetime.max.replace(tzinfo=UTC) if parts[0] > 0 else datetime.min.replace(tzinfo=UTC)
        )


_CODECS: tuple[tuple[str, Callable[[Any], tuple[int]], Callable[[Any], Any]], ...] = (
    ("date", _from_date, _to_date),
    ("timestamptz", _from_datetime, _to_datetime),
)
