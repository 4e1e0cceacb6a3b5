"""One event of each type, as it happens in the life of a session; the golden files hold their envelopes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings, WakeWordSettings
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["GOLDEN", "GOLDEN_FOLDER", "golden_name"]

GOLDEN_FOLDER: Final = Path(__file__).parent

_SETTINGS: Final = SessionSettings(
    transcription=TranscriptionSettings(model="base", language="en", partial_interval_seconds=0.5),
    wake_word=WakeWordSettings(words=("hey_jarvis",)),
)
_FIRST: Final = UtteranceId(1)
_WORDS: Final = (
    Word(text=" Ask", start_sample=36_800, end_sample=43_200, probability=0.97),
    Word(text=" not.", start_sample=43_200, end_sample=50_560, probability=0.92),
)

_EVENTS: Final[Sequence[e.SessionEvent]] = (
    e.SessionStarted(settings=_SETTINGS, source="Built-in Microphone", started_at=1_764_000_000.25),
    e.WakeWordDetected(word="hey_jarvis", score=0.93, at_sample=32_000, deadline_sample=512_000),
    e.SpeechStarted(utterance_id=_FIRST, start_sample=32_000, detected_at_sample=37_888),
    e.HypothesisRevised(
        utterance_id=_FIRST, revision=2, stable_text="Ask", unstable_text=" not", heard_until_sample=48_128
    ),
    e.SpeechEnded(
        utterance_id=_FIRST,
        reason=e.SpeechEndReason.SILENCE,
        start_sample=32_000,
        end_sample=53_760,
        voiced_samples=13_824,
        detected_at_sample=60_160,
        awaits_wake_word=True,
    ),
    e.UtteranceTranscribed(
        utterance_id=_FIRST,
        text="Ask not.",
        words=_WORDS,
        language="en",
        confidence=0.89,
        model="base",
        inference_seconds=0.31,
    ),
    e.WakeWordExpired(word="hey_jarvis", at_sample=1_024_000),
    e.UtteranceRejected(
        utterance_id=UtteranceId(2),
        rule=e.RejectionRule.NO_SPEECH,
        text="Thank you.",
        voiced_seconds=0.48,
        average_log_probability=-1.32,
        no_speech_probability=0.87,
        compression_ratio=0.56,
    ),
    e.TranscriptionFailed(
        utterance_id=UtteranceId(3), code="speech-to-text", message="The model ran out of memory."
    ),
    e.SettingsChanged(
        settings=SessionSettings(transcription=TranscriptionSettings(partial_interval_seconds=0.5)),
        at_sample=1_100_000,
    ),
    e.ListeningPaused(at_sample=1_200_000),
    e.AudioGapRecorded(start_sample=1_200_000, lost_samples=80_000, reason=e.GapReason.PAUSED),
    e.ListeningResumed(at_sample=1_280_000),
    e.AudioSourceLost(at_sample=1_400_000, code="audio-device-not-found", message="The headset was unplugged."),
    e.AudioSourceRecovered(at_sample=1_432_000),
    e.ServiceDegraded(part="event-store", code="event-store-full", message="The disk is full."),
    e.ServiceRestored(part="event-store"),
    e.SessionStopping(reason=e.StopReason.REQUESTED, captured_samples=1_600_000),
    e.SessionStopped(reason=e.StopReason.REQUESTED, captured_samples=1_600_000),
    e.SessionFailed(code="voice-activity", message="The detector's model did not run.", captured_samples=1_600_000),
    e.SessionInterrupted(lost_utterances=(UtteranceId(4), UtteranceId(5))),
    e.TranscriptRevised(
        utterance_id=_FIRST, text="Ask not!", words=_WORDS, language="en", confidence=0.95, model="large-v3-turbo"
    ),
)


def golden_name(event_type: type[e.SessionEvent]) -> str:
    """The name of the golden file that holds the current version of this type."""
    return f"{event_type.type}.v{event_type.version}.json"


GOLDEN: Final[Mapping[str, StoredEvent]] = {
    golden_name(type(event)): StoredEvent(
        session_id=SessionId("1j5zqm0k2-8w3xq"),
        seq=seq,
        position=seq + 1_000,
        recorded_at=1_764_000_000.5 + seq,
        event=event,
    )
    for seq, event in enumerate(_EVENTS, start=1)
}
"""What each golden file must be decoded to. A file of an older version stays, and is decoded to today's event."""
