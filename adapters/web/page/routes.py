"""Serves the packaged files of the page, by a fixed table, and nothing else."""

import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Final

from flask import Flask, Response, request
from flask_sock import Sock

from realtime_mlx_stt.adapters.web.context import WebContext

__all__ = ["CONTENT_SECURITY_POLICY", "PAGE_FILES", "register"]

PAGE_FILES: Final = (
    "index.html",
    "favicon.svg",
    "icons.svg",
    "theme.css",
    "layout.css",
    "controls.css",
    "transcript.css",
    "scripts/audio_ring.js",
    "scripts/audio_sender.js",
    "scripts/backoff.js",
    "scripts/caption_page.js",
    "scripts/capture_worklet.js",
    "scripts/configuration_view.js",
    "scripts/dialogs.js",
    "scripts/dock.js",
    "scripts/document_view.js",
    "scripts/elements.js",
    "scripts/followed_session.js",
    "scripts/languages.js",
    "scripts/latency_fold.js",
    "scripts/live_session.js",
    "scripts/main.js",
    "scripts/meters.js",
    "scripts/microphone.js",
    "scripts/newsroom.js",
    "scripts/notices.js",
    "scripts/pick_up.js",
    "scripts/positions.js",
    "scripts/profile_words.js",
    "scripts/push_to_talk.js",
    "scripts/server_api.js",
    "scripts/server_panel.js",
    "scripts/session_end.js",
    "scripts/session_fold.js",
    "scripts/session_list.js",
    "scripts/session_stream.js",
    "scripts/settings_form.js",
    "scripts/settings_panel.js",
    "scripts/shortcuts.js",
    "scripts/sound_files.js",
    "scripts/stream_protocol.js",
    "scripts/text_segments.js",
    "scripts/theme.js",
    "scripts/transcript_view.js",
    "scripts/words.js",
)
"""Every file that a browser can get, by its name below ``/page/``."""

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Only files of this server run, and the page talks to no other server."""

_CONTENT_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
}

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""``no-cache``: a browser asks each time whether its copy is still right, so that an update shows at once."""


def register(app: Flask, sock: Sock, context: WebContext) -> None:
    """Serve the page at ``/`` and its files below ``/page/``.

    Each file has a rule of its own and is read once, here: no part of a client's path ever names a file.
    """
    for name in PAGE_FILES:
        view = _view_of(name)
        app.add_url_rule(f"/page/{name}", endpoint=f"page:{name}", view_func=view)
        if name == "index.html":
            app.add_url_rule("/", endpoint="page", view_func=view)


def _view_of(name: str) -> Callable[[], Response]:
    """A view that answers with the packaged file, or with 304 where the browser has it."""
    content = files(__package__).joinpath(name).read_bytes()
    content_type = _CONTENT_TYPES[name.rpartition(".")[2]]
    etag = hashlib.sha256(content).hexdigest()[:32]

    def view() -> Response:
        response = Response(content, headers=_HEADERS, content_type=content_type)
        response.set_etag(etag)
        response.make_conditional(request)
        return response

    return view
