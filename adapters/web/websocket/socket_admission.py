"""Serves the sockets that flask-sock accepts, as many at a time as the server allows."""

from collections.abc import Callable

from simple_websocket import Server

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.adapters.web.websocket.connection_loop import ConnectionLoop
from realtime_mlx_stt.adapters.web.websocket.handler import WebSocketHandler

__all__ = ["serve_socket"]


def serve_socket(
    server: Server, context: WebContext, make_handler: Callable[[WebSocketConnection], WebSocketHandler]
) -> None:
    """Serve what flask-sock has accepted until it is closed; beyond ``limits.sockets`` it is closed with 1013."""
    if not context.open_streams.enter(context.config.limits.sockets):
        ConnectionLoop(server, context, _TurnedAway).run()
        return
    try:
        ConnectionLoop(server, context, make_handler).run()
    finally:
        context.open_streams.leave()


class _TurnedAway:
    """A ``WebSocketHandler`` that asks the client to come later."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection

    def opened(self) -> None:
        """Close at once."""
        self._connection.close(CloseCode.TRY_AGAIN_LATER, "too-many-streams")

    def received(self, message: str | bytes) -> None:
        """Nothing comes behind the close."""

    def woken(self) -> None:
        """Nothing is left to do."""

    def closed(self, code: int, reason: str) -> None:
        """Nothing was held."""
