"""Adds the fourteen routes of 0.1 and its socket, `/events`."""

from flask import Blueprint, Flask
from flask_sock import Sock
from simple_websocket import Server

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.answers import as_detail
from realtime_mlx_stt.adapters.web.legacy.broadcast import EventBroadcast
from realtime_mlx_stt.adapters.web.legacy.events_socket import EventsHandler
from realtime_mlx_stt.adapters.web.legacy.profile_routes import ProfileRoutes
from realtime_mlx_stt.adapters.web.legacy.pushed_sessions import PushedSessions
from realtime_mlx_stt.adapters.web.legacy.socket_audio import SocketAudio
from realtime_mlx_stt.adapters.web.legacy.system import LegacySystem
from realtime_mlx_stt.adapters.web.legacy.system_routes import SystemRoutes
from realtime_mlx_stt.adapters.web.legacy.transcription_routes import TranscriptionRoutes
from realtime_mlx_stt.adapters.web.legacy.wishes import StandingWishes
from realtime_mlx_stt.adapters.web.problems import shape_errors
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.adapters.web.websocket.socket_admission import serve_socket

__all__ = ["register"]


def register(app: Flask, sock: Sock, context: WebContext) -> None:
    """Add them to the application; nothing is opened before the first request."""
    wishes = StandingWishes(context)
    pushed = PushedSessions(context, wishes)
    broadcast = EventBroadcast(context, pushed.name_of)
    system = LegacySystem(context, wishes, broadcast.tell)
    broadcast.on_end(system.has_ended)
    groups: dict[str, ProfileRoutes | SystemRoutes | TranscriptionRoutes] = {
        "legacy-profiles": ProfileRoutes(context),
        "legacy-system": SystemRoutes(context, system),
        "legacy-transcription": TranscriptionRoutes(context, wishes, system, pushed),
    }
    for name, group in groups.items():
        routes = Blueprint(name, __name__)
        group.add_to(routes)
        app.register_blueprint(routes)
    for prefix in ("/system/", "/transcription/"):
        shape_errors(app, prefix, as_detail)

    def handler(connection: WebSocketConnection) -> EventsHandler:
        return EventsHandler(connection, broadcast, system, SocketAudio(context, wishes))

    @sock.route("/events")  # type: ignore[untyped-decorator]
    def events(server: Server) -> None:
        serve_socket(server, context, handler)
