"""Compares two hearings of the same audio, utterance by utterance, leaving out what depends on the clock.

If a crash interrupted the first hearing, it is compared as far as it went: what it cannot have known is no
difference. A text that the second hearing has of speech whose text the crash cost the first is called rescued.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
)
from realtime_mlx_stt.application.replay.event_differences import event_differences
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["HeardUtterance", "SessionComparison", "UtteranceComparison", "compare_sessions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardUtterance:
    """What one hearing made of an utterance.

    ``outcome`` is the wire name of the event that finished it, ``session-interrupted`` for one that a crash left
    unfinished. ``is_end_known`` is false if it was still being spoken; ``end_sample`` is then how far it was heard.
    """

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    outcome: str
    text: str
    is_end_known: bool = True


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
    """Two hearings side by side.

    ``utterances`` are those that both could know, and ``other_differences`` is a sentence for each difference that
    is no utterance's. ``rescued`` is what the second hearing wrote of speech whose text a crash had cost the first.
    """

    utterances: tuple[UtteranceComparison, ...]
    other_differences: tuple[str, ...]
    rescued: tuple[HeardUtterance, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the hearings differ in nothing but the time they took, and what a crash cost the first."""
        return not self.other_differences and all(
            utterance.has_same_boundaries and utterance.has_same_text for utterance in self.utterances
        )


def compare_sessions(first: Sequence[StoredEvent], second: Sequence[StoredEvent]) -> SessionComparison:
    """Compare two logs; the order of the texts, hypotheses, wall-clock times and degraded parts do not count."""
    pairs = tuple(_pairs(_heard(first), _heard(second)))
    known_until_sample = _known_until(first)
    begun_later = _begun_from(second, known_until_sample)
    news = [pair.second for pair in pairs if _is_beyond_crash(pair, begun_later)]
    return SessionComparison(
        utterances=tuple(pair for pair in pairs if not _is_beyond_crash(pair, begun_later)),
        other_differences=tuple(event_differences(first, second, known_until_sample)),
        rescued=tuple(heard for heard in news if heard and heard.outcome == e.UtteranceTranscribed.type),
    )


def _known_until(log: Sequence[StoredEvent]) -> int | None:
    """How far a log that ends with an interruption knows the audio; None for a log that knows all of it."""
    if not log or not isinstance(log[-1].event, e.SessionInterrupted):
        return None
    return audio_ledger(stored.event for stored in log).captured_samples


def _begun_from(log: Sequence[StoredEvent], sample: int | None) -> frozenset[UtteranceId]:
    """The utterances whose onset was noticed at ``sample`` or later; none if ``sample`` is None."""
    onsets = (stored.event for stored in log if isinstance(stored.event, e.SpeechStarted))
    return frozenset(
        onset.utterance_id for onset in onsets if sample is not None and onset.detected_at_sample >= sample
    )


def _is_beyond_crash(pair: UtteranceComparison, begun_later: frozenset[UtteranceId]) -> bool:
    """Whether this is known to the second hearing only because the first had crashed by then."""
    first, second = pair.first, pair.second
    if second is None:
        return False
    if first is None:
        return second.utterance_id in begun_later
    if first.outcome != e.SessionInterrupted.type:
        return False
    return pair.has_same_boundaries or (not first.is_end_known and first.start_sample == second.start_sample)


def _heard(log: Sequence[StoredEvent]) -> list[HeardUtterance]:
    transcript = fold_transcript(log)
    ended = {stored.event.utterance_id for stored in log if isinstance(stored.event, e.SpeechEnded)}
    outcomes: tuple[tuple[str, TranscribedUtterance | RejectedUtterance | FailedUtterance, str], ...] = (
        *((e.UtteranceTranscribed.type, u, u.final.text) for u in transcript.utterances),
        *((e.UtteranceRejected.type, u, u.text) for u in transcript.rejected),
        *((_failure(u), u, "") for u in transcript.failed),
    )
    heard = [
        HeardUtterance(
            utterance_id=utterance.utterance_id,
            start_sample=utterance.start_sample,
            end_sample=utterance.end_sample,
            outcome=outcome,
            text=text,
            is_end_known=utterance.utterance_id in ended,
        )
        for outcome, utterance, text in outcomes
    ]
    return sorted(heard, key=lambda utterance: utterance.utterance_id)


def _failure(utterance: FailedUtterance) -> str:
    """The event that finished a failed utterance: an interruption, if its code says so, else a failed text."""
    was_lost = utterance.code == e.SessionInterrupted.type
    return e.SessionInterrupted.type if was_lost else e.TranscriptionFailed.type


def _pairs(first: list[HeardUtterance], second: list[HeardUtterance]) -> Iterator[UtteranceComparison]:
    """Pair the utterances that overlap; one that lies wholly before the other's next one has no partner."""
    one, two = 0, 0
    while one < len(first) or two < len(second):
        left = first[one] if one < len(first) else None
        right = second[two] if two < len(second) else None
        if left is not None and right is not None:
            if _is_wholly_before(left, right):
                right = None
            elif _is_wholly_before(right, left):
                left = None
        one += left is not None
        two += right is not None
        yield UtteranceComparison(first=left, second=right)


def _is_wholly_before(one: HeardUtterance, other: HeardUtterance) -> bool:
    """Whether ``one`` ends before ``other`` begins; an utterance without a known end is taken to reach it."""
    return one.is_end_known and one.end_sample <= other.start_sample and one.start_sample < other.start_sample
