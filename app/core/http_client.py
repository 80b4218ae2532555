"""The one client for requests to elsewhere: OAuth issuers, webhooks, workflows, imports.

It goes to public addresses only (``app/core/egress.py``), follows redirects only where asked and
checks every hop, keeps no cookies, reads no proxy from the environment, and takes neither longer
nor more than it was told.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final, Literal, cast

import httpcore
import httpx

from app.core.egress import EgressRefusedError, GuardedNetwork, Resolve, is_public
from app.core.errors import BackendifyError
from app.core.json_text import JsonSyntaxError, parse_json

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
MOST_BYTES: Final = 1024 * 1024
MOST_REDIRECTS: Final = 3
MOST_CONNECTIONS: Final = 1_000
LONGEST_URL: Final = 8_192
_PORTS: Final = 65_536
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class EgressFailedError(BackendifyError):
    """Another server could not be reached, or did not answer as it should."""

    code, status, title = "egress_failed", 502, "Outbound request failed"


class InvalidUrlError(BackendifyError):
    """A URL that no request can be sent to: not http(s), without a host, or with a user name."""

    code, status, title = "egress_url_invalid", 422, "Invalid URL"

    def __init__(self) -> None:
        super().__init__("The URL must be http:// or https://, with a host and no user name.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other server answered, read whole. ``cut``: there was more than was read."""

    status: int
    headers: httpx.Headers
    content: bytes
    url: str
    cut: bool = False

    def json(self) -> Any:
        """Raises EgressFailedError."""
        try:
            return parse_json(self.content)
        except JsonSyntaxError:
            raise EgressFailedError("The other server did not answer with JSON.") from None


def _is_private(host: str) -> bool:
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        return False  # a name


def check_url(url: str) -> httpx.URL:
    """Raises InvalidUrlError. Where it leads is checked when it is connected to."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise InvalidUrlError from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise InvalidUrlError
    is_name = _HOST.fullmatch(parsed.raw_host.decode("ascii")) is not None
    is_port = parsed.port is None or 0 < parsed.port < _PORTS
    if len(url) > LONGEST_URL or "\\" in url or not is_name or not is_port:
        raise InvalidUrlError
    return parsed


class HttpClient:
    """Open one per process. ``allowed`` are the entries of EGRESS_ALLOW."""

    def __init__(self, allowed: Iterable[str] = (), resolve: Resolve | None = None) -> None:
        self._network = GuardedNetwork(allowed, resolve)

    def allows(self, url: str) -> bool:
        """Whether the operator vouches for this host and port, so that it may do without TLS."""
        parsed = check_url(url)
        default = 443 if parsed.scheme == "https" else 80
        return self._network.allows(parsed.host, parsed.port or default)

    def check_address(self, url: str) -> None:
        """Refuse what can be told from the URL alone; names are looked up when it is asked.

        Raises InvalidUrlError, EgressRefusedError.
        """
        host = check_url(url).host
        if _is_private(host) and not self.allows(url):
            raise EgressRefusedError

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        seconds: float = TOTAL_SECONDS,
        most_bytes: int = MOST_BYTES,
        excess: Literal["fail", "cut"] = "fail",
        redirects: int = 0,
    ) -> Reply:
        """Send one request and read the answer, whatever its status.

        Raises EgressRefusedError, EgressFailedError, InvalidUrlError.
        """
        request = _request(method, check_url(url), headers, content)
        try:
            async with asyncio.timeout(seconds):
                for _ in range(min(redirects, MOST_REDIRECTS)):
                    reply = await self._send(request, most_bytes, excess)
                    hop = _next_hop(request, reply)
                    if hop is None:
                        return reply
                    request = hop
                return await self._send(request, most_bytes, excess)
        except TimeoutError:
            raise EgressFailedError("The other server took too long to answer.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            told = type(error).__name__
            raise EgressFailedError(f"The other server cannot be talked to: {told}.") from error

    async def close(self) -> None:
        if "_pool" in self.__dict__:
            await self._pool.aclose()

    async def _send(
        self, request: httpx.Request, most_bytes: int, excess: Literal["fail", "cut"]
    ) -> Reply:
        answer = await self._pool.handle_async_request(_as_core(request))
        try:
            body = cast(AsyncIterable[bytes], answer.stream)
            raw, cut = await _read(aiter(body), most_bytes)
        finally:
            await answer.aclose()
        headers = httpx.Headers(answer.headers)
        content, cut_more = _decoded(raw, headers, most_bytes)
        cut = cut or cut_more
        if cut and excess == "fail":
            raise EgressFailedError("The other server answered more than can be read.")
        return Reply(answer.status, headers, content, str(request.url), cut)

    @cached_property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        # Made at the first use: loading the certificates takes a while.
        return httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=MOST_CONNECTIONS,  # servers that hang must not use them all up
            max_keepalive_connections=50,
            keepalive_expiry=5.0,
            network_backend=self._network,
        )


def _request(
    method: str, url: httpx.URL, headers: Mapping[str, str] | None, content: bytes | None
) -> httpx.Request:
    try:
        return httpx.Request(
            method,
            url,
            headers={"Accept-Encoding": "identity", "User-Agent": "Backendify", **(headers or {})},
            content=content,
        )
    except (ValueError, UnicodeError):
        raise EgressFailedError("The request cannot be sent: a header is not valid.") from None


def _as_core(request: httpx.Request) -> httpcore.Request:
    phases = dict.fromkeys(("connect", "pool"), CONNECT_SECONDS)
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions={"timeout": phases},
    )


def _next_hop(request: httpx.Request, reply: Reply) -> httpx.Request | None:
    """The request a redirect asks for. Only reading follows, never from https to http, and no
    header is taken along: each may hold a secret.

    Raises EgressFailedError, InvalidUrlError.
    """
    location = reply.headers.get("location")
    if reply.status not in _REDIRECTS or location is None or request.method not in ("GET", "HEAD"):
        return None
    try:
        url = check_url(str(request.url.join(location)))
    except httpx.InvalidURL:
        raise InvalidUrlError from None
    if request.url.scheme == "https" and url.scheme != "https":
        raise EgressFailedError("The other server redirects to an address without encryption.")
    return _request(request.method, url, None, None)


async def _read(chunks: AsyncIterator[bytes], most: int) -> tuple[bytes, bool]:
    read = bytearray()
    async for chunk in chunks:
        read += chunk
        if len(read) > most:
            return bytes(read[:most]), True
    return bytes(read), False


def _decoded(raw: bytes, headers: httpx.Headers, most: int) -> tuple[bytes, bool]:
    """The content of a server that compresses though it was not asked to."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return raw, False
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise EgressFailedError("The other server answered in an encoding nobody asked for.")
    try:
        unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
        content = unpacking.decompress(raw, most)
    except zlib.error:
        raise EgressFailedError("The other server's answer cannot be unpacked.") from None
    return content, bool(unpacking.unconsumed_tail)
