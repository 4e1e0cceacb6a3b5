"""Facts about an utterance, from the onset of speech to its text."""

from dataclasses import dataclass
from typing import ClassVar

from realtime_mlx_stt.domain.events.reasons import RejectionRule, SpeechEndReason
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.transcription import Word

__all__ = [
    "HypothesisRevised",
    "SpeechEnded",
    "SpeechStarted",
    "TranscriptRevised",
    "TranscriptionFailed",
    "UtteranceRejected",
    "UtteranceTranscribed",
]


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
    """A new partial text of an utterance that is still being spoken; it replaces the one before.

    It may be the same text again, written from more audio. A text that is likely to be noise is not shown: if a
    text has been shown before, its unstable part is then taken back.

    ``revision``: counts from 1 within the utterance.
    ``stable_text``: the beginning of the text, which no later revision changes: every hypothesis over at least
    0.9 s of audio had it. The final text may differ all the same.
    ``unstable_text``: the rest of the text, which may still change. It begins with the space between the two parts.
    ``heard_until_sample``: the end of the audio that this text was written from.
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
    ``needed_full_window``: whether the text of the audio alone could not stand, so that the model was given the
    whole window that it was trained on, at its full cost.
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
    needed_full_window: bool = False


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
    """A later pass over a finished utterance gave a text; what was recorded of it before stays in the log."""

    type: ClassVar[str] = "transcript-revised"
    version: ClassVar[int] = 1

    utterance_id: UtteranceId
    text: str
    words: tuple[Word, ...]
    language: str | None
    confidence: float
    model: str
