"""Where HTTP calls may go: to public addresses, and to those of others that ``http: {allow: [...]}`` of `mesh.yaml` names.

A name is looked up once, every address that it has is judged as an address, and the connection goes to one that was judged:
a name server that answers differently the second time changes nothing. So does no spelling: ``2130706433``, ``0x7f.1`` and
``[::ffff:127.0.0.1]`` are the addresses that they are to the operating system.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.wire import Resolve

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: A range of addresses.
Range = ipaddress.IPv4Network | ipaddress.IPv6Network

#: IPv4 that is not the public internet: IANA's special-purpose registry, multicast, and the rest from 240 on. Written out,
#: as `ipaddress.is_global` has meant different things in different releases of Python.
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
#: All of public IPv6 is in here ...
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
#: ... but for these.
_NOT_PUBLIC_6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
#: IPv6 that carries an IPv4 address which is then reached: its network, and how far the IPv4 address is from the right.
_CARRIERS = tuple(
    (ipaddress.IPv6Network(network), shift)
    for network, shift in (
        ("::ffff:0:0/96", 0),
        ("::/96", 0),
        ("::ffff:0:0:0/96", 0),
        ("64:ff9b::/96", 0),
        ("2002::/16", 80),
    )
)
#: What a cloud's machines ask for their own credentials, named as such in a refusal.
_METADATA = frozenset(ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200"))

_UNSENDABLE = re.compile("[\x00-\x20\x7f\ud800-\udfff]")


class Forbidden(ToolFailed):
    """No address of a host may be reached.

    The message names no address that a name leads to: whoever may write a URL would learn by it what the inside of a network
    looks like. `why` does, for the log of who runs the server.
    """

    def __init__(self, host: str, refused: Sequence[tuple[_Address, str]]) -> None:
        reasons = ", ".join(f"{address} ({why})" for address, why in refused[:3])
        self.why = f"host {host!r} is {reasons}"
        judged, why = refused[0]
        if _is_address(host):  # the caller's own words
            message = f"host {host!r} is {judged}, {why}: it may not be reached"
            range_ = f"{judged}/{judged.max_prefixlen}"
        else:
            message = f"host {host[:255]!r} leads to no public address, and to none that the mesh allows: it may not be reached"
            range_ = "RANGE"
        fix = f"where it is meant, the mesh allows it: http: {{allow: [{range_}]}} in mesh.yaml"
        super().__init__(message, is_retryable=False, fix=fix)


#: Looks a name up: as `socket.getaddrinfo`.
LookUp = Callable[..., Sequence[tuple[int, int, int, str, tuple[object, ...]]]]


def read_ranges(allow: Json) -> tuple[Range, ...]:
    """Read the ranges of ``allow``. Raises ValueError where one is none."""
    if not isinstance(allow, list | tuple):
        raise ValueError("allow is a list of ranges of addresses")  # noqa: TRY004 - one kind of error for a wrong text
    return tuple(ipaddress.ip_network(str(each)) for each in allow)


def guarded(allow: Sequence[Range], look_up: LookUp = socket.getaddrinfo) -> Resolve:
    """Return what gives the addresses of a host that may be connected to, in the order to try, for `requests.Connections`.

    It raises Forbidden where there is none, ToolFailed where the name is not known.
    """

    def resolve(host: str, port: int) -> list[str]:
        try:
            found = look_up(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or error
            is_retryable = not isinstance(error, UnicodeError)
            raise ToolFailed(f"host {host!r} was not found: {said}", is_retryable=is_retryable) from error
        addresses: list[str] = []
        refused = []
        for _, _, _, _, (address, *_) in found:
            judged = ipaddress.ip_address(str(address).partition("%")[0])
            if why := refusal(judged, allow):
                refused.append((judged, why))
            elif address not in addresses:
                addresses.append(str(address))
        if not addresses:
            raise Forbidden(host, refused)
        return addresses

    return resolve


def refusal(address: _Address, allowed: Sequence[Range]) -> str | None:
    """Say why an address may not be reached; None where it may."""
    carried = _carried(address)
    if _is_among(address, allowed) or (carried is not None and _is_among(carried, allowed)):
        return None
    if address in _METADATA or carried in _METADATA:
        return "where a cloud's machines ask for their credentials"
    if carried is not None:
        return None if _is_public(carried) else f"which stands for {carried}, {_kind(carried)}"
    return None if _is_public(address) else _kind(address)


def url_problem(url: str) -> str | None:
    """Say why a text is no address of something on the web; None where it is one."""
    if _UNSENDABLE.search(url):  # first: `urlsplit` takes line ends out without a word
        return "an address holds no blanks and control characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"the address cannot be read: {error}"
    if parts.scheme not in {"http", "https"}:
        return "an address begins with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "an address holds no user and password; write them under auth"
    return "the address names no host" if not parts.hostname or port == 0 else None


#: They lie among the carriers, and carry nothing.
_HERE = frozenset({ipaddress.ip_address("::"), ipaddress.ip_address("::1")})


def _is_address(host: str) -> bool:
    """Whether a host is an address as it is usually written, and no name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _carried(address: _Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    for network, shift in _CARRIERS:
        if address in network and address not in _HERE:
            return ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None


def _is_among(address: _Address, networks: Sequence[Range]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not _is_among(address, _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not _is_among(address, _NOT_PUBLIC_6)


def _kind(address: _Address) -> str:
    if address.is_loopback or address.is_unspecified:
        return "this machine"
    if address.is_link_local:
        return "an address of the local link"
    if address.is_multicast:
        return "many hosts at once"
    return "not on the public internet"
