"""Languages of mails: how a locale is written, and what stands in for one that is missing."""

import re
from collections.abc import Iterator
from typing import Final

FALLBACK: Final = "en"
_LOCALE: Final = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}|[a-z]{2}|\d{3}))?", re.IGNORECASE)


def canonical_locale(text: str) -> str:
    """``de-AT`` from ``de_at``. Raises ValueError."""
    match = _LOCALE.fullmatch(text)
    if match is None:
        raise ValueError("A locale is a language and maybe a region: de, de-AT")
    language, region = match.groups()
    if region is None:
        return language.lower()
    return f"{language.lower()}-{region.title() if len(region) == 4 else region.upper()}"


def locales_to_try(locale: str | None) -> Iterator[str]:
    """The exact locale, its language, English; what is no locale counts as none."""
    try:
        exact = canonical_locale(locale or FALLBACK)
    except ValueError:
        exact = FALLBACK
    yield from dict.fromkeys((exact, exact.partition("-")[0], FALLBACK))
