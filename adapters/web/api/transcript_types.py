"""Defines the types in which utterances and transcripts are shown."""

from enum import StrEnum

import msgspec

from realtime_mlx_stt.domain.events import RejectionRule

__all__ = [
    "RejectedInTranscript",
    "RejectionView",
    "SpokenWord",
    "TranscriptDocument",
    "UtteranceInTranscript",
    "UtteranceList",
    "UtteranceStatus",
    "UtteranceView",
    "WordInTranscript",
]


class UtteranceStatus(StrEnum):
    """What became of an utterance.

    ``transcribed``: it has its final text. ``rejected``: it was not speech after all. ``failed``: its text could
    not be written. ``unfinished``: it is being spoken, or its text is awaited.
    """

    TRANSCRIBED = "transcribed"
    REJECTED = "rejected"
    FAILED = "failed"
    UNFINISHED = "unfinished"


class SpokenWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word with its place, in seconds since the session began."""

    text: str
    start_seconds: float
    end_seconds: float
    probability: float


class RejectionView(msgspec.Struct, frozen=True, kw_only=True):
    """Why an utterance was taken for noise, and the scores by which it was judged."""

    rule: RejectionRule
    voiced_seconds: float
    average_log_probability: float | None
    no_speech_probability: float | None
    compression_ratio: float | None


class UtteranceView(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance; positions are seconds since the session began.

    ``text``: the newest text; of a rejected one what was left out, of others what they seem to say.
    ``first_text``: what it said before a later pass, null without one. ``failure_code`` and
    ``failure_message``: those of an error.
    """

    utterance_id: int
    status: UtteranceStatus
    start_seconds: float
    end_seconds: float | None
    text: str
    first_text: str | None = None
    confidence: float | None = None
    language: str | None = None
    model: str | None = None
    words: tuple[SpokenWord, ...] = ()
    rejection: RejectionView | None = None
    failure_code: str | None = None
    failure_message: str | None = None


class UtteranceList(msgspec.Struct, frozen=True, kw_only=True):
    """Utterances in the order in which they were begun."""

    utterances: tuple[UtteranceView, ...]


class WordInTranscript(msgspec.Struct, frozen=True, kw_only=True):
    """A word of a transcript, with its place in seconds."""

    word: str
    start: float
    end: float
    probability: float


class UtteranceInTranscript(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance of a transcript, with its place in seconds."""

    id: int
    start: float
    end: float
    text: str
    confidence: float
    words: tuple[WordInTranscript, ...]


class RejectedInTranscript(msgspec.Struct, frozen=True, kw_only=True):
    """What was left out of a transcript, with the rule and the scores."""

    id: int
    start: float
    end: float
    text: str
    rule: RejectionRule
    voiced_seconds: float
    average_log_probability: float | None
    no_speech_probability: float | None
    compression_ratio: float | None


class TranscriptDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A transcript, as ``stt transcribe --format json`` writes it; times are seconds since the session began."""

    file: str
    model: str | None
    language: str | None
    duration_seconds: float
    text: str
    utterances: tuple[UtteranceInTranscript, ...]
    rejected: tuple[RejectedInTranscript, ...]
