"""What was said: every utterance of a session with its text, or with the reason why it has none."""

from collections.abc import Iterable
from dataclasses import dataclass

from realtime_mlx_stt.application.read_models.growing_transcript import GrowingTranscript
from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
    UnfinishedUtterance,
)
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["Transcript", "add_to_transcript", "fold_transcript"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A session's utterances, in the order in which they were begun.

    ``source`` is what the session listened to and ``settings`` what it works with now, None before it started.
    ``captured_samples`` is how far the audio is known to have gone; final once the session is over.
    """

    source: str = ""
    settings: SessionSettings | None = None
    captured_samples: int = 0
    utterances: tuple[TranscribedUtterance, ...] = ()
    rejected: tuple[RejectedUtterance, ...] = ()
    failed: tuple[FailedUtterance, ...] = ()
    unfinished: tuple[UnfinishedUtterance, ...] = ()

    @property
    def text(self) -> str:
        """The whole text, an utterance a line."""
        return "\n".join(utterance.text for utterance in self.utterances)


def fold_transcript(events: Iterable[StoredEvent]) -> Transcript:
    """The transcript of one session's events."""
    growing = GrowingTranscript()
    for stored in events:
        growing.add(stored.event)
    return _as_it_stands(growing)


def add_to_transcript(transcript: Transcript, stored: StoredEvent) -> Transcript:
    """The transcript after one more event, which costs a copy of it; many events are cheaper folded at once."""
    growing = GrowingTranscript(
        source=transcript.source,
        settings=transcript.settings,
        captured_samples=transcript.captured_samples,
        utterances=list(transcript.utterances),
        rejected=list(transcript.rejected),
        failed=list(transcript.failed),
        unfinished={utterance.utterance_id: utterance for utterance in transcript.unfinished},
    )
    growing.add(stored.event)
    return _as_it_stands(growing)


def _as_it_stands(growing: GrowingTranscript) -> Transcript:
    return Transcript(
        source=growing.source,
        settings=growing.settings,
        captured_samples=growing.captured_samples,
        utterances=tuple(growing.utterances),
        rejected=tuple(growing.rejected),
        failed=tuple(growing.failed),
        unfinished=tuple(growing.unfinished.values()),
    )
