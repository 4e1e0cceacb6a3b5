"""Provides the address of OpenAI's realtime API, and reads what a client asks for when it connects."""

import re
from typing import Final

from flask import Request, request
from flask_sock import Sock
from simple_websocket import Server

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.realtime_connection import RealtimeConnection, RealtimeGreeting
from realtime_mlx_stt.adapters.web.websocket.socket_admission import serve_socket

__all__ = ["register_realtime"]

_BETA: Final = re.compile(r"realtime[=-]v1")
"""The mark of the beta, in a header of its own or as a browser's subprotocol."""


def register_realtime(sock: Sock, context: WebContext) -> None:
    """Add ``/v1/realtime``."""

    @sock.route("/v1/realtime")  # type: ignore[untyped-decorator]  # flask-sock ships no types
    def transcribe_in_realtime(server: Server) -> None:
        greeting = _greeting(request)
        serve_socket(server, context, lambda connection: RealtimeConnection(context, connection, greeting))


def _greeting(request: Request) -> RealtimeGreeting:
    heads = [request.headers.get(name, "") for name in ("OpenAI-Beta", "Sec-WebSocket-Protocol")]
    return RealtimeGreeting(
        intent=request.args.get("intent"),
        model=request.args.get("model"),
        speaks_beta=any(map(_BETA.search, heads)),
    )
