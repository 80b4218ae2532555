"""Schedules: cron in a time zone, through both changes of the clocks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from app.features.workflows.schedule import (
    ScheduleInvalidError,
    check_schedule,
    due_fires,
    next_fire,
)

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(cron: str, zone: str, after: str, count: int) -> list[str]:
    found = []
    moment: datetime | None = at(after)
    for _ in range(count):
        assert moment is not None
        moment = next_fire(cron, zone, moment)
        found.append("" if moment is None else moment.strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("30 2 * * *", "UTC", "2026-01-01 02:30", ["2026-01-02 02:30"]),
        ("30 2 * * *", BERLIN, "2026-01-01 00:00", ["2026-01-01 01:30"]),
        ("*/20 9 * * 1-5", "UTC", "2026-11-20 09:30", ["2026-11-20 09:40", "2026-11-23 09:00"]),
        ("@hourly", "Asia/Kolkata", "2026-01-01 00:00", ["2026-01-01 00:30"]),
        ("@daily", BERLIN, "2026-07-01 00:00", ["2026-07-01 22:00"]),
        ("@weekly", "UTC", "2026-11-20 00:00", ["2026-11-22 00:00"]),
        ("@monthly", "UTC", "2026-11-20 00:00", ["2026-12-01 00:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01 00:00", ["2028-02-29 00:00"]),
        ("0 12 L * *", "UTC", "2026-02-01 00:00", ["2026-02-28 12:00"]),
    ],
)  # fmt: skip
def test_schedules_fire_in_their_zone(
    cron: str, zone: str, after: str, expected: list[str]
) -> None:
    check_schedule(cron, zone)

    assert fires(cron, zone, after, len(expected)) == expected


def test_a_time_that_spring_leaves_out_fires_when_the_clocks_have_jumped() -> None:
    assert fires("30 2 * * *", BERLIN, "2026-03-28 00:00", 3) == [
        "2026-03-28 01:30",
        "2026-03-29 01:00",
        "2026-03-30 00:30",
    ]


def test_a_time_that_autumn_has_twice_fires_once() -> None:
    assert fires("30 2 * * *", BERLIN, "2026-10-24 00:00", 3) == [
        "2026-10-24 00:30",
        "2026-10-25 00:30",
        "2026-10-26 01:30",
    ]


def test_asked_within_the_second_of_both_hours_it_does_not_fire_again() -> None:
    assert fires("30 2 * * *", BERLIN, "2026-10-25 01:15", 1) == ["2026-10-26 01:30"]


def test_what_runs_every_so_often_follows_elapsed_time() -> None:
    moments = fires("*/30 * * * *", BERLIN, "2026-10-24 23:59", 6)

    assert moments == [f"2026-10-25 0{n // 2}:{'30' if n % 2 else '00'}" for n in range(6)]


@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "0,30 2,3 * * *", "*/7 * * * *", "0 * * * *", "15 1-4 * * SUN"]
)
@pytest.mark.parametrize(
    "zone", [BERLIN, "Australia/Lord_Howe", "America/St_Johns", "UTC", "Antarctica/Troll"]
)
@pytest.mark.parametrize("since", ["2026-03-27 00:00", "2026-10-23 00:00", "2026-04-03 00:00"])
def test_what_is_due_is_what_would_have_fired(cron: str, zone: str, since: str) -> None:
    start = at(since)
    until = start + timedelta(hours=60)
    expected: list[datetime] = []
    moment = next_fire(cron, zone, start)
    while moment is not None and moment <= until:
        expected.append(moment)
        moment = next_fire(cron, zone, moment)

    assert due_fires(cron, zone, start, until, "all") == expected[-100:]
    assert due_fires(cron, zone, start, until, "once") == expected[-1:]
    assert all(one < other for one, other in pairwise(expected))


def test_what_was_missed_runs_as_the_workflow_says() -> None:
    since, until = at("2026-11-20 08:00"), at("2026-11-20 11:00:30")

    assert due_fires("0 * * * *", "UTC", since, until, "all") == [
        at("2026-11-20 09:00"), at("2026-11-20 10:00"), at("2026-11-20 11:00")
    ]  # fmt: skip
    assert due_fires("0 * * * *", "UTC", since, until, "once") == [at("2026-11-20 11:00")]
    assert due_fires("0 * * * *", "UTC", since, until, "skip") == [at("2026-11-20 11:00")]
    assert due_fires("10 * * * *", "UTC", since, until, "skip") == []
    assert due_fires("10 * * * *", "UTC", since, until, "once") == [at("2026-11-20 10:10")]


def test_the_moment_that_was_looked_at_is_not_due_again() -> None:
    on_the_hour = at("2026-11-20 09:00")

    for missed in ("skip", "once", "all"):
        first = due_fires("0 * * * *", "UTC", at("2026-11-20 08:59"), on_the_hour, missed)
        assert first == [on_the_hour]
        later = on_the_hour + timedelta(seconds=5)
        assert due_fires("0 * * * *", "UTC", on_the_hour, later, missed) == []


def test_of_a_year_of_minutes_the_newest_hundred_are_made_up_at_once() -> None:
    until = at("2026-11-20 11:00")

    made_up = due_fires("* * * * *", "UTC", at("2020-01-01 00:00"), until, "all")

    assert len(made_up) == 100
    assert made_up[-1] == until


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "@often",
     "a b c d e", "*/0 * * * *", "5-1 * * * *", "0 0 30 2 *", "9" * 5000 + " * * * *",
     "² * * * *", "* * * * MON#6", "\x00 * * * *", "0 0 31 2 MON#5x"],
)  # fmt: skip
def test_a_cron_expression_that_cannot_be_read_is_refused(cron: str) -> None:
    with pytest.raises(ScheduleInvalidError) as caught:
        check_schedule(cron, "UTC")

    assert [each.pointer for each in caught.value.errors] == ["/trigger/cron"]


@pytest.mark.parametrize("zone", ["", "Europe/Berln", "../../etc/passwd", "utc ", "x" * 9999])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ScheduleInvalidError) as caught:
        check_schedule("* * * * *", zone)

    assert [each.pointer for each in caught.value.errors] == ["/trigger/timezone"]


def test_both_faults_are_told_at_once_and_the_nearest_zone_is_named() -> None:
    with pytest.raises(ScheduleInvalidError) as caught:
        check_schedule("nonsense", "Europe/Berln")

    faults: dict[str, Any] = {each.pointer: each.hint for each in caught.value.errors}
    assert set(faults) == {"/trigger/cron", "/trigger/timezone"}
    assert "Europe/Berlin" in faults["/trigger/timezone"]
