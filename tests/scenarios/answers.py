"""Comparing answers: what a client could tell two of them apart by."""

from collections.abc import Sequence
from typing import Any

import httpx

VARYING = ("x-request-id", "server-timing", "date")


def tellable(answer: httpx.Response, *names: str) -> tuple[Any, ...]:
    """Status, headers and body; ``names`` are what the requests differ in and may be repeated."""
    text = answer.text.replace(answer.headers["x-request-id"], "?")
    for name in names:
        text = text.replace(name, "?")
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in VARYING)
    kept = [(k, v) for k, v in headers if k != "content-length"]
    return answer.status_code, kept, text


def assert_alike(answers: Sequence[httpx.Response], *names: str) -> None:
    """All answers are the first one's."""
    first, *others = answers
    told = f"{first.request.method} {first.request.url}"
    for other in others:
        assert tellable(first, *names) == tellable(other, *names), told
