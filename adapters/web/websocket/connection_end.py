"""Ends a connection: says why, awaits the client's word, and waits for it no longer than is due."""

import time
from enum import Enum
from typing import Final

from wsproto import WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection

from realtime_mlx_stt.adapters.web.websocket.client_output import ClientOutput
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode

__all__ = ["ConnectionEnd"]

_CLOSE_SECONDS: Final = 2.0
"""How long to wait for a client that does not take what is still to be sent, or does not answer the close."""

_MOST_CLOSING_SECONDS: Final = 10.0


class _Phase(Enum):
    OPEN = "open"
    CLOSING = "the close is said or about to be, the client's word is awaited"
    LINGERING = "the client broke the protocol and was told, its end of the connection is awaited"
    OVER = "over"


class ConnectionEnd:
    """How far the end of one connection has come. For one thread."""

    def __init__(self, protocol: WSConnection, output: ClientOutput) -> None:
        self._protocol = protocol
        self._output = output
        self._phase = _Phase.OPEN
        self._has_client_ended = False
        self._reason = (CloseCode.LOST.value, "")
        self._give_up_at = self._last_give_up_at = float("inf")

    @property
    def is_open(self) -> bool:
        """Whether messages can still be sent and come in."""
        return self._phase is _Phase.OPEN

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be sent or awaited."""
        return self._phase is _Phase.OVER

    @property
    def reason(self) -> tuple[int, str]:
        """The code and the words of the side that began the end."""
        return self._reason

    @property
    def give_up_at(self) -> float:
        """Until when the client is waited for, by the monotonic clock; without end while the connection is open."""
        return self._give_up_at

    def begin(self, code: int, reason: str, *, drops_waiting: bool = False) -> None:
        """Say the close behind what still waits, or instead of it; idempotent."""
        if self.is_open:
            self._begin(code, reason, drops_waiting=drops_waiting)
            self._output.say_close(CloseConnection(code=code, reason=reason))

    def heed(self, close: CloseConnection) -> None:
        """Handle the client's close, its answer to ours, or a broken protocol."""
        self._has_client_ended = True
        state = self._protocol.state
        if state is ConnectionState.REMOTE_CLOSING:
            self._begin(close.code, close.reason or "", drops_waiting=True)
            self._output.say_close(close.response())
        elif state is ConnectionState.OPEN:
            self.begin(close.code, f"protocol error: {close.reason}")

    def prolong(self) -> None:
        """Give a client more time that still takes what it is sent, though not without end."""
        if self._phase is _Phase.CLOSING:
            self._give_up_at = min(time.monotonic() + _CLOSE_SECONDS, self._last_give_up_at)

    def hurry(self) -> None:
        """Wait for the client no longer than from now on, whatever it takes."""
        self._give_up_at = min(self._give_up_at, time.monotonic() + _CLOSE_SECONDS)
        self._last_give_up_at = self._give_up_at

    def advance(self) -> None:
        """Go on, now that the network has taken all there is.

        Raises:
            OSError: the client is gone.
        """
        if self._phase is not _Phase.CLOSING:
            return
        if self._protocol.state is ConnectionState.CLOSED:
            self._phase = _Phase.OVER
        elif self._has_client_ended:
            # Input of such a client that is left unread would reset the connection before the client has read why.
            self._output.end()
            self._phase = _Phase.LINGERING

    def give_up_if_due(self, now: float) -> None:
        """Wait for the client no longer if it was waited for long enough."""
        if now >= self._give_up_at:
            self._phase = _Phase.OVER

    def lose(self) -> None:
        """Know that the client is gone."""
        self._phase = _Phase.OVER

    def _begin(self, code: int, reason: str, *, drops_waiting: bool) -> None:
        self._reason = (int(code), reason)
        self._phase = _Phase.CLOSING
        now = time.monotonic()
        self._give_up_at, self._last_give_up_at = now + _CLOSE_SECONDS, now + _MOST_CLOSING_SECONDS
        if drops_waiting:
            self._output.drop()
