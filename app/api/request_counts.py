"""Requests by project and minute, counted in memory until somebody takes them.

What is counted by is the name of a project as the URL has it, whatever that is: whether there is
such a project is asked when the counts are stored, once for all of them.
"""

import re
import time
from dataclasses import dataclass
from typing import Final

MOST_KEYS: Final = 5_000
"""Between two takings. Who makes names up crowds out other names that are new, no more."""

_PROJECT: Final = re.compile(r"/api/projects/([A-Za-z0-9-]{1,64})(?:/|\Z)")
"""What could be a slug or an id; nothing else is anybody's."""

_STREAM: Final = "/api/projects/{project}/realtime"


@dataclass(slots=True)
class Counts:
    """``seconds`` of all requests, and of the ``slowest``."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    seconds: float = 0.0
    slowest: float = 0.0


class RequestCounts:
    """What one process has answered since the counts were last taken."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], Counts] = {}

    def observe(self, path: str, route: str, status: int, seconds: float) -> None:
        """Count a request, if it is one of a project."""
        found = _PROJECT.match(path)
        if found is None:
            return
        key = (found[1], int(time.time()) // 60)
        held = self._counts.get(key)
        if held is None:
            if len(self._counts) >= MOST_KEYS:
                return
            held = self._counts[key] = Counts()
        held.requests += 1
        if status >= 500:
            held.server_errors += 1
        elif status >= 400:
            held.client_errors += 1
        if route != _STREAM:  # how long somebody listens is no time of an answer
            held.seconds += seconds
            held.slowest = max(held.slowest, seconds)

    def take(self) -> dict[tuple[str, int], Counts]:
        """The counts by the project's name and the minute since 1970; they begin anew."""
        taken, self._counts = self._counts, {}
        return taken
