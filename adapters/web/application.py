"""Builds the Flask application: every interface over the one orchestrator that it is given."""

from flask import Flask
from flask_sock import Sock

from realtime_mlx_stt.adapters.web import broken_bodies, health
from realtime_mlx_stt.adapters.web.api import routes as api_routes
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.guards import routes as guards
from realtime_mlx_stt.adapters.web.legacy import routes as legacy_routes
from realtime_mlx_stt.adapters.web.metrics import routes as metrics
from realtime_mlx_stt.adapters.web.openai import routes as openai_routes
from realtime_mlx_stt.adapters.web.page import routes as page_routes
from realtime_mlx_stt.adapters.web.problems import answer_errors
from realtime_mlx_stt.adapters.web.request_in_memory import RequestInMemory
from realtime_mlx_stt.adapters.web.stream import routes as stream_routes
from realtime_mlx_stt.adapters.web.websocket.handshake import prepare_handshakes

__all__ = ["create_app"]


def create_app(context: WebContext) -> Flask:
    """The application over these services, ready for any WSGI server that hands over the client's socket."""
    app = Flask("realtime_mlx_stt", static_folder=None, template_folder=None)
    app.request_class = RequestInMemory
    app.config["MAX_CONTENT_LENGTH"] = context.config.limits.body_bytes
    app.extensions["realtime_mlx_stt"] = context
    answer_errors(app)
    broken_bodies.register(app)
    metrics.register(app, context)
    guards.register(app, context)
    prepare_handshakes(app)
    sock = Sock()
    sock.init_app(app)
    health.register(app, context)
    api_routes.register(app, sock, context)
    legacy_routes.register(app, sock, context)
    openai_routes.register(app, sock, context)
    page_routes.register(app, sock, context)
    stream_routes.register(app, sock, context)
    return app
