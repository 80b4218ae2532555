"""JSON documents of other servers, kept for a while: issuers' metadata and their keys."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache

from app.core.http_client import EgressFailedError, HttpClient

KEPT_SECONDS: Final = 3600.0
REFETCH_SECONDS: Final = 60.0
MOST_DOCUMENTS: Final = 1_000
MOST_BYTES: Final = 256 * 1024
_OK: Final = 200


@dataclass(slots=True)
class _Held:
    document: Any
    fetched_at: float


class Documents:
    """Fetched through the one client; of many who ask at once for the same, one fetches."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._held: LRUCache[str, _Held] = LRUCache(MOST_DOCUMENTS)
        self._fetching: dict[str, asyncio.Lock] = {}

    async def get(self, url: str) -> Any:
        """The document, at most an hour old. Raises what ``HttpClient.request`` raises."""
        return await self._newer_than(url, KEPT_SECONDS)

    async def refetch(self, url: str) -> Any:
        """The document as it is now; but nobody makes us fetch it more than once a minute."""
        return await self._newer_than(url, REFETCH_SECONDS)

    async def _newer_than(self, url: str, seconds: float) -> Any:
        if (document := self._kept(url, seconds)) is not None:
            return document
        lock = self._fetching.setdefault(url, asyncio.Lock())
        try:
            async with lock:
                if (document := self._kept(url, seconds)) is not None:
                    return document
                document = await self._fetch(url)
                self._held[url] = _Held(document, time.monotonic())
                return document
        finally:
            if not lock.locked():
                self._fetching.pop(url, None)

    def _kept(self, url: str, seconds: float) -> Any:
        held = self._held.get(url)
        if held is None or time.monotonic() - held.fetched_at > seconds:
            return None
        return held.document

    async def _fetch(self, url: str) -> Any:
        reply = await self._http.request(
            "GET", url, headers={"Accept": "application/json"}, most_bytes=MOST_BYTES
        )
        document = reply.json() if reply.status == _OK else None
        if not isinstance(document, dict):
            raise EgressFailedError("The other server did not answer with a JSON object.")
        return document
