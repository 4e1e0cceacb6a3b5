"""Every fact that a session can state, named subject first and in the past tense.

Positions are sample counts at 16 kHz since the session began. ``type`` and ``version`` are what the log and the
wire know an event by; the class may be renamed or moved, they may not. A new optional field needs no new version.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, get_args

from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import Word

__all__ = [
    "EVENT_TYPES",
    "AudioGapRecorded",
    "AudioSourceLost",
    "AudioSourceRecovered",
    "GapReason",
    "HypothesisRevised",
    "ListeningPaused",
    "ListeningResumed",
    "RejectionRule",
    "ServiceDegraded",
    "ServiceRestored",
    "SessionEvent",
    "SessionFailed",
    "SessionInterrupted",
    "SessionStarted",
    "SessionStopped",
    "SessionStopping",
    "SettingsChanged",
    "SpeechEndReason",
    "SpeechEnded",
    "SpeechStarted",
    "StopReason",
    "TranscriptRevised",
    "TranscriptionFailed",
    "UtteranceRejected",
    "UtteranceTranscribed",
    "WakeWordDetected",
    "WakeWordExpired",
]


class SpeechEndReason(StrEnum):
    """Why an utterance took no more audio."""

    SILENCE = "silence"
    LONGEST_UTTERANCE = "longest-utterance"
    COMMITTED = "committed"
    PAUSED = "paused"
    STOPPED = "stopped"
    SOURCE_ENDED = "source-ended"
    SOURCE_LOST = "source-lost"
    GAP = "gap"
    FAILED = "failed"

    @property
    def is_cut(self) -> bool:
        """Whether the utterance was cut off while its speaker may be speaking on."""
        return self in (SpeechEndReason.LONGEST_UTTERANCE, SpeechEndReason.GAP)


class StopReason(StrEnum):
    """Why a session took no more audio."""

    REQUESTED = "requested"
    SOURCE_ENDED = "source-ended"


class GapReason(StrEnum):
    """Why captured samples belong to no utterance and are not known to be silence."""

    OVERFLOW = "overflow"
    SOURCE_LOST = "source-lost"
    PAUSED = "paused"
    INVALID_SAMPLES = "invalid-samples"


class RejectionRule(StrEnum):
    """Which rule said that an utterance was not speech after all."""

    DIGITAL_SILENCE = "digital-silence"
    TOO_LITTLE_SPEECH = "too-little-speech"
    NO_SPEECH = "no-speech"
    REPETITION = "repetition"
    IMPOSSIBLE_PACE = "impossible-pace"
    EMPTY_TEXT = "empty-text"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session began to take audio; sample 0 was captured at ``started_at`` (seconds since 1970, UTC)."""

    type: ClassVar[str] = "session-started"
    version: ClassVar[int] = 1

    settings: SessionSettings
    source: str
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopping:
    """No more audio is taken; texts that are still being computed are awaited."""

    type: ClassVar[str] = "session-stopping"
    version: ClassVar[int] = 1

    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopped:
    """The session is over and nothing of it is outstanding."""

    type: ClassVar[str] = "session-stopped"
    version: ClassVar[int] = 1

    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFailed:
    """The session ended because something it cannot do without failed; ``code`` is the error's."""

    type: ClassVar[str] = "session-failed"
    version: ClassVar[int] = 1

    code: str
    message: str
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterrupted:
    """The session was found open after a crash and was closed; ``lost_utterances`` never got their final text."""

    type: ClassVar[str] = "session-interrupted"
    version: ClassVar[int] = 1

    lost_utterances: tuple[UtteranceId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """From this event on, at ``at_sample``, the session works with these settings."""

    type: ClassVar[str] = "settings-changed"
    version: ClassVar[int] = 1

    settings: SessionSettings
    at_sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPaused:
    """Audio is no longer listened to, from this sample on, until listening is resumed."""

    type: ClassVar[str] = "listening-paused"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningResumed:
    """Audio is listened to again from this sample on."""

    type: ClassVar[str] = "listening-resumed"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected:
    """The wake word was heard, ending at ``at_sample``; speech must begin before ``deadline_sample``."""

    type: ClassVar[str] = "wake-word-detected"
    version: ClassVar[int] = 1

    word: str
    score: float
    at_sample: int
    deadline_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordExpired:
    """Nothing was said in time after the wake word; the session waits for it again."""

    type: ClassVar[str] = "wake-word-expired"
    version: ClassVar[int] = 1

    word: str
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """An utterance began at ``start_sample``, pre-roll included; the decision fell at ``detected_at_sample``."""

    type: ClassVar[str] = "speech-started"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    start_sample: int
    detected_at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """An utterance took its last audio; it spans ``start_sample`` to before ``end_sample``.

    ``voiced_samples`` of it were speech. The decision fell at ``detected_at_sample``. ``awaits_wake_word`` says
    whether the session now waits for the wake word.
    """

    type: ClassVar[str] = "speech-ended"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    reason: SpeechEndReason
    start_sample: int
    end_sample: int
    voiced_samples: int
    detected_at_sample: int
    awaits_wake_word: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HypothesisRevised:
    """What an unfinished utterance seems to say: the stable prefix will not be taken back, the rest may be.

    ``revision`` counts from 1 within the utterance; ``heard_until_sample`` is the end of the audio behind it.
    """

    type: ClassVar[str] = "hypothesis-revised"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    revision: int
    stable_text: str
    unstable_text: str
    heard_until_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceTranscribed:
    """The final text of an utterance; it never changes. ``inference_seconds`` is what the model took."""

    type: ClassVar[str] = "utterance-transcribed"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    text: str
    words: tuple[Word, ...]
    language: str | None
    confidence: float
    model: str
    inference_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceRejected:
    """An utterance was not speech after all: the text that is left out, the rule and the scores it went by."""

    type: ClassVar[str] = "utterance-rejected"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    rule: RejectionRule
    text: str
    voiced_seconds: float
    average_log_probability: float | None = None
    no_speech_probability: float | None = None
    compression_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionFailed:
    """The text of an utterance could not be computed; ``code`` is the error's."""

    type: ClassVar[str] = "transcription-failed"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptRevised:
    """A later, better pass over a finished utterance; the first final text stays in the log."""

    type: ClassVar[str] = "transcript-revised"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    text: str
    words: tuple[Word, ...]
    language: str | None
    confidence: float
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioGapRecorded:
    """So many samples from ``start_sample`` on were not heard, and why."""

    type: ClassVar[str] = "audio-gap-recorded"
    version: ClassVar[int] = 1

    start_sample: int
    lost_samples: int
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSourceLost:
    """The source stopped delivering; the session waits for it to come back."""

    type: ClassVar[str] = "audio-source-lost"
    version: ClassVar[int] = 1

    at_sample: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSourceRecovered:
    """The source delivers again, from this sample on."""

    type: ClassVar[str] = "audio-source-recovered"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDegraded:
    """A part of the service is being left out, and why; ``part`` is one word such as ``event-store``."""

    type: ClassVar[str] = "service-degraded"
    version: ClassVar[int] = 1

    part: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRestored:
    """A part that was left out is there again."""

    type: ClassVar[str] = "service-restored"
    version: ClassVar[int] = 1

    part: str


SessionEvent = (
    SessionStarted
    | SessionStopping
    | SessionStopped
    | SessionFailed
    | SessionInterrupted
    | SettingsChanged
    | ListeningPaused
    | ListeningResumed
    | WakeWordDetected
    | WakeWordExpired
    | SpeechStarted
    | SpeechEnded
    | HypothesisRevised
    | UtteranceTranscribed
    | UtteranceRejected
    | TranscriptionFailed
    | TranscriptRevised
    | AudioGapRecorded
    | AudioSourceLost
    | AudioSourceRecovered
    | ServiceDegraded
    | ServiceRestored
)
"""One of the facts above."""

EVENT_TYPES: tuple[type[SessionEvent], ...] = get_args(SessionEvent)
"""Every class of event, in the order of the documentation."""
