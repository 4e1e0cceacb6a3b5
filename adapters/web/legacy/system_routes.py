"""Provides `/system/…`: the routes that start, stop, configure and describe the system."""

import os
import platform
import time
from importlib.metadata import version
from typing import Final

from flask import Blueprint, Response

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.answers import answer, done, refuse, refusing
from realtime_mlx_stt.adapters.web.legacy.bodies import Field, mapping, optional, read_body, text
from realtime_mlx_stt.adapters.web.legacy.features import features_of, settings_of
from realtime_mlx_stt.adapters.web.legacy.system import LegacySystem
from realtime_mlx_stt.ports.profile_store import ProfileNotFoundError

__all__ = ["SystemRoutes"]

_START: Final = (Field("profile", text), Field("custom_config", optional(mapping), None))
_SECTIONS: Final = ("transcription", "vad", "wake_word", "audio")
_CONFIG: Final = tuple(Field(name, optional(mapping), None) for name in _SECTIONS)
_FEATURES: Final = ("transcription", "voice_activity_detection", "wake_word_detection", "audio_capture")
_VERSION: Final = version("realtime-mlx-stt")


class SystemRoutes:
    """Starts, stops, configures and describes the system; the server counts as up from when this is made."""

    def __init__(self, context: WebContext, system: LegacySystem) -> None:
        self._context = context
        self._system = system
        self._began_at = time.monotonic()

    def add_to(self, routes: Blueprint) -> None:
        """Add the five routes."""
        routes.get("/system/status")(self.status)
        routes.get("/system/info")(self.info)
        routes.post("/system/start")(self.start)
        routes.post("/system/stop")(self.stop)
        routes.post("/system/config")(self.configure)

    def status(self) -> Response:
        """What is going on in this server, whoever began it."""
        orchestrator = self._context.services.orchestrator
        running = (settings_of(orchestrator, session_id) for session_id in orchestrator.running_sessions())
        settings = [each for each in running if each is not None]
        return answer(
            {
                "status": "online",
                "version": _VERSION,
                "uptime": time.monotonic() - self._began_at,
                "active_features": features_of(settings, hears_microphone=self._system.session_id is not None),
                "active_connections": self._context.open_streams.count,
            }
        )

    def info(self) -> Response:
        """What this server is and runs on."""
        return answer(
            {
                "platform": platform.platform(),
                "python_version": platform.python_version(),
                "hostname": platform.node(),
                "cpu_count": os.cpu_count(),
                "version": _VERSION,
                "features": _FEATURES,
            }
        )

    def start(self) -> Response:
        """Run a profile, in the place of what runs."""
        body = read_body(_START)
        profile = body["profile"]
        with self._context.waiting(), refusing("Error starting system: "):
            try:
                features = self._system.start(profile, body["custom_config"] or {})
            except ProfileNotFoundError as error:
                refuse(404, f"Profile not found: {profile}", error)
        message = f"System started with profile: {profile}"
        return done(message, started=True, profile=profile, active_features=features)

    def stop(self) -> Response:
        """Stop what runs."""
        with refusing("Error stopping system: "):
            self._system.stop()
        return done("System stopped", stopped=True)

    def configure(self) -> Response:
        """Change what runs, or what is started next."""
        change = read_body(_CONFIG, keeps_others=True)
        with self._context.waiting(), refusing("Error updating configuration: "):
            self._system.change(change)
        return done("System configuration updated", updated=True)
