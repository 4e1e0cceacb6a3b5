"""Gives up clients that send the body of a request more slowly than any real line."""

import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

__all__ = ["BodyDeadlines"]

_PATIENCE_SECONDS: Final = 30.0
_SLOWEST_BYTES_A_SECOND: Final = 50_000
_UNTOLD_BYTES: Final = 100_000_000
"""The length that is assumed for a body that does not tell its length."""


class BodyDeadlines:
    """The deadline of each body that is being read. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deadlines: dict[socket.socket, float] = {}

    def expect(self, client: socket.socket, headers: Iterable[tuple[str, str]]) -> None:
        """Start the deadline, if the head of the request says that there is a body."""
        named = {name.upper(): value for name, value in headers}
        length = _UNTOLD_BYTES if "TRANSFER-ENCODING" in named else int(named.get("CONTENT-LENGTH", 0))
        if length:
            with self._lock:
                seconds = _PATIENCE_SECONDS + length / _SLOWEST_BYTES_A_SECOND
                self._deadlines[client] = time.monotonic() + seconds

    def forget(self, client: socket.socket) -> None:
        """Forget the request, which has been answered."""
        with self._lock:
            self._deadlines.pop(client, None)

    def give_up_late(self, now: float) -> None:
        """Stop reading late bodies: their readers find that they end; answers still go out."""
        with self._lock:
            late = [client for client, deadline in self._deadlines.items() if deadline <= now]
            for client in late:
                del self._deadlines[client]
        for client in late:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RD)
