"""Keeps the defects of a connection's handler to that connection."""

import logging
from collections.abc import Callable

from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection_end import ConnectionEnd
from realtime_mlx_stt.adapters.web.websocket.handler import WebSocketHandler

__all__ = ["GuardedHandler"]

_LOGGER = logging.getLogger(__name__)


class GuardedHandler:
    """A ``WebSocketHandler`` that passes on to another; a defect in that one ends its connection, and no other."""

    def __init__(self, handler: WebSocketHandler, end: ConnectionEnd) -> None:
        self._handler = handler
        self._end = end

    def opened(self) -> None:
        """Pass it on."""
        self._attempt(self._handler.opened)

    def received(self, message: str | bytes) -> None:
        """Pass it on."""
        self._attempt(lambda: self._handler.received(message))

    def woken(self) -> None:
        """Pass it on while the connection is open."""
        if self._end.is_open:
            self._attempt(self._handler.woken)

    def closed(self, code: int, reason: str) -> None:
        """Pass it on."""
        self._attempt(lambda: self._handler.closed(code, reason))

    def _attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:
            _LOGGER.exception("A WebSocket's handler failed; the connection is closed.")
            self._end.begin(CloseCode.INTERNAL_ERROR, "internal-error")
