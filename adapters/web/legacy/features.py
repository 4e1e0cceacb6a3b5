"""Describes what the sessions of this server do, in the words of 0.1."""

from collections.abc import Sequence

from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import NotStarted

__all__ = ["features_of", "settings_of"]


def features_of(sessions: Sequence[SessionSettings], *, hears_microphone: bool) -> Sequence[str]:
    """The features at work in sessions with these settings; ``hears_microphone``: whether any of them hears one."""
    if not sessions:
        return []
    is_woken = any(settings.wake_word is not None for settings in sessions)
    capturing = ["audio_capture"] if hears_microphone else []
    waking = ["wake_word_detection"] if is_woken else []
    return [*capturing, "voice_activity_detection", *waking, "transcription"]


def settings_of(orchestrator: SystemOrchestrator, session_id: SessionId) -> SessionSettings | None:
    """The present settings of a session, None when it is not running."""
    try:
        state = orchestrator.state(session_id)
    except SessionNotRunningError:
        return None
    return None if isinstance(state, NotStarted) else state.context.settings
