"""Passwords: argon2id, hashed off the event loop, with bounded memory."""

import asyncio
import unicodedata
from typing import Final

from passlib.hash import argon2

MAX_LENGTH: Final = 1024
MIN_LENGTH: Final = 8
CONCURRENT_HASHES: Final = 4

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = argon2.using(type="ID", memory_cost=19_456, time_cost=2, parallelism=1)


class Passwords:
    """Hashes and checks. At most ``CONCURRENT_HASHES`` run at once, 19 MiB each."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(CONCURRENT_HASHES)
        self._nobodys_hash: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(_hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password fits. ``stored`` None is an unknown account: as slow, and False."""
        known = stored is not None
        if stored is None:
            stored = await self._stand_in()
        async with self._turns:
            return await asyncio.to_thread(_verify, password, stored) and known

    async def _stand_in(self) -> str:
        if self._nobodys_hash is None:
            self._nobodys_hash = await self.hash("no account has this password")
        return self._nobodys_hash


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return bool(_HASHER.needs_update(stored))


def _normalized(password: str) -> str:
    """NFKC, so that one password typed on two keyboards is one password."""
    return unicodedata.normalize("NFKC", password)


def _hash(password: str) -> str:
    return str(_HASHER.hash(_normalized(password)))


def _verify(password: str, stored: str) -> bool:
    return bool(_HASHER.verify(_normalized(password), stored))
