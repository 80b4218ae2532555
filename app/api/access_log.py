"""The access log: one line a request, written in batches.

A line through the general log pipeline would cost more than serving the request. What stands here
is known not to hold secrets (no query string, no header, no secret of a path).
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted
from typing import Final

FLUSH_SECONDS: Final = 0.2


class AccessLog:
    """Collects lines; ``enabled`` off, it is silent."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""

    def add(
        self, method: str, path: str, route: str, status: int, seconds: float, request_id: str
    ) -> None:
        """One request, answered."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(
            f'{{"event":"request","method":{_quoted(method)},"path":{_quoted(path)},'
            f'"route":"{route}","status":{status},"ms":{seconds * 1000:.2f},'
            f'"request_id":"{request_id}","logger":"backendify.access","level":"info",'
            f'"timestamp":"{self._now()}"}}\n'
        )

    def _now(self) -> str:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._stamp}.{int((now - second) * 1000):03d}Z"

    def flush(self) -> None:
        """Write what has been collected."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            os.write(sys.stderr.fileno(), "".join(lines).encode())
        except (OSError, ValueError):  # nobody reads: a request must not fail for its log line
            return
