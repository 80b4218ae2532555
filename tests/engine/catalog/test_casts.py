"""What is said of a cast is what Postgres does with it, for every pair of types."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product
from typing import Any

import asyncpg
import pytest

from app.core.db import Database
from app.engine.catalog.casts import find_cast
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Field

FIELDS = {
    name: Field("f", "x", name, "x")
    for name in ("text", "int", "float", "decimal", "boolean", "date", "datetime", "json", "uuid")
}
FIELDS["decimal(6,2)"] = Field("f", "x", "decimal", "x", precision=6, scale=2)
FIELDS["decimal(10,4)"] = Field("f", "x", "decimal", "x", precision=10, scale=4)
FIELDS["array(text)"] = Field("f", "x", "array", "x", items="text")
FIELDS["array(int)"] = Field("f", "x", "array", "x", items="int")

_UUID = "01890000-0000-7000-8000-00000000000a"
VALUES: dict[str, list[Any]] = {
    "text": [
        *("", "0", "7", "007", " 7 ", "-1", "+5", "1.5", ".5", "1e3", "1e999", "1e-400", "0x10"),
        *("9223372036854775807", "9223372036854775808", "NaN", "Infinity", "true", "T", "yes"),
        *("off", "maybe", "2024-02-29", "2023-02-29", "2023-04-31", "0000-01-01", "2026-13-01"),
        *("2026-01-31T12:00:00Z", "2026-01-31 12:00", "2026-01-31T24:00:00", "01/02/2026", "now"),
        *(
            "2026-01-31T12:00:00.123456+05:30",
            "2026-01-31T12:00:00+25:00",
            "infinity",
            "a\nb",
            "1_0",
        ),
        *(
            "2026-01-31T12:00:00+1400",
            "12345.678",
            "123456",
            "9999.995",
            _UUID,
            f"{{{_UUID}}}",
            "ü",
        ),
    ],
    "int": [0, 1, -1, 7, 2**53 + 1, 2**63 - 1, -(2**63), 123456],
    "float": [0.0, 1.0, 1.5, -2.5, 0.1 + 0.2, 1e15, 1e19, 1e300, float("nan"), float("inf")],
    "decimal": ["0", "1", "1.5", "-2.49", "12345.678", "1e30", "1e400", "9223372036854775807.6"],
    "decimal(6,2)": ["0", "1.5", "9999.99", "-0.01"],
    "decimal(10,4)": ["0", "1.2345", "123456.7891", "9999.9950"],
    "boolean": [True, False],
    "date": ["2026-01-31", "0001-01-01", "9999-12-31"],
    "datetime": ["2026-01-31T00:00:00Z", "2026-01-31T23:30:00.5Z", "1969-12-31T23:59:59Z"],
    "json": ['"text"', "7", "1.5", "true", "null", '{"a":1}', "[1]", f'"{_UUID}"'],
    "uuid": [_UUID],
    "array(text)": [[], ["a"], ["a", "b"]],
    "array(int)": [[], [7], [7, 8], [0]],
}
FAILED = "failed"
PAIRS = [
    (old, new)
    for old, new in product(FIELDS, FIELDS)
    if find_cast(FIELDS[old], FIELDS[new], "x") is not None
]


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.dsn)
    yield connection
    await connection.close()


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=["-".join(p).replace(" ", "") for p in PAIRS])
async def test_a_cast_fails_and_loses_where_it_says_so(
    connection: asyncpg.Connection, old: str, new: str
) -> None:
    cast = find_cast(FIELDS[old], FIELDS[new], "x")
    assert cast is not None
    type_sql = field_type(FIELDS[old]).ddl_type(FIELDS[old])
    for value in VALUES[old]:
        source = f"(SELECT {_literal(value)}::{type_sql} AS x) t"
        fails = bool(await connection.fetchval(f"SELECT {cast.fails or 'false'} FROM {source}"))
        results = [await _cast(connection, cast.sql, source, zone) for zone in ("UTC", "Japan")]
        if fails:
            continue
        assert results[0] == results[1] != FAILED, (value, results)
        if old != "text":
            await _check_loss(connection, old, new, source, value)


async def _cast(connection: asyncpg.Connection, sql: str, source: str, zone: str) -> str:
    """The cast value, or that it failed, whatever the session is set to."""
    style = "German, DMY" if zone != "UTC" else "ISO, MDY"
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL timezone = '{zone}'")
            await connection.execute(f"SET LOCAL datestyle = '{style}'")
            return repr(await connection.fetchval(f"SELECT {sql} FROM {source}"))
    except asyncpg.DataError:
        return FAILED


async def _check_loss(
    connection: asyncpg.Connection, old: str, new: str, source: str, value: Any
) -> None:
    """What is said to lose nothing comes back the same by the cast in the other direction.

    (Of text only the value counts: ``007`` may come back as ``7``.)
    """
    there = find_cast(FIELDS[old], FIELDS[new], "x")
    assert there is not None
    back = find_cast(FIELDS[new], FIELDS[old], "y")
    if back is None:
        return
    loses = await connection.fetchval(f"SELECT {there.loses or 'false'} FROM {source}")
    if loses:
        return
    moved = f"(SELECT x, {there.sql} AS y FROM {source}) z"
    same = await connection.fetchval(f"SELECT x IS NOT DISTINCT FROM ({back.sql}) FROM {moved}")
    assert same, (value, "lost without being told")


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"ARRAY[{', '.join('NULL' if v is None else _literal(v) for v in value)}]"
    text = str(value).replace("'", "''")
    return f"'{text}'"


def test_every_type_can_stay_what_it_is() -> None:
    for field in FIELDS.values():
        cast = find_cast(field, replace(field, name="y"), "x")
        assert cast is not None
        assert cast.exact
