"""Opens the socket on which the server listens, before anything else is begun."""

import errno
import ipaddress
import os
import socket
from typing import Final

from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["ServerAddressError", "address_for_others", "address_of", "is_loopback", "listen"]

_BACKLOG: Final = 2048
_ELSEWHERE: Final = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}  # noqa: S104 - it is compared, not bound
"""Addresses that are reserved for examples and belong to no machine: the way to them leads out of this network."""


class ServerAddressError(RealtimeSttError):
    """The server cannot listen where it was told to."""

    code = "server-address"


def listen(host: str, port: int) -> socket.socket:
    """Listen on the address; port 0 stands for a free one.

    Raises:
        ServerAddressError: it is taken, or not one of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise ServerAddressError(f"There is no address {host}: {error}. Use --host 127.0.0.1.") from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ServerAddressError(_sentence(host, port, error)) from error
    return listening


def address_of(listening: socket.socket, host: str) -> str:
    """Where a browser on this machine finds the server; one that listens on every address is found on loopback."""
    port = listening.getsockname()[1]
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not bound
    return f"http://[{named}]:{port}/" if ":" in named else f"http://{named}:{port}/"


def address_for_others(listening: socket.socket) -> str | None:
    """Where other machines find a server that listens on every address, as far as is known; None for all others.

    It is the address that this machine would send from; nothing is sent to find it out.
    """
    host, port = listening.getsockname()[:2]
    elsewhere = _ELSEWHERE.get(host)
    if elsewhere is None:
        return None
    with socket.socket(listening.family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((elsewhere, 9))
        except OSError:  # there is no network
            return None
        own = asking.getsockname()[0]
    return None if is_loopback(own) else f"http://[{own}]:{port}/" if ":" in own else f"http://{own}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address; a name other than ``localhost`` may mean anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use, perhaps by another server; end that one, "
            f"or take another port with --port {port + 1}, or a free one with --port 0."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights that you do not have; take one above 1023 with --port."
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"The server cannot listen on {host}: {reason}. Use --host 127.0.0.1, or an address of this machine."
