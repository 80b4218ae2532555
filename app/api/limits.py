"""What a request may be, before anybody reads it: its URL, the size of its body, and the time
the body takes to arrive."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.types import Message, Receive, Scope

from app.core.errors import BackendifyError, BadRequestError, TooLargeError

# Imports stream their body and count rows instead of bytes.
_OWN_LIMIT: Final = re.compile(r"/api/projects/[^/]+/data/[^/]+/import")


class UrlTooLongError(BackendifyError):
    """The path and the query string together are longer than 16 KB."""

    code, status, title = "request_url_too_long", 414, "URL too long"


class UrlEncodingError(BadRequestError):
    """The URL is not valid UTF-8, or holds the NUL character."""

    code = "request_url_encoding"


class BodyTimeoutError(BackendifyError):
    """The rest of the body did not arrive in time; the connection is closed."""

    code, status, title = "request_timeout", 408, "Request timeout"

    def __init__(self) -> None:
        super().__init__("The body did not arrive in time.", headers={"Connection": "close"})


def refuse_bad_url(scope: Scope, most_bytes: int) -> None:
    """Refuse a URL that is too long, is not UTF-8, or holds NUL."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    if len(path) + len(query) > most_bytes:
        raise UrlTooLongError(f"The URL is longer than {most_bytes} bytes.")
    if b"%" in path or b"%" in query or not (path.isascii() and query.isascii()):
        _refuse_bad_bytes(unquote_to_bytes(path) + unquote_to_bytes(query))


def limited_receive(
    receive: Receive, scope: Scope, headers: Mapping[bytes, bytes], most_bytes: int
) -> Receive:
    """``receive``, ending in TooLargeError when the body is more than ``most_bytes``.

    A stated length is refused at once, and the HTTP parser holds the client to it; only a body of
    unknown length is counted.
    """
    if _OWN_LIMIT.fullmatch(scope["path"]):
        return receive
    stated = headers.get(b"content-length")
    if stated is not None and stated.isdigit():
        if int(stated) > most_bytes:
            raise _too_large(most_bytes)
        return receive
    return _counting(receive, most_bytes) if b"transfer-encoding" in headers else receive


def timed_receive(receive: Receive, headers: Mapping[bytes, bytes], seconds: float) -> Receive:
    """``receive``, ending in BodyTimeoutError when the body pauses for ``seconds``.

    Behind the body's end it waits as long as it likes: for the client to go away.
    """
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return receive
    is_complete = False

    async def timed() -> Message:
        nonlocal is_complete
        if is_complete:
            return await receive()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError:
            raise BodyTimeoutError from None
        is_complete = not message.get("more_body", False)
        return message

    return timed


def _counting(receive: Receive, most_bytes: int) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most_bytes:
            raise _too_large(most_bytes)
        return message

    return counted


def _refuse_bad_bytes(decoded: bytes) -> None:
    if b"\0" in decoded:
        raise UrlEncodingError("The URL holds the NUL character.")
    try:
        decoded.decode()
    except UnicodeDecodeError:
        raise UrlEncodingError("The URL is not valid UTF-8.") from None


def _too_large(most_bytes: int) -> TooLargeError:
    return TooLargeError(f"The body is larger than {most_bytes} bytes.")
