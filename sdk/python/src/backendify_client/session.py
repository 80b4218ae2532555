"""Who is signed in: the tokens, and where they are kept."""

import base64
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, Self

_EARLY_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens; ``expires_at`` is the access token's end in seconds since 1970."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Self:
        """Those of a sign-in's answer, from now on. Raises ValueError and its like for others."""
        ends = time.time() + answer["expires_in"]
        return cls.kept({**answer, "expires_at": ends})

    @classmethod
    def kept(cls, values: dict[str, Any]) -> Self:
        """Those that somebody kept. Raises ValueError and its like for what are none."""
        access, refresh = values["access_token"], values["refresh_token"]
        if not all(isinstance(each, str) and each.isascii() for each in (access, refresh)):
            raise ValueError("These are no tokens.")
        return cls(access, refresh, float(values["expires_at"]))

    @property
    def user(self) -> str | None:
        """Whose they are, as they say themselves; None where they do not."""
        with suppress(LookupError, RecursionError, TypeError, ValueError):
            stated = self.access_token.split(".")[1]
            return str(json.loads(base64.urlsafe_b64decode(stated + "=="))["sub"])
        return None

    def is_of_user_of(self, other: "Tokens") -> bool:
        """Whether both are certainly one user's."""
        if self.refresh_token == other.refresh_token:
            return True
        return self.user is not None and self.user == other.user

    def may_be_of_user_of(self, other: "Tokens") -> bool:
        """Whether nothing says that they are two users'."""
        return self.user is None or other.user is None or self.user == other.user

    @property
    def are_stale(self) -> bool:
        """Whether a request that is sent now might come too late."""
        return time.time() > self.expires_at - _EARLY_SECONDS


class Storage(Protocol):
    """Where tokens are kept: write your own for a keyring or a database."""

    def load(self) -> Tokens | None: ...

    def save(self, tokens: Tokens | None) -> None:
        """Keep the tokens; None forgets them."""


class MemoryStorage:
    """Kept as long as the client is."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens

    def load(self) -> Tokens | None:
        return self._tokens

    def save(self, tokens: Tokens | None) -> None:
        self._tokens = tokens


class FileStorage:
    """Kept in a file that its user alone may read; several processes may share it."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def load(self) -> Tokens | None:
        with suppress(FileNotFoundError, LookupError, RecursionError, TypeError, ValueError):
            return Tokens.kept(json.loads(self._path.read_text(encoding="utf-8")))
        return None

    def save(self, tokens: Tokens | None) -> None:
        if tokens is None:
            self._path.unlink(missing_ok=True)
            return
        # Made by nobody else (O_EXCL), no link (O_NOFOLLOW), and its user's alone (0600).
        descriptor, beside = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(tokens), file)
            os.replace(beside, self._path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
