"""How long a request begins again while the schema changes under it.

Each try meets another schema version, so that somebody else's change succeeded meanwhile. A client
that waits some seconds is served better than one that is told to try again, which it would.
"""

import asyncio
import time
from typing import Final

from app.engine.query.execute import SchemaChangingError

PATIENCE_SECONDS: Final = 10.0
LEAST_RESTARTS: Final = 8
"""For work whose one try takes longer than the patience."""
_LONGEST_PAUSE_SECONDS: Final = 0.2


class Patience:
    """One request's; it begins with the first restart."""

    __slots__ = ("_ends", "_restarts")

    def __init__(self) -> None:
        self._ends = 0.0
        self._restarts = 0

    async def pause(self) -> None:
        """Wait for the next try, longer each time. Raises SchemaChangingError when it is over."""
        now = time.monotonic()
        if self._restarts == 0:
            self._ends = now + PATIENCE_SECONDS
        elif self._restarts >= LEAST_RESTARTS and now > self._ends:
            raise SchemaChangingError("The schema is being changed; try again.")
        await asyncio.sleep(min(0.01 * self._restarts, _LONGEST_PAUSE_SECONDS))
        self._restarts += 1
