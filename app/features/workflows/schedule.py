"""When schedules fire: cron in a time zone, to the minute, answered in UTC.

At a change of the clocks it is as in Debian's cron: what is set for a time that a night in spring
leaves out runs as soon as the clocks have jumped, what is set for a time that a night in autumn
has twice runs once; what runs every so many minutes or every hour goes on by elapsed time.
"""

import difflib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import dropwhile, islice, takewhile
from typing import Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from app.core.clock import utc_now
from app.core.errors import InvalidError, Violation

Missed = Literal["skip", "once", "all"]

MOST_MADE_UP: Final = 100
LATE_AFTER: Final = timedelta(minutes=1)
"""A fire that is noticed later than this was missed."""

_LONGEST: Final = 200
_FIELDS: Final = 5
_LONGEST_SHIFT: Final = timedelta(hours=3)
"""More than any zone's clocks are turned back at once."""

_ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}


class ScheduleInvalidError(InvalidError):
    """A schedule's cron expression or time zone cannot be read, or no day ever meets it."""

    code = "workflow_schedule_invalid"


def check_schedule(cron: str, timezone: str) -> None:
    """Raises ScheduleInvalidError with what is wrong of both."""
    faults = [fault for fault in (_cron_fault(cron), _zone_fault(timezone)) if fault]
    if faults:
        raise ScheduleInvalidError("The schedule cannot stand.", errors=faults)


def next_fire(cron: str, timezone: str, after: datetime) -> datetime | None:
    """The first moment behind ``after``, in UTC; None where there is none in 50 years."""
    start = after.astimezone(ZoneInfo(timezone))
    fires = (fire.astimezone(UTC) for fire in CronSim(_fields(cron), start))
    return next(dropwhile(lambda fire: fire <= after, fires), None)


def due_fires(
    cron: str, timezone: str, since: datetime, until: datetime, missed: Missed
) -> list[datetime]:
    """What is to be run of the moments in ``(since, until]``, oldest first, in UTC.

    ``skip``: only one that is not late; ``once``: the newest, for all; ``all``: each, the newest
    hundred at most.
    """
    most = MOST_MADE_UP if missed == "all" else 1
    earliest = max(since, until - LATE_AFTER) if missed == "skip" else since
    newest_first = takewhile(lambda fire: fire > earliest, _backwards(cron, timezone, until))
    return list(islice(newest_first, most))[::-1]


def _backwards(cron: str, timezone: str, until: datetime) -> Iterator[datetime]:
    """Begins later than ``until``: a local time that comes twice stands for the earlier moment."""
    start = (until + _LONGEST_SHIFT).astimezone(ZoneInfo(timezone))
    fires = CronSim(_fields(cron), start, reverse=True)
    return dropwhile(lambda fire: fire > until, (fire.astimezone(UTC) for fire in fires))


def _fields(cron: str) -> str:
    return _ALIASES.get(cron.strip().lower(), cron)


def _cron_fault(cron: str) -> Violation | None:
    fields = _fields(cron)
    hint = "minute hour day-of-month month day-of-week, as in 30 2 * * MON-FRI; or @daily."
    if len(fields) > _LONGEST or len(fields.split()) != _FIELDS:
        known = ", ".join(_ALIASES)
        message = f"A schedule has five fields, or is one of {known}."
        return Violation("/trigger/cron", "cron_invalid", message, hint)
    try:
        fires = next(CronSim(fields, utc_now()), None)
    except (CronSimError, ValueError, AssertionError) as error:
        return Violation("/trigger/cron", "cron_invalid", f"{error or 'Bad field'}.", hint)
    if fires is None:
        return Violation("/trigger/cron", "cron_never_fires", "There is no such day.", None)
    return None


def _zone_fault(timezone: str) -> Violation | None:
    if timezone in _zones():
        return None
    near = difflib.get_close_matches(timezone[:60], sorted(_zones()), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "An IANA name, such as Europe/Berlin or UTC."
    message = f"There is no time zone {timezone[:60]!r}."
    return Violation("/trigger/timezone", "timezone_unknown", message, hint)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
