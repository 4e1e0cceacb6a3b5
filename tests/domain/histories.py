"""What can have happened to a session: one history for each shape of its state, and short ways to tell them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, WakeWordSettings
from realtime_mlx_stt.domain.transcription import Transcription, Word

__all__ = [
    "AWAITING",
    "AWAKE",
    "FAILED",
    "HEARING",
    "HEARING_AWAKE",
    "HEARING_IN_WINDOW",
    "HISTORIES",
    "INTERRUPTED",
    "LISTENING",
    "NOTHING",
    "PAUSED",
    "SAID",
    "SECOND",
    "SETTINGS",
    "STOPPED",
    "STOPPING",
    "WAKE_SETTINGS",
    "WAKE_WORD",
    "WINDOW",
    "WINDOW_SETTINGS",
    "began",
    "ended",
    "failure",
    "gap",
    "rejected",
    "started",
    "stopped",
    "stopping",
    "too_short",
    "transcribed",
    "woken",
]

SECOND: Final = 16_000
SETTINGS: Final = SessionSettings()
WAKE_WORD: Final = WakeWordSettings(words=("hey_jarvis",), timeout_seconds=5.0)
WAKE_SETTINGS: Final = SessionSettings(wake_word=WAKE_WORD)
WINDOW_SETTINGS: Final = SessionSettings(wake_word=replace(WAKE_WORD, single_utterance=False))
SAID: Final = Transcription(
    text=" ask not ",
    words=(Word(text=" ask", start_sample=SECOND, end_sample=SECOND + 8_000, probability=0.9),),
    language="en",
    average_log_probability=-0.25,
    no_speech_probability=0.01,
    compression_ratio=0.8,
    confidence=0.78,
)


def began(settings: SessionSettings = SETTINGS) -> e.SessionStarted:
    return e.SessionStarted(settings=settings, source="a file", started_at=1_000.0)


def woken(at_sample: int, deadline_sample: int | None = None) -> e.WakeWordDetected:
    return e.WakeWordDetected(
        word="hey_jarvis",
        score=0.9,
        at_sample=at_sample,
        deadline_sample=at_sample + 5 * SECOND if deadline_sample is None else deadline_sample,
    )


def started(utterance: int, start_sample: int, detected_at_sample: int | None = None) -> e.SpeechStarted:
    return e.SpeechStarted(
        utterance_id=UtteranceId(utterance),
        start_sample=start_sample,
        detected_at_sample=start_sample + 1_024 if detected_at_sample is None else detected_at_sample,
    )


def ended(
    utterance: int,
    start_sample: int,
    end_sample: int,
    reason: e.SpeechEndReason = e.SpeechEndReason.SILENCE,
    *,
    voiced_samples: int = SECOND,
    detected_at_sample: int | None = None,
    awaits_wake_word: bool = False,
) -> e.SpeechEnded:
    return e.SpeechEnded(
        utterance_id=UtteranceId(utterance),
        reason=reason,
        start_sample=start_sample,
        end_sample=end_sample,
        voiced_samples=voiced_samples,
        detected_at_sample=end_sample if detected_at_sample is None else detected_at_sample,
        awaits_wake_word=awaits_wake_word,
    )


def transcribed(utterance: int, said: Transcription = SAID) -> e.UtteranceTranscribed:
    return e.UtteranceTranscribed(
        utterance_id=UtteranceId(utterance),
        text=said.text.strip(),
        words=said.words,
        language=said.language,
        confidence=said.confidence,
        model="tiny.en",
        inference_seconds=0.5,
    )


def too_short(utterance: int, voiced_seconds: float = 0.0) -> e.UtteranceRejected:
    return e.UtteranceRejected(
        utterance_id=UtteranceId(utterance),
        rule=e.RejectionRule.TOO_LITTLE_SPEECH,
        text="",
        voiced_seconds=voiced_seconds,
    )


def rejected(
    utterance: int, rule: e.RejectionRule, said: Transcription, voiced_seconds: float
) -> e.UtteranceRejected:
    return e.UtteranceRejected(
        utterance_id=UtteranceId(utterance),
        rule=rule,
        text=said.text.strip(),
        voiced_seconds=voiced_seconds,
        average_log_probability=said.average_log_probability,
        no_speech_probability=said.no_speech_probability,
        compression_ratio=said.compression_ratio,
    )


def failure(utterance: int, code: str = "broken", message: str = "It broke.") -> e.TranscriptionFailed:
    return e.TranscriptionFailed(utterance_id=UtteranceId(utterance), code=code, message=message)


def gap(start_sample: int, lost_samples: int, reason: e.GapReason = e.GapReason.OVERFLOW) -> e.AudioGapRecorded:
    return e.AudioGapRecorded(start_sample=start_sample, lost_samples=lost_samples, reason=reason)


def stopping(captured_samples: int, reason: e.StopReason = e.StopReason.REQUESTED) -> e.SessionStopping:
    return e.SessionStopping(reason=reason, captured_samples=captured_samples)


def stopped(captured_samples: int, reason: e.StopReason = e.StopReason.REQUESTED) -> e.SessionStopped:
    return e.SessionStopped(reason=reason, captured_samples=captured_samples)


NOTHING: Final[tuple[e.SessionEvent, ...]] = ()
LISTENING: Final = (began(),)
AWAITING: Final = (began(WAKE_SETTINGS),)
AWAKE: Final = (*AWAITING, woken(SECOND))
HEARING: Final = (*LISTENING, started(1, SECOND))
HEARING_AWAKE: Final = (*AWAKE, started(1, SECOND))
WINDOW: Final = (began(WINDOW_SETTINGS), woken(SECOND))
HEARING_IN_WINDOW: Final = (*WINDOW, started(1, SECOND))
PAUSED: Final = (*LISTENING, e.ListeningPaused(at_sample=SECOND))
STOPPING: Final = (
    *HEARING,
    ended(1, SECOND, 2 * SECOND, e.SpeechEndReason.STOPPED),
    stopping(2 * SECOND),
)
STOPPED: Final = (*STOPPING, transcribed(1), stopped(2 * SECOND))
FAILED: Final = (
    *HEARING,
    ended(1, SECOND, 2 * SECOND, e.SpeechEndReason.FAILED),
    failure(1),
    e.SessionFailed(code="broken", message="It broke.", captured_samples=2 * SECOND),
)
INTERRUPTED: Final = (*HEARING, e.SessionInterrupted(lost_utterances=(UtteranceId(1),)))

HISTORIES: Final[Mapping[str, tuple[e.SessionEvent, ...]]] = {
    "not-started": NOTHING,
    "awaiting": AWAITING,
    "awake": AWAKE,
    "listening": LISTENING,
    "hearing": HEARING,
    "hearing-awake": HEARING_AWAKE,
    "paused": PAUSED,
    "stopping": STOPPING,
    "stopped": STOPPED,
    "failed": FAILED,
    "interrupted": INTERRUPTED,
}
"""One history for each shape that a session's state can have, by a name for it."""
