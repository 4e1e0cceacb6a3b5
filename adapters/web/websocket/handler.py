"""Defines the interface between a WebSocket connection and what it is used for."""

from typing import Protocol

__all__ = ["WebSocketHandler"]


class WebSocketHandler(Protocol):
    """Handles one connection. Every method is called on the connection's thread, and must not wait."""

    def opened(self) -> None:
        """The connection has been opened; called once, before all others."""
        ...

    def received(self, message: str | bytes) -> None:
        """The client has sent a whole message."""
        ...

    def woken(self) -> None:
        """There may be something to do.

        After ``wake``, in time for ``wake_within``, when a client that was slow has taken all that waited, and once
        when the server is about to end, before the connection is closed for it.
        """
        ...

    def closed(self, code: int, reason: str) -> None:
        """The connection has ended; called once, after all others, also if one of them failed.

        ``code`` is what was said at the close by the side that began it, 1005 if nothing, 1006 if it was lost.
        """
        ...
