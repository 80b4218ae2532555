"""The ways in which policies may allow a write, tried one after the other."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.core.errors import BackendifyError, InvalidError
from app.engine.query.plan_write import FieldsTogetherError
from app.engine.query.verdicts import PolicyCheckError, RecordNotFoundError

Done = TypeVar("Done")
_REFUSALS = (InvalidError, FieldsTogetherError, PolicyCheckError, RecordNotFoundError)


@dataclass(slots=True)
class Turns:
    """Which of the ways that policies allow a write in is tried: ``number`` of so many ``ways``."""

    number: int = 0
    ways: int = 1

    def pick(self, ways: Sequence[Done]) -> Done:
        self.ways = len(ways)
        return ways[min(self.number, len(ways) - 1)]


async def in_turns(attempt: Callable[[Turns], Awaitable[Done]]) -> Done:
    """Try a write in the ways that policies may allow it, until one succeeds.

    Where none does, the first one's refusal is raised.
    """
    turns = Turns()
    refusal: BackendifyError | None = None
    while refusal is None or turns.number < turns.ways:
        try:
            return await attempt(turns)
        except _REFUSALS as error:
            refusal = refusal or error
            turns.number += 1
    raise refusal
