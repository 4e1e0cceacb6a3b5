"""Holds the frames that a client's socket has not taken yet."""

import socket
from collections import deque
from itertools import islice

__all__ = ["OutputQueue"]

_MOST_AT_ONCE = 64
"""The most frames that are handed to the system in one call."""


class OutputQueue:
    """Frames in the order in which they leave. For one thread.

    Only the newest pong waits, since a ping that came before the newest need not be answered (RFC 6455, 5.5.3):
    so a client that pings and never reads costs nothing.
    """

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._are_messages: deque[bool] = deque()
        self._head_taken = 0
        self._pong = b""
        self._waiting_bytes = 0
        self._handed_messages = 0

    @property
    def waiting_bytes(self) -> int:
        """How many bytes have not been given to the socket yet."""
        return self._waiting_bytes + len(self._pong)

    @property
    def handed_messages(self) -> int:
        """How many messages were given to the socket; one given in part counts, since its rest follows."""
        return self._handed_messages + (self._head_taken > 0 and self._are_messages[0])

    def add_message(self, frame: bytes) -> None:
        """Queue a message behind all that waits."""
        self._add(frame, is_message=True)

    def add_control(self, frame: bytes) -> None:
        """Queue a ping or the close behind all that waits."""
        self._add(frame, is_message=False)

    def set_pong(self, frame: bytes) -> None:
        """Queue a pong before all that waits; it replaces a pong that waits itself."""
        self._pong = frame

    def drop(self) -> None:
        """Drop what waits; a frame that has left in part remains, or the client could not find the next one."""
        self._pong = b""
        while len(self._frames) > (1 if self._head_taken else 0):
            self._waiting_bytes -= len(self._frames.pop())
            self._are_messages.pop()

    def write_to(self, client: socket.socket) -> int:
        """Give the socket as much as it takes; returns how many bytes that was.

        Raises:
            OSError: the client is gone.
        """
        written = 0
        while self._promote_pong() or self._frames:
            try:
                taken = client.sendmsg(self._next_parts())
            except BlockingIOError:
                break
            self._forget(taken)
            written += taken
        return written

    def _add(self, frame: bytes, *, is_message: bool) -> None:
        self._frames.append(frame)
        self._are_messages.append(is_message)
        self._waiting_bytes += len(frame)

    def _promote_pong(self) -> bool:
        if not self._pong or self._head_taken:
            return False
        self._frames.appendleft(self._pong)
        self._are_messages.appendleft(False)
        self._waiting_bytes += len(self._pong)
        self._pong = b""
        return True

    def _next_parts(self) -> list[memoryview]:
        parts = [memoryview(frame) for frame in islice(self._frames, _MOST_AT_ONCE)]
        parts[0] = parts[0][self._head_taken :]
        return parts

    def _forget(self, taken: int) -> None:
        self._waiting_bytes -= taken
        taken += self._head_taken
        while self._frames and taken >= len(self._frames[0]):
            taken -= len(self._frames.popleft())
            self._handed_messages += self._are_messages.popleft()
        self._head_taken = taken
