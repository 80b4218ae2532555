"""Network addresses as limits see them."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

OWN_PREFIX: Final = 64
"""What one subscriber of IPv6 has to themselves: counting single addresses would count nothing."""


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """What of an address is counted: an IPv4 address itself, an IPv6 address's network."""
    try:
        given = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(given, IPv6Address):
        if given.ipv4_mapped:
            return str(given.ipv4_mapped)
        return str(ip_network((given, OWN_PREFIX), strict=False))
    return str(given)
