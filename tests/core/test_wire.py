"""Dates and times reach Postgres and come back as they are, the extreme ones too."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from app.core.db import Database

WEST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("cast", "value", "stored"),
    [
        ("date", date.max, "9999-12-31"),
        ("date", date.min, "0001-01-01"),
        ("date", date(1999, 12, 31), "1999-12-31"),
        ("timestamptz", datetime.max.replace(tzinfo=UTC), "9999-12-31 23:59:59.999999+00"),
        ("timestamptz", datetime.min.replace(tzinfo=UTC), "0001-01-01 00:00:00+00"),
        ("timestamptz", datetime(1, 1, 1, 1, tzinfo=WEST), "0001-01-01 06:00:00+00"),
        ("timestamptz", datetime(1970, 1, 1, 0, 0, 0, 1, UTC), "1970-01-01 00:00:00.000001+00"),
    ],
)
async def test_a_moment_is_stored_as_what_it_is(
    database: Database, cast: str, value: Any, stored: str
) -> None:
    row = await database.data.fetchrow(f"SELECT $1::{cast}::text, $1::{cast}", value)
    listed = await database.data.fetchrow(f"SELECT ($1::{cast}[])[1]::text, $1::{cast}[]", [value])

    assert tuple(row) == (stored, value)
    assert tuple(listed) == (stored, [value])


async def test_a_moment_beyond_what_python_can_say_is_the_nearest(database: Database) -> None:
    said = "SELECT 'infinity'::date, '-infinity'::date, 'infinity'::timestamptz, '20000-1-1'::date"
    row = await database.data.fetchrow(said)

    assert tuple(row) == (date.max, date.min, datetime.max.replace(tzinfo=UTC), date.max)
