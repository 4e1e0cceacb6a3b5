"""Wakes the one thread of a connection while it waits for the network."""

import contextlib
import socket
import threading

__all__ = ["WakeSignal"]


class WakeSignal:
    """Something to wait for beside a socket; set by any thread, taken by the one that waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._is_closed = False
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)

    def fileno(self) -> int:
        """The descriptor that becomes readable when the signal is set."""
        return self._receiver.fileno()

    def set(self) -> None:
        """Wake the waiting thread; any number of times before it takes counts as one. Never waits."""
        with self._lock:
            if self._is_set or self._is_closed:
                return
            self._is_set = True
            self._sender.send(b"\0")

    def take(self) -> bool:
        """Whether the signal was set since the last call."""
        with self._lock:
            was_set, self._is_set = self._is_set, False
            with contextlib.suppress(BlockingIOError):
                self._receiver.recv(16)
        return was_set

    def close(self) -> None:
        """Close the descriptors; setting the signal then does nothing."""
        with self._lock:
            self._is_closed = True
            self._receiver.close()
            self._sender.close()
