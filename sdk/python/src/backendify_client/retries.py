"""When a request is sent again, and after how long."""

import random
from dataclasses import dataclass
from typing import Final

import httpx

from backendify_client.errors import retry_after

_BUSY: Final = frozenset({429, 502, 503, 504})
_TWIN: Final = "idempotency_key_in_use"
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Retry:
    """``times`` more attempts, waiting twice as long each time, at most ``longest`` seconds.

    What the server asks for in ``Retry-After`` is waited for; where that is longer than
    ``longest``, the answer stands.
    """

    times: int = 3
    first: float = 0.25
    longest: float = 30.0

    def pause(
        self, outcome: httpx.Response | httpx.RequestError, failures: int, *, repeatable: bool
    ) -> float | None:
        """The seconds before the next attempt; None where ``outcome`` stands.

        ``failures`` counts those before. Only what was not carried out, or has its effect once
        however often it is sent (``repeatable``), is sent again.
        """
        if failures >= self.times or not _may_repeat(outcome, repeatable):
            return None
        asked = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if asked is None:
            return self.backoff(failures)
        return None if asked > self.longest else asked

    def backoff(self, failures: int) -> float:
        """Between half and all of what is due, so that clients do not come back all at once."""
        due: float = min(self.first * 2 ** min(failures, 20), self.longest)
        return due * random.uniform(0.5, 1)  # noqa: S311 - nothing secret


def _may_repeat(outcome: httpx.Response | httpx.RequestError, repeatable: bool) -> bool:
    if isinstance(outcome, httpx.RequestError):
        return repeatable or isinstance(outcome, _NEVER_SENT)
    if outcome.status_code == 409:
        return repeatable and ("retry-after" in outcome.headers or _TWIN in outcome.text)
    if outcome.status_code == 429:
        return True
    return repeatable and outcome.status_code in _BUSY
