"""What became of one utterance, as a reader of the transcript sees it."""

from dataclasses import dataclass

from realtime_mlx_stt.domain.events import RejectionRule
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.transcription import Word

__all__ = [
    "FailedUtterance",
    "RejectedUtterance",
    "TranscribedUtterance",
    "UnfinishedUtterance",
    "Writing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One pass of a model over an utterance; word positions count from the start of the session."""

    text: str
    words: tuple[Word, ...]
    confidence: float
    language: str | None
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedUtterance:
    """An utterance without its last word; ``end_sample`` is None while it is being spoken."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int | None = None
    stable_text: str = ""
    unstable_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribedUtterance:
    """An utterance with its text: ``final`` never changes, ``revised`` is the newest later pass, if any."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    final: Writing
    revised: Writing | None = None

    @property
    def best(self) -> Writing:
        """What a reader wants: the later pass where there is one."""
        return self.revised or self.final

    @property
    def text(self) -> str:
        """The text of the best pass."""
        return self.best.text


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedUtterance:
    """An utterance that was not speech after all: the text left out, the rule and the scores it went by."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    rule: RejectionRule
    text: str
    voiced_seconds: float
    average_log_probability: float | None = None
    no_speech_probability: float | None = None
    compression_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedUtterance:
    """An utterance whose text could not be computed; ``code`` is the error's or ``session-interrupted``.

    ``hypothesis`` is what it last seemed to say, empty when nobody knew.
    """

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    code: str
    message: str
    hypothesis: str = ""
