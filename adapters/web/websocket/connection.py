"""Defines what a handler can do with its connection: send, be woken, and close."""

from typing import Final

from realtime_mlx_stt.adapters.web.websocket.client_output import ClientOutput
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection_end import ConnectionEnd
from realtime_mlx_stt.adapters.web.websocket.wake_requests import WakeRequests

__all__ = ["MOST_WAITING_BYTES", "WebSocketConnection"]

MOST_WAITING_BYTES: Final = 4_000_000
"""A client that leaves this much unread is closed."""


class WebSocketConnection:
    """One client's connection; all methods but ``wake`` are for its thread.

    Output that the client does not read waits here, at most ``MOST_WAITING_BYTES``.
    """

    def __init__(self, output: ClientOutput, end: ConnectionEnd, wakes: WakeRequests) -> None:
        self._output = output
        self._end = end
        self._wakes = wakes

    @property
    def waiting_bytes(self) -> int:
        """How many bytes that were sent the network has not taken yet."""
        return self._output.waiting_bytes

    @property
    def handed_messages(self) -> int:
        """How many of the messages that were sent the network has taken, the last one perhaps in part."""
        return self._output.handed_messages

    @property
    def is_open(self) -> bool:
        """Whether messages can still be sent and come in."""
        return self._end.is_open

    def send(self, message: str | bytes) -> None:
        """Queue a message behind those before it; never waits. After the close nothing is sent any more."""
        if not self.is_open:
            return
        self._output.send(message)
        if self.waiting_bytes > MOST_WAITING_BYTES:
            self.close(CloseCode.TOO_SLOW, "too slow a reader", drops_waiting=True)

    def wake(self) -> None:
        """Have ``woken`` called soon, by any thread; never waits."""
        self._wakes.signal.set()

    def wake_within(self, seconds: float) -> None:
        """Have ``woken`` called once within this time, whatever else happens."""
        self._wakes.add_within(seconds)

    def wake_when_drained(self) -> None:
        """Have ``woken`` called once when all that was sent is taken, even if that is at once."""
        self._wakes.add_when_drained()

    def close(self, code: int, reason: str, *, drops_waiting: bool = False) -> None:
        """Send the close behind what still waits, or instead of it; idempotent. No message is received any more."""
        self._end.begin(code, reason, drops_waiting=drops_waiting)
