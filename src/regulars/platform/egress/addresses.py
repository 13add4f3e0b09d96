"""Pure decisions: which hosts and network addresses may be called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_V6 = ip_network("2000::/3")
_REFUSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "168.63.129.16/32",  # Azure's host, which looks public
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Of IPv6 only 2000::/3 is public at all. These parts of it carry an IPv4 address inside, or are no one's.
        "2001::/23",  # Teredo and other special uses
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_OWN_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be there.

    A list of what is refused, and of IPv6 only what is given out: Python's `is_global` changes with its version, and
    takes addresses that hide a private IPv4 address (mapped, NAT64, 6to4, Teredo) for public ones.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address not in _GLOBAL_V6:
            return False
    elif address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == network.version and address in network for network in _REFUSED)


def may_be_called(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether it is public, or in a network that the caller has allowed by name."""
    return is_public(address) or any(address.version == net.version and address in net for net in allowed)


def why_host_is_refused(host: str) -> str | None:
    """What is wrong with a host as it is written in an address, None when it may be looked up.

    host : a name, or an IP address without brackets. Other ways to write an IPv4 address (one number, hexadecimal,
    octal, fewer parts) are understood by resolvers and hide where they lead.
    """
    if not host:
        return "it names no server"
    if "%" in host:
        return "it is an address of one network only"
    if ":" in host or _dotted(host):
        try:
            ip_address(host)
        except ValueError:
            return "it is no valid network address"
        return None
    labels = host.removesuffix(".").split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        return "it is no valid name of a server"
    if _NUMBER.fullmatch(labels[-1]):
        return "it is an unusual way to write a network address"
    name = ".".join(labels).lower()
    if any(name == own or name.endswith(f".{own}") for own in _OWN_NAMES):
        return "it is a name inside a private network"
    return None


def _dotted(host: str) -> bool:
    """Whether it is an IPv4 address in its usual form; 010.0.0.1 isn't, as some read it in octal."""
    return re.fullmatch(r"(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})", host) is not None
