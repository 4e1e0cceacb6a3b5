"""Writes the events of sessions as the flat frames of `/events`: the two of 0.1, and those it only promised."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["Frame", "error_frame", "frame_of", "is_partial", "status_frame"]

Frame = Mapping[str, Any]
"""One message; ``event`` says which. Clients of 0.1 pass over events and fields that they do not know."""


def frame_of(stored: StoredEvent, session_name: str, started_at: float) -> Frame | None:
    """What clients are told of the event, None if nothing.

    ``session_name`` is what the clients call the session; ``started_at``, in seconds since 1970, is when its first
    sample was captured: so positions in its audio become times.
    """
    write = _WRITERS.get(type(stored.event))
    if write is None:
        return None
    frame = write(stored.event, started_at)
    happened_at = frame.get("timestamp", stored.recorded_at)
    return {**frame, "session_id": session_name, "timestamp": happened_at, "seq": stored.seq}


def error_frame(code: str, message: str) -> Frame:
    """The frame for an error: a stable word and a sentence."""
    return {"event": "error", "code": code, "message": message}


def status_frame(*, running: bool, active_features: Sequence[str]) -> Frame:
    """Whether the system runs, and what it does."""
    return {"event": "system_status", "running": running, "active_features": list(active_features)}


def is_partial(frame: Frame) -> bool:
    """Whether a later frame says all that this one does, and more."""
    return frame["event"] == "transcription" and not frame["is_final"]


def _partial_text(event: e.HypothesisRevised, _started_at: float) -> Frame:
    text = event.stable_text + event.unstable_text
    return {"event": "transcription", "text": text, "is_final": False, "utterance_id": event.utterance_id}


def _final_text(event: e.UtteranceTranscribed, _started_at: float) -> Frame:
    return {
        "event": "transcription",
        "text": event.text,
        "is_final": True,
        "utterance_id": event.utterance_id,
        "confidence": event.confidence,
        "language": event.language,
    }


def _wake_word(event: e.WakeWordDetected, started_at: float) -> Frame:
    heard_at = started_at + samples_to_seconds(event.at_sample)
    return {"event": "wake_word", "word": event.word, "confidence": event.score, "timestamp": heard_at}


def _wake_word_timeout(event: e.WakeWordExpired, started_at: float) -> Frame:
    expired_at = started_at + samples_to_seconds(event.at_sample)
    return {"event": "wake_word_timeout", "word": event.word, "timestamp": expired_at}


def _speech(event: e.SpeechStarted, started_at: float) -> Frame:
    began_at = started_at + samples_to_seconds(event.start_sample)
    return {"event": "speech_detected", "utterance_id": event.utterance_id, "timestamp": began_at}


def _silence(event: e.SpeechEnded, started_at: float) -> Frame:
    return {
        "event": "silence_detected",
        "utterance_id": event.utterance_id,
        "timestamp": started_at + samples_to_seconds(event.end_sample),
        "duration": samples_to_seconds(event.end_sample - event.start_sample),
        "reason": event.reason,
    }


def _rejection(event: e.UtteranceRejected, _started_at: float) -> Frame:
    return {
        "event": "speech_rejected",
        "utterance_id": event.utterance_id,
        "rule": event.rule,
        "text": event.text,
    }


def _failed_text(event: e.TranscriptionFailed, _started_at: float) -> Frame:
    return {**error_frame(event.code, event.message), "utterance_id": event.utterance_id}


def _trouble(event: e.SessionFailed | e.ServiceDegraded | e.AudioSourceLost, _started_at: float) -> Frame:
    return error_frame(event.code, event.message)


_WRITERS: Final[Mapping[type, Callable[[Any, float], Frame]]] = {
    e.HypothesisRevised: _partial_text,
    e.UtteranceTranscribed: _final_text,
    e.WakeWordDetected: _wake_word,
    e.WakeWordExpired: _wake_word_timeout,
    e.SpeechStarted: _speech,
    e.SpeechEnded: _silence,
    e.UtteranceRejected: _rejection,
    e.TranscriptionFailed: _failed_text,
    e.SessionFailed: _trouble,
    e.ServiceDegraded: _trouble,
    e.AudioSourceLost: _trouble,
}
