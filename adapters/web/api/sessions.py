"""Provides sessions as resources: they are started, listed, shown, changed and deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from msgspec import UNSET

from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, FORM, JSON, Answer, Operation, Reply
from realtime_mlx_stt.adapters.web.api.session_types import (
    Listing,
    MicrophoneSource,
    NewSession,
    PushSource,
    SessionList,
    SessionView,
    SettingsChange,
)
from realtime_mlx_stt.adapters.web.api.session_views import session_list, session_view
from realtime_mlx_stt.adapters.web.api.upload_form import FILE_PART, Upload, uploaded_sound
from realtime_mlx_stt.adapters.web.client_settings import change_settings, client_configuration
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.known_sessions import require_session
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import (
    MicrophoneRequest,
    PushRequest,
)

__all__ = ["SETTING_PROBLEMS", "SessionResources"]

SETTING_PROBLEMS: Final = (
    "invalid-setting",
    "profile-name",
    "profile-not-found",
    "profile-store",
    "speech-to-text",
    "transcription-service",
    "api-key-missing",
    "no-translation",
    "unknown-engine",
    "unknown-language",
    "unknown-model",
    "unknown-wake-word",
    "wake-word",
)
"""The codes of problems with settings."""

_START_PROBLEMS: Final = (
    *SETTING_PROBLEMS,
    "audio-device-busy",
    "audio-device-not-found",
    "audio-source",
    "model-repository",
    "orchestrator-closed",
    "recording",
    "too-many-sessions",
    "voice-activity",
)
_UPLOADS: Final = ("application/octet-stream", "audio/*", "video/*", FORM)


class SessionResources:
    """What can be done with sessions as a whole. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._services = context.services

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        started = Answer(
            status=201,
            meaning="The session hears.",
            media={JSON: SessionView},
            headers={"Location": "Where the session is shown."},
        )
        shown = Answer(meaning="The session as it stands.", media={JSON: SessionView})
        return (
            Operation(
                method="POST",
                path="/sessions",
                name="create_session",
                group="Sessions",
                summary="Start a session",
                description="It hears a microphone of the server, or audio that the client sends. What is said "
                "while its model is still being loaded is heard too; only its texts wait.",
                handle=self.create,
                body=NewSession,
                answers=(started,),
                problems=_START_PROBLEMS,
                example='{"settings": {"transcription": {"model": "tiny.en"}}, '
                '"source": {"kind": "push", "encoding": "pcm_s16le", "sample_rate_hz": 16000}}',
            ),
            Operation(
                method="POST",
                path="/sessions/upload",
                name="upload_sound",
                group="Sessions",
                summary="Start a session over an uploaded sound file",
                description="The body is the file (WAV, FLAC, MP3, Ogg, M4A, MP4, WebM …), as it is or as the part "
                f"`{FILE_PART}` of a form, of which the parameters may be parts as well. It is kept in memory, "
                "heard as fast as it can be, and the session ends with it.",
                handle=self.upload,
                query=Upload,
                raw_bodies=_UPLOADS,
                answers=(started,),
                problems=(*_START_PROBLEMS, "audio-format"),
                example="@speech.wav",
            ),
            Operation(
                method="GET",
                path="/sessions",
                name="list_sessions",
                group="Sessions",
                summary="List sessions, the newest first",
                handle=self.list,
                query=Listing,
                answers=(Answer(meaning="So many sessions.", media={JSON: SessionList}),),
                problems=("session-not-found",),
            ),
            Operation(
                method="GET",
                path="/sessions/{session_id}",
                name="show_session",
                group="Sessions",
                summary="Show a session",
                description="What it does, its settings, what is wrong with it, where its audio went, and how long "
                "its texts took.",
                handle=self.show,
                answers=(shown,),
                problems=("session-not-found",),
            ),
            Operation(
                method="PATCH",
                path="/sessions/{session_id}",
                name="change_session",
                group="Sessions",
                summary="Change the settings of a running session",
                description="The sections are merged at every depth into the settings that the session has. The "
                "answer comes when another model, if one is asked for, is loaded.",
                handle=self.change,
                body=SettingsChange,
                answers=(shown,),
                problems=(
                    *SETTING_PROBLEMS,
                    "illegal-command",
                    "model-repository",
                    "orchestrator-closed",
                    "session-not-found",
                    "session-not-running",
                    "session-unresponsive",
                    "too-many-changes",
                ),
                example='{"settings": {"vad": {"min_silence_duration": 1.0}}}',
            ),
            Operation(
                method="DELETE",
                path="/sessions/{session_id}",
                name="delete_session",
                group="Sessions",
                summary="Delete a session with all that is kept of it",
                description="Its events and its recording are gone for good. A running one must be stopped first.",
                handle=self.delete,
                answers=(Answer(status=204, meaning="It is gone."),),
                problems=("session-not-found", "session-running", "recording"),
            ),
        )

    def create(self, body: NewSession) -> Reply:
        """Start a session that hears what the client asks for."""
        config = client_configuration(self._context, body.profile, body.settings)
        if body.record_audio is not None:
            config = replace(config, record_audio=body.record_audio)
        patience_seconds = self._context.config.limits.abandoned_seconds
        return self._started(_with_source(config, body.source, patience_seconds))

    def upload(self, query: Upload) -> Reply:
        """Start a session that hears the file in the request."""
        config = client_configuration(self._context, query.profile, query.settings)
        source = uploaded_sound()
        return self._started(replace(config, source=source, record_audio=query.record_audio, lockstep=True))

    def list(self, query: Listing) -> SessionList:
        """At most as many sessions as are asked for, the newest first."""
        return session_list(self._services, query.limit, query.before)

    def show(self, session_id: str) -> SessionView:
        """One session."""
        return session_view(self._services, session_id)

    def change(self, session_id: str, body: SettingsChange) -> SessionView:
        """Lay changes over the settings that a running session has."""
        change_settings(self._context, require_session(self._services, session_id), body.settings)
        return session_view(self._services, session_id)

    def delete(self, session_id: str) -> Reply:
        """Delete a session that is over."""
        self._services.orchestrator.archive.delete(SessionId(session_id))
        return Reply(status=204)

    def _started(self, config: PipelineConfig) -> Reply:
        session_id = start_session(self._context, config)
        location = f"{API_ROOT}/sessions/{session_id}"
        return Reply(value=session_view(self._services, session_id), status=201, headers={"Location": location})


def _with_source(
    config: PipelineConfig, source: MicrophoneSource | PushSource | None, patience_seconds: float
) -> PipelineConfig:
    match source:
        case None:
            return config
        case MicrophoneSource():
            given = {"device": source.device, "follows_default": source.follow_default}
            chosen: Mapping[str, Any] = {key: value for key, value in given.items() if value is not UNSET}
            usual = config.source if isinstance(config.source, MicrophoneRequest) else MicrophoneRequest()
            return replace(config, source=replace(usual, **chosen))
        case PushSource():
            pushed = PushRequest(
                encoding=source.encoding,
                sample_rate_hz=source.sample_rate_hz,
                channels=source.channels,
                patience_seconds=patience_seconds,
            )
            return replace(config, source=pushed)
