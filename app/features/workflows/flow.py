"""The steps that decide where a run goes on, and when: the runner's own."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from app.api.schemas import RequestBody
from app.core.clock import utc_now

LONGEST_WAIT: Final = timedelta(days=366)
MOST_ITEMS: Final = 1_000


class ConditionParams(RequestBody):
    """``where`` is asked of all that templates can name: ``record.total__gte``."""

    where: dict[str, Any]


class SwitchParams(RequestBody):
    """``value`` as text chooses among the step's ``cases``."""

    value: Any


class DelayParams(RequestBody):
    """The sum of what is given, at most 366 days."""

    seconds: Annotated[float, Field(ge=0)] = 0
    minutes: Annotated[float, Field(ge=0)] = 0
    hours: Annotated[float, Field(ge=0)] = 0
    days: Annotated[float, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _is_bearable(self) -> Self:
        parts = (self.seconds, self.minutes * 60, self.hours * 3_600, self.days * 86_400)
        if sum(parts) > LONGEST_WAIT.total_seconds():
            raise ValueError("A delay is at most 366 days.")
        return self

    def until(self) -> datetime:
        return utc_now() + timedelta(
            seconds=self.seconds, minutes=self.minutes, hours=self.hours, days=self.days
        )


class WaitUntilParams(RequestBody):
    """A time with its offset; one that has passed waits for nothing."""

    at: AwareDatetime

    def until(self) -> datetime:
        """Raises ValueError."""
        if self.at > utc_now() + LONGEST_WAIT:
            raise ValueError("A run waits at most 366 days.")
        return self.at


class ForEachParams(RequestBody):
    """``items``: a list, as a rule from a template."""

    items: Annotated[list[Any], Field(max_length=MOST_ITEMS)]


FLOW: Final[dict[str, tuple[type[BaseModel], str]]] = {
    "condition": (ConditionParams, "Goes on at `then` where the condition holds, else at `else`."),
    "switch": (SwitchParams, "Goes on at the step that `cases` has for the value, else at `else`."),
    "delay": (DelayParams, "Waits for a time."),
    "wait_until": (WaitUntilParams, "Waits until a time."),
    "for_each": (ForEachParams, "Does its `steps` for each item of a list, one after another."),
}
"""The parameters of each, and what it does."""
