"""Every fact that a session can state, named subject first and in the past tense.

``type`` and ``version`` are what the log and the wire know an event by; the class may be renamed or moved, they may
not. A new optional field needs no new version.

Where audio is concerned, a position is a number of samples at 16 kHz since the session began to take audio, never a
time of day; a stretch goes from its first sample to before its end. What a field means in every event that has it:

``utterance_id``: which utterance; they count from 1 in the order in which they begin.
``at_sample``: where in the audio it happened.
``settings``: all settings of the session, also those that are at their defaults.
``captured_samples``: how much audio the session took, what was lost included.
``code``: what went wrong, as a word that stays the same and that programs may branch on.
``message``: what went wrong, as a sentence for a person; it may be put differently some day.
``text``: the whole text of the utterance, without white space around it.
``words``: the text word by word with their places; empty when the engine does not tell.
``language``: the code of the language that was spoken, or null when the engine does not tell.
``confidence``: how sure the model is of the text: the geometric mean of its tokens' probabilities.
``model``: the name of the model that wrote the text.
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
    """Why an utterance took no more audio.

    ``silence``: nobody spoke for as long as the settings say.
    ``longest-utterance``: it was as long as an utterance may be; what is said further is the next one.
    ``committed``: the speaker said so (push-to-talk).
    ``paused``: listening was paused.
    ``stopped``: the session was stopped.
    ``source-ended``: the source had no more audio.
    ``source-lost``: the source stopped delivering.
    ``gap``: samples were lost; what is said further is the next utterance.
    ``failed``: something failed that the session cannot do without.
    """

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
    """Why a session took no more audio.

    ``requested``: somebody asked it to stop.
    ``source-ended``: there was no more audio, the end of a file for instance.
    """

    REQUESTED = "requested"
    SOURCE_ENDED = "source-ended"


class GapReason(StrEnum):
    """Why captured samples belong to no utterance and are not known to be silence.

    ``overflow``: they came faster than they could be taken.
    ``source-lost``: they passed while the source was away.
    ``paused``: listening was paused.
    ``invalid-samples``: they were not numbers that sound can have.
    """

    OVERFLOW = "overflow"
    SOURCE_LOST = "source-lost"
    PAUSED = "paused"
    INVALID_SAMPLES = "invalid-samples"


class RejectionRule(StrEnum):
    """Which rule said that an utterance was not speech after all.

    ``digital-silence``: its audio is all but zero.
    ``too-little-speech``: less of it was voiced than the settings ask for; the model was not asked.
    ``no-speech``: the model thinks that nobody spoke, and is not sure of what it wrote.
    ``repetition``: the text says the same over and over, as a decoder does that is caught in a loop.
    ``impossible-pace``: nobody can say so much in so short a time.
    ``empty-text``: the text has neither a letter nor a digit.
    """

    DIGITAL_SILENCE = "digital-silence"
    TOO_LITTLE_SPEECH = "too-little-speech"
    NO_SPEECH = "no-speech"
    REPETITION = "repetition"
    IMPOSSIBLE_PACE = "impossible-pace"
    EMPTY_TEXT = "empty-text"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session began to take audio; the first event of every session.

    ``source``: what it listens to: a device, a file, a client.
    ``started_at``: when sample 0 was captured.
    """

    type: ClassVar[str] = "session-started"
    version: ClassVar[int] = 1

    settings: SessionSettings
    source: str
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopping:
    """A session takes no more audio; texts that are still being computed are awaited.

    ``reason``: why it takes no more.
    """

    type: ClassVar[str] = "session-stopping"
    version: ClassVar[int] = 1

    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopped:
    """A session is over as it should be, and nothing of it is outstanding.

    ``reason``: why it took no more audio.
    """

    type: ClassVar[str] = "session-stopped"
    version: ClassVar[int] = 1

    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFailed:
    """A session is over because something failed that it cannot do without."""

    type: ClassVar[str] = "session-failed"
    version: ClassVar[int] = 1

    code: str
    message: str
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterrupted:
    """A session that was found open after a crash was closed.

    ``lost_utterances``: those that had begun and never got their final text, in order.
    """

    type: ClassVar[str] = "session-interrupted"
    version: ClassVar[int] = 1

    lost_utterances: tuple[UtteranceId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """A session works with other settings from here on; an utterance that has begun keeps its audio.

    ``at_sample``: from which position on, or null when it is not known.
    """

    type: ClassVar[str] = "settings-changed"
    version: ClassVar[int] = 1

    settings: SessionSettings
    at_sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPaused:
    """Audio is no longer listened to until listening is resumed.

    ``at_sample``: the first sample that is not listened to.
    """

    type: ClassVar[str] = "listening-paused"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningResumed:
    """Audio is listened to again; what was captured in between is recorded as a gap before this.

    ``at_sample``: the first sample that is listened to.
    """

    type: ClassVar[str] = "listening-resumed"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected:
    """The wake word was heard; the session now listens for speech.

    ``word``: which of the wake words in the settings it was.
    ``score``: how sure the detector is.
    ``at_sample``: where the word ended.
    ``deadline_sample``: before this position speech must have been noticed.
    """

    type: ClassVar[str] = "wake-word-detected"
    version: ClassVar[int] = 1

    word: str
    score: float
    at_sample: int
    deadline_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordExpired:
    """Nothing was said in time after the wake word, or nothing more; the session waits for it again.

    ``word``: which wake word it was.
    ``at_sample``: where the session went back to waiting.
    """

    type: ClassVar[str] = "wake-word-expired"
    version: ClassVar[int] = 1

    word: str
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """Somebody began to speak: an utterance was begun.

    ``start_sample``: the first sample of the utterance, the pre-roll before the speech included.
    ``detected_at_sample``: how far the audio had been heard when this was certain.
    """

    type: ClassVar[str] = "speech-started"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    start_sample: int
    detected_at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """An utterance took its last audio; its text follows.

    ``reason``: why it took no more.
    ``start_sample``: its first sample.
    ``end_sample``: the position behind its last sample, the tail after the speech included.
    ``voiced_samples``: how many of its samples held speech.
    ``detected_at_sample``: how far the audio had been heard when this was certain.
    ``awaits_wake_word``: whether the session now waits for the wake word.
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
    """What an utterance seems to say so far has changed; only while it is being spoken.

    ``revision``: counts from 1 within the utterance.
    ``stable_text``: the beginning, which is not taken back: the next revision begins with it too.
    ``unstable_text``: the rest, which may change; with the space that parts it from the beginning.
    ``heard_until_sample``: the end of the audio that this was written from.
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
    """An utterance has its final text, which never changes.

    ``inference_seconds``: how long the model took.
    """

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
    """An utterance was not speech after all: its text, if it was asked for, is left out.

    ``rule``: the rule that said so.
    ``text``: the text that is left out.
    ``voiced_seconds``: how much of the utterance held speech.
    ``average_log_probability``: the mean of the tokens' log-probabilities, or null when the model was not asked.
    ``no_speech_probability``: how sure the model is that nobody spoke, or null when it was not asked.
    ``compression_ratio``: how far the text can be compressed, large when it repeats itself; null without a text.
    """

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
    """The text of an utterance could not be computed; the utterance stays without one."""

    type: ClassVar[str] = "transcription-failed"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptRevised:
    """A later, better pass over a finished utterance gave a text; the first one stays in the log."""

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
    """Samples were not heard, and never will be.

    ``start_sample``: the first of them.
    ``lost_samples``: how many there are.
    ``reason``: why they were not heard.
    """

    type: ClassVar[str] = "audio-gap-recorded"
    version: ClassVar[int] = 1

    start_sample: int
    lost_samples: int
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSourceLost:
    """The source stopped delivering; the session waits for it to come back.

    ``at_sample``: where the audio breaks off.
    """

    type: ClassVar[str] = "audio-source-lost"
    version: ClassVar[int] = 1

    at_sample: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSourceRecovered:
    """The source delivers again; what passed meanwhile is recorded as a gap before this.

    ``at_sample``: where the audio goes on.
    """

    type: ClassVar[str] = "audio-source-recovered"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDegraded:
    """A part of the service is being left out until further notice.

    ``part``: which part, in a word such as ``event-store`` or ``recording``.
    """

    type: ClassVar[str] = "service-degraded"
    version: ClassVar[int] = 1

    part: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRestored:
    """A part of the service that was left out is there again.

    ``part``: which part, in the word of the event that said it was left out.
    """

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
