"""How long tests wait for what must come.

A wait ends with what it waits for, so that a long limit costs nothing where all is well, and a busy
machine fails nothing. Tests tell one way from another by what happened, not by how soon it did: how
fast things are is for the benchmarks.
"""

import asyncio
import ssl
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

PATIENCE_SECONDS = 60.0

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of plain HTTP: each would read the world's certificates anew, for 25 ms of CPU."""


async def until(
    holds: Callable[[], Any], seconds: float = PATIENCE_SECONDS, *, every: float = 0.02
) -> Any:
    """Ask until it holds, which others bring about; the answer. Raises TimeoutError.

    ``holds`` may be a coroutine function.
    """
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(every)
