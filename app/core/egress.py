"""Where outbound requests may go: public addresses, and what the operator allows by name.

The decision is made on the very address that is connected to, at the moment of connecting, so that
neither a spelling, nor a redirect, nor a name server that changes its mind gets around it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from weakref import WeakValueDictionary

import httpcore

from app.core.errors import BackendifyError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""``resolve(host, port)``: the addresses of a name. Raises OSError."""

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOOKUPS_AT_ONCE: Final = 64
_LOOKUPS_OF_A_DOMAIN: Final = 8


class EgressRefusedError(BackendifyError):
    """An outbound request would go to an address that is not public."""

    code, status, title = "egress_refused", 422, "Address refused"

    def __init__(self) -> None:
        super().__init__(
            "The address is not public.",
            hint="The operator can allow it: EGRESS_ALLOW=host:port",
        )


def is_public(address: str) -> bool:
    """Whether an IP address, in any of the forms that carry an IPv4 address, is on the internet."""
    try:
        plain = _unwrapped(ip_address(address))
    except ValueError:
        return False
    if plain.is_multicast or plain.is_reserved or not plain.is_global:
        return False
    return isinstance(plain, IPv4Address) or plain in _GLOBAL_UNICAST


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that a mapped, translated or tunnelled one leads to."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or address


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses, and to ``allowed`` (``host:port``) whatever they are.

    TLS and the Host header keep the name: only the address is chosen here.
    """

    def __init__(self, allowed: Iterable[str], resolve: Resolve | None = None) -> None:
        self._allowed = frozenset(entry.lower() for entry in allowed)
        self._resolve = resolve or _Resolver()
        self._inner = httpcore.AnyIOBackend()

    def allows(self, host: str, port: int) -> bool:
        """Whether the operator allows this very name and port."""
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}".lower() in self._allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises EgressRefusedError, and what httpcore raises."""
        failure: Exception = EgressRefusedError()
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise EgressRefusedError

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The name cannot be resolved.") from error
        if self.allows(host, port):
            return list(found)
        return [address for address in found if is_public(address)]


class _Resolver:
    """The system's resolver, in threads of its own: lookups that hang hold up nothing else.

    A lookup goes on in its thread when nobody waits for it any more. So that slow name servers do
    not take every thread, a name is looked up once at a time, and a domain has so many and no more.
    """

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: dict[tuple[str, int], asyncio.Future[Any]] = {}
        self._rooms: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, host: str, port: int) -> list[str]:
        lookup = self._under_way.get((host, port)) or await self._begin(host, port)
        found = await asyncio.shield(lookup)
        return [str(entry[4][0]) for entry in dict.fromkeys(found)]

    async def _begin(self, host: str, port: int) -> "asyncio.Future[Any]":
        domain = ".".join(host.lower().rstrip(".").split(".")[-2:])
        room = self._rooms.setdefault(domain, asyncio.Semaphore(_LOOKUPS_OF_A_DOMAIN))
        await room.acquire()
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="dns")
        lookup = asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )

        def end(done: "asyncio.Future[Any]") -> None:
            room.release()
            if self._under_way.get((host, port)) is done:
                del self._under_way[host, port]
            if not done.cancelled():
                done.exception()  # nobody may be waiting for it any more

        self._under_way[host, port] = lookup
        lookup.add_done_callback(end)
        return lookup
