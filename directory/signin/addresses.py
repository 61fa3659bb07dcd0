"""From where a request comes: the peer itself, or what a listed proxy says of its own peer."""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NOWHERE = "0.0.0.0"  # noqa: S104 - a socket without an address, as it is written


def client_address(request: HttpRequest) -> str:
    """The address of whoever sent ``request``.

    ``X-Forwarded-For`` counts only when the peer is in ``TRUSTED_PROXIES``, and then only its last entry that is no
    trusted proxy: everything before it was written by the sender.
    """
    address = _plain(request.META.get("REMOTE_ADDR", ""))
    if not _is_trusted(address):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        found = _plain(hop)
        if found == NOWHERE:
            break  # no address: nothing before it can be believed either
        address = found
        if not _is_trusted(found):
            break
    return address


def counted_as(address: str) -> str:
    """Under which name guesses from ``address`` are counted: who has one IPv6 address has 2⁶⁴ of them."""
    found = ipaddress.ip_address(address)
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _plain(text: str) -> str:
    try:
        found = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return NOWHERE
    return str(getattr(found, "ipv4_mapped", None) or found)


def _is_trusted(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=8)
def _networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    networks = []
    for name in names:
        try:
            networks.append(ipaddress.ip_network(name, strict=False))
        except ValueError:
            continue  # a name or "*" lists nobody here
    return tuple(networks)
