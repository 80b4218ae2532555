"""The Prefer header (RFC 7240), and what of it was applied."""

from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.errors import BadRequestError
from app.engine.query.read_shape import COUNTS, Count


class PreferenceError(BadRequestError):
    code = "request_invalid_preference"


@dataclass(frozen=True, slots=True)
class Preferences:
    """``applied`` is the value of Preference-Applied; unknown preferences are ignored unless
    ``handling=strict``, as the RFC has it."""

    minimal: bool = False
    count: Count | None = None
    max_affected: int | None = None
    dry_run: bool = False
    explain: bool = False
    text_numbers: bool = False
    applied: str = ""

    def unexplained(self) -> "Preferences":
        """The same without ``explain``, for whom it is ignored."""
        kept = [each for each in self.applied.split(", ") if each.partition("=")[0] != "explain"]
        return replace(self, explain=False, applied=", ".join(kept))


NO_PREFERENCES = Preferences()


@lru_cache(maxsize=1_000)
def parse_preferences(header: str) -> Preferences:
    """``return=minimal, count=exact``. Raises PreferenceError for a bad value of a known one."""
    if not header:
        return NO_PREFERENCES
    given = [_pair(part) for part in header.split(",") if part.strip()]
    strict = ("handling", "strict") in given
    known = {name: value for name, value in given if name in _KNOWN}
    unknown = [name for name, _ in given if name not in _KNOWN]
    if strict and unknown:
        raise PreferenceError(f"There is no preference {unknown[0][:40]!r}.")
    return Preferences(
        minimal=_choice(known, "return", ("minimal", "representation")) == "minimal",
        count=_count(known),
        max_affected=_number(known),
        dry_run=_choice(known, "tx", ("rollback", "commit")) == "rollback",
        explain="explain" in known,
        text_numbers=_choice(known, "numbers", ("string",)) == "string",
        applied=", ".join(f"{n}={v}" if v else n for n, v in known.items()),
    )


_KNOWN = frozenset({"return", "count", "max-affected", "tx", "explain", "numbers", "handling"})


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition(";")[0].partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _choice(known: dict[str, str], name: str, values: tuple[str, ...]) -> str | None:
    value = known.get(name)
    if value is not None and value not in values:
        raise PreferenceError(f"The preference {name} takes {' or '.join(values)}.")
    return value


def _count(known: dict[str, str]) -> Count | None:
    for count in COUNTS:
        if known.get("count") == count:
            return count
    if "count" in known:
        raise PreferenceError(f"The preference count takes {', '.join(COUNTS)}.")
    return None


def _number(known: dict[str, str]) -> int | None:
    text = known.get("max-affected")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise PreferenceError("The preference max-affected takes a whole number.")
    return int(text)
