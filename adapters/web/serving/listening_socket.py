"""The socket on which the server listens, taken before anything else is begun."""

import errno
import ipaddress
import os
import socket
from typing import Final

from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["ServerAddressError", "address_of", "is_loopback", "listen"]

_BACKLOG: Final = 2048


class ServerAddressError(RealtimeSttError):
    """The server cannot listen where it was told to."""

    code = "server-address"


def listen(host: str, port: int) -> socket.socket:
    """Take the address, with port 0 a free one.

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
    """Where a browser on this machine finds the server: that of every address is found on loopback."""
    port = listening.getsockname()[1]
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not bound
    return f"http://[{named}]:{port}/" if ":" in named else f"http://{named}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there; a name that is not ``localhost`` may mean anything."""
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
