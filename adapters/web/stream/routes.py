"""Provides the addresses of session streams."""

from typing import Final

from flask import Flask, request
from flask_sock import Sock
from simple_websocket import Server

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.stream.session_stream import SessionStream, StreamAddress
from realtime_mlx_stt.adapters.web.stream.stream_opening import StreamOpening
from realtime_mlx_stt.adapters.web.websocket.socket_admission import serve_socket
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["NEW_STREAM", "SESSION_STREAM", "register"]

NEW_STREAM: Final = "/api/v1/sessions/stream"
"""Creates a session and opens its stream."""

SESSION_STREAM: Final = "/api/v1/sessions/{session_id}/stream"
"""Opens the stream of a session that is there."""


def register(app: Flask, sock: Sock, context: WebContext) -> None:
    """Add the streams to the application."""
    opening = StreamOpening(context)

    def session_stream(server: Server, session_id: str) -> None:
        address = StreamAddress(session_id=SessionId(session_id), after=request.args.get("after"))
        serve_socket(server, context, lambda connection: SessionStream(connection, context, opening, address))

    def new_stream(server: Server) -> None:
        address = StreamAddress()
        serve_socket(server, context, lambda connection: SessionStream(connection, context, opening, address))

    sock.route(NEW_STREAM)(new_stream)
    sock.route(SESSION_STREAM.replace("{", "<").replace("}", ">"))(session_stream)
