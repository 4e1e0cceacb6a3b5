"""Compares two hearings of the same audio, utterance by utterance, leaving out what depends on the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest

from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
)
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["HeardUtterance", "SessionComparison", "UtteranceComparison", "compare_sessions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardUtterance:
    """What one hearing made of an utterance; ``outcome`` is the wire name of the event that finished it."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    outcome: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceComparison:
    """The same stretch of speech in both hearings; None where a hearing has no utterance there."""

    first: HeardUtterance | None
    second: HeardUtterance | None

    @property
    def has_same_boundaries(self) -> bool:
        """Whether both hearings heard it from the same sample to the same sample."""
        return (
            self.first is not None
            and self.second is not None
            and (self.first.start_sample, self.first.end_sample)
            == (self.second.start_sample, self.second.end_sample)
        )

    @property
    def has_same_text(self) -> bool:
        """Whether both hearings finished it in the same way with the same text."""
        return (
            self.first is not None
            and self.second is not None
            and (self.first.outcome, self.first.text) == (self.second.outcome, self.second.text)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionComparison:
    """Two hearings side by side; ``other_differences`` is a sentence for each difference that is no utterance's."""

    utterances: tuple[UtteranceComparison, ...]
    other_differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether the hearings differ in nothing but the time they took."""
        return not self.other_differences and all(
            utterance.has_same_boundaries and utterance.has_same_text for utterance in self.utterances
        )


def compare_sessions(first: Sequence[StoredEvent], second: Sequence[StoredEvent]) -> SessionComparison:
    """Compare two logs; the order of the texts, hypotheses, wall-clock times and degraded parts do not count."""
    return SessionComparison(
        utterances=tuple(_pairs(_heard(fold_transcript(first)), _heard(fold_transcript(second)))),
        other_differences=tuple(_other_differences(first, second)),
    )


def _heard(transcript: Transcript) -> list[HeardUtterance]:
    outcomes: tuple[tuple[str, TranscribedUtterance | RejectedUtterance | FailedUtterance, str], ...] = (
        *((e.UtteranceTranscribed.type, u, u.final.text) for u in transcript.utterances),
        *((e.UtteranceRejected.type, u, u.text) for u in transcript.rejected),
        *((e.TranscriptionFailed.type, u, "") for u in transcript.failed),
    )
    heard = [
        HeardUtterance(
            utterance_id=utterance.utterance_id,
            start_sample=utterance.start_sample,
            end_sample=utterance.end_sample,
            outcome=outcome,
            text=text,
        )
        for outcome, utterance, text in outcomes
    ]
    return sorted(heard, key=lambda utterance: utterance.utterance_id)


def _pairs(first: list[HeardUtterance], second: list[HeardUtterance]) -> Iterator[UtteranceComparison]:
    """Pair the utterances that overlap; what lies wholly before the other's next one stands alone."""
    one, two = 0, 0
    while one < len(first) or two < len(second):
        left = first[one] if one < len(first) else None
        right = second[two] if two < len(second) else None
        if left is not None and right is not None:
            if left.end_sample <= right.start_sample and left.start_sample < right.start_sample:
                right = None
            elif right.end_sample <= left.start_sample and right.start_sample < left.start_sample:
                left = None
        one += left is not None
        two += right is not None
        yield UtteranceComparison(first=left, second=right)


def _other_differences(first: Sequence[StoredEvent], second: Sequence[StoredEvent]) -> Iterator[str]:
    pairs = zip_longest(filter(None, map(_essence, first)), filter(None, map(_essence, second)))
    for number, (one, two) in enumerate(pairs, start=1):
        if one != two:
            yield f"Event {number} that is no utterance's was {one or 'missing'} and is now {two or 'missing'}."


_CompleteEvents = (
    e.WakeWordDetected
    | e.WakeWordExpired
    | e.ListeningPaused
    | e.ListeningResumed
    | e.AudioGapRecorded
    | e.SessionStopping
)


def _essence(stored: StoredEvent) -> str | None:
    """What must be the same of an event that is no utterance's, as text; None when nothing must."""
    event = stored.event
    if isinstance(event, e.AudioSourceLost):
        return f"{event.type} at_sample={event.at_sample}"
    if isinstance(event, e.SettingsChanged):
        return f"{event.type} settings={event.settings}"
    if not isinstance(event, _CompleteEvents | e.AudioSourceRecovered):
        return None
    values = (f"{field.name}={_shown(getattr(event, field.name))}" for field in fields(event))
    return " ".join((event.type, *values))


def _shown(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
