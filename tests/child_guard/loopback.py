"""What stays on this machine: asked by the guard of the tests' own process, and by that of every Python they start."""

import ipaddress
import socket

LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})


def is_local(host: object) -> bool:
    """Whether a host given to a socket call stays on this machine."""
    if host is None:
        return True
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    if host.lower() in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def host_in(event: str, arguments: tuple[object, ...]) -> object:
    """The host that an audited call of the socket module names; None for one that names none."""
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        return arguments[0]
    if event in {"socket.connect", "socket.sendto"}:
        place, address = arguments[0], arguments[1]
        is_ip = isinstance(place, socket.socket) and place.family in (socket.AF_INET, socket.AF_INET6)
        return address[0] if is_ip and isinstance(address, tuple) else None
    return None
