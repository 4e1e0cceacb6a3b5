"""Short ways to tell what happened in a session, for tests that begin with a log."""

from collections.abc import Sequence

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = [
    "SESSION",
    "began",
    "ended",
    "started",
    "stopped",
    "stored",
    "stored_at",
    "transcribed",
    "word",
]

SESSION = SessionId("session-1")


def stored(*events: e.SessionEvent) -> tuple[StoredEvent, ...]:
    """The events as a store would give them back, all recorded at one moment."""
    return stored_at([(0.0, event) for event in events])


def stored_at(events: Sequence[tuple[float, e.SessionEvent]]) -> tuple[StoredEvent, ...]:
    """The events as a store would give them back, each with the time at which it was recorded."""
    return tuple(
        StoredEvent(session_id=SESSION, seq=seq, position=seq, recorded_at=recorded_at, event=event)
        for seq, (recorded_at, event) in enumerate(events, start=1)
    )


def began(settings: SessionSettings | None = None, source: str = "speech.wav") -> e.SessionStarted:
    return e.SessionStarted(settings=settings or SessionSettings(), source=source, started_at=0.0)


def started(utterance: int, start_sample: int, detected_at_sample: int | None = None) -> e.SpeechStarted:
    return e.SpeechStarted(
        utterance_id=UtteranceId(utterance),
        start_sample=start_sample,
        detected_at_sample=start_sample if detected_at_sample is None else detected_at_sample,
    )


def ended(
    utterance: int,
    start_sample: int,
    end_sample: int,
    detected_at_sample: int | None = None,
    reason: e.SpeechEndReason = e.SpeechEndReason.SILENCE,
) -> e.SpeechEnded:
    return e.SpeechEnded(
        utterance_id=UtteranceId(utterance),
        reason=reason,
        start_sample=start_sample,
        end_sample=end_sample,
        voiced_samples=end_sample - start_sample,
        detected_at_sample=end_sample if detected_at_sample is None else detected_at_sample,
    )


def transcribed(
    utterance: int, text: str, *words: Word, language: str | None = "en", inference_seconds: float = 0.5
) -> e.UtteranceTranscribed:
    return e.UtteranceTranscribed(
        utterance_id=UtteranceId(utterance),
        text=text,
        words=words,
        language=language,
        confidence=0.9,
        model="tiny.en",
        inference_seconds=inference_seconds,
    )


def stopped(captured_samples: int) -> tuple[e.SessionStopping, e.SessionStopped]:
    reason = e.StopReason.SOURCE_ENDED
    return (
        e.SessionStopping(reason=reason, captured_samples=captured_samples),
        e.SessionStopped(reason=reason, captured_samples=captured_samples),
    )


def word(text: str, start_sample: int, end_sample: int, probability: float = 0.8) -> Word:
    return Word(text=text, start_sample=start_sample, end_sample=end_sample, probability=probability)
