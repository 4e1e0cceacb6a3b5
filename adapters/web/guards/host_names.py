"""Knows the host names under which this server may be called, which stops DNS rebinding."""

import ipaddress
import socket
from collections.abc import Sequence

from realtime_mlx_stt.adapters.web.guards.refusals import HostRefusedError

__all__ = ["HostNames", "host_name"]


class HostNames:
    """Addresses and names that are this server's own.

    In DNS rebinding, a page lets its own name point to this machine; its requests then have that name as ``Host``
    and are refused. Numeric addresses cannot be rebound. A server on loopback takes only those of loopback.
    """

    def __init__(self, bound_host: str, allowed_hosts: Sequence[str]) -> None:
        machine = socket.gethostname().lower()
        short = machine.partition(".")[0]  # some machines call themselves by a name with .local
        self._names = {"localhost", machine, short, f"{short}.local", bound_host.lower()}
        self._names.update(host.lower() for host in allowed_hosts)
        bound = _address(bound_host)
        self._only_loopback = bound_host.lower() == "localhost" or (bound is not None and bound.is_loopback)

    def check(self, header: str | None) -> None:
        """Look at the header ``Host`` of a request.

        Raises:
            HostRefusedError: it is missing, or the name of something else.
        """
        if header is None or not self._is_own(host_name(header)):
            raise HostRefusedError(
                f"This server is not known as '{header or ''}'. Use its address, or start it with --allowed-host."
            )

    def _is_own(self, name: str) -> bool:
        if name in self._names or name.endswith(".localhost"):
            return True
        address = _address(name)
        return address is not None and (address.is_loopback or not self._only_loopback)


def host_name(header: str) -> str:
    """The name or address in a ``Host``, in small letters and without its port."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
