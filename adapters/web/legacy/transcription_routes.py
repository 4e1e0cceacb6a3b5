"""Provides `/transcription/…`: the routes that configure the engine and take audio from clients."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.answers import answer, done, refuse, refusing
from realtime_mlx_stt.adapters.web.legacy.bodies import (
    Field,
    boolean,
    mapping,
    optional,
    read_body,
    text,
    whole_number,
)
from realtime_mlx_stt.adapters.web.legacy.features import settings_of
from realtime_mlx_stt.adapters.web.legacy.pushed_sessions import PushedSessions
from realtime_mlx_stt.adapters.web.legacy.system import LegacySystem
from realtime_mlx_stt.adapters.web.legacy.wishes import StandingWishes

__all__ = ["TranscriptionRoutes"]

_ENGINE: Final = (
    Field("engine_type", text),
    Field("model_name", text),
    Field("language", optional(text), None),
    Field("beam_size", optional(whole_number), None),
    Field("options", optional(mapping), None),
)
_SESSION: Final = (Field("session_id", optional(text), None),)
_AUDIO: Final = (
    Field("audio_data", text),
    Field("session_id", optional(text), None),
    Field("is_final", boolean, False),
)
_NOT_CONFIGURED: Final = {"engine": "not_configured", "model": "not_configured", "language": None}


class TranscriptionRoutes:
    """Configures the engine, and takes audio from clients."""

    def __init__(
        self, context: WebContext, wishes: StandingWishes, system: LegacySystem, pushed: PushedSessions
    ) -> None:
        self._context = context
        self._wishes = wishes
        self._system = system
        self._pushed = pushed

    def add_to(self, routes: Blueprint) -> None:
        """Add the five routes."""
        routes.post("/transcription/configure")(self.configure)
        routes.post("/transcription/session/start")(self.start)
        routes.post("/transcription/session/stop")(self.stop)
        routes.post("/transcription/audio")(self.hear)
        routes.get("/transcription/status")(self.status)

    def configure(self) -> Response:
        """Let another model write, in what runs and in what is started.

        A beam and options have no effect, as they never had: decoding is greedy, and there are no options.
        """
        body = read_body(_ENGINE)
        wished = {"engine": body["engine_type"], "model": body["model_name"], "language": body["language"]}
        with self._context.waiting(), refusing("Error configuring transcription: "):
            self._wishes.configure_transcription(wished)
            if self._system.session_id is not None:
                self._system.change({"transcription": wished})
            self._pushed.change_all({"transcription": wished})
        return done("Transcription engine configured successfully", configured=True)

    def start(self) -> Response:
        """Start a session that is sent its audio."""
        body = read_body(_SESSION)
        with refusing("Error starting session: "):
            name = self._pushed.start(body["session_id"])
        return done("Transcription session started", session_id=name)

    def stop(self) -> Response:
        """Stop such a session, once all of its audio is written."""
        name = read_body(_SESSION)["session_id"]
        if not name:
            refuse(400, "Session ID is required")
        with refusing("Error stopping session: "):
            self._pushed.stop(name)
        return done("Transcription session stopped", stopped=True)

    def hear(self) -> Response:
        """Take audio; its texts come over `/events`."""
        body = read_body(_AUDIO)
        payload = _decoded(body["audio_data"])
        with refusing("Error processing audio: "):
            name = self._pushed.hear(body["session_id"], payload, is_final=body["is_final"])
        return done("Audio received for transcription", received=True, session_id=name)

    def status(self) -> Response:
        """What is being written in this server, and by what."""
        sessions = self._context.services.orchestrator.running_sessions()
        names = [self._pushed.name_of(session_id) for session_id in sessions]
        return answer({"active": bool(sessions), **self._writer(), "sessions": names})

    def _writer(self) -> Mapping[str, Any]:
        """The engine and model that write in the system if it runs, or else those that were configured."""
        session_id = self._system.session_id
        orchestrator = self._context.services.orchestrator
        settings = None if session_id is None else settings_of(orchestrator, session_id)
        if settings is not None:
            wanted = settings.transcription
            return {"engine": wanted.engine, "model": wanted.model, "language": wanted.language}
        return self._wishes.transcription or _NOT_CONFIGURED


def _decoded(audio_data: str) -> bytes:
    try:
        return base64.b64decode(audio_data, validate=True)
    except (binascii.Error, ValueError):
        refuse(400, "Invalid base64 audio data")
