"""Counts where every captured sample went: into an utterance, into silence, or into a recorded gap."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from realtime_mlx_stt.domain import events as e

__all__ = ["AudioLedger", "add_to_ledger", "audio_ledger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLedger:
    """Sample counts of one session.

    ``captured_samples``: all samples. While the session runs, and if it was interrupted, only those of which the
    events already tell where they went.
    ``utterance_samples``: those of utterances that are, or may turn out to be, speech.
    ``rejected_samples``: those of utterances that were not speech after all.
    ``gap_samples``: those that were lost.
    ``undecided``: the number and length in samples of each utterance whose text is still awaited.
    """

    captured_samples: int = 0
    utterance_samples: int = 0
    rejected_samples: int = 0
    gap_samples: int = 0
    undecided: tuple[tuple[int, int], ...] = ()

    @property
    def silence_samples(self) -> int:
        """The samples that were heard and belong to no utterance."""
        return self.captured_samples - self.utterance_samples - self.rejected_samples - self.gap_samples


def audio_ledger(events: Iterable[e.SessionEvent]) -> AudioLedger:
    """The ledger of one session's events."""
    ledger = AudioLedger()
    for event in events:
        ledger = add_to_ledger(ledger, event)
    return ledger


def add_to_ledger(ledger: AudioLedger, event: e.SessionEvent) -> AudioLedger:
    """The ledger after one more event."""
    ledger = replace(ledger, captured_samples=max(ledger.captured_samples, _told_until(event)))
    match event:
        case e.SpeechEnded():
            samples = event.end_sample - event.start_sample
            return replace(
                ledger,
                utterance_samples=ledger.utterance_samples + samples,
                undecided=(*ledger.undecided, (event.utterance_id, samples)),
            )
        case e.UtteranceRejected():
            return _decided(_reject(ledger, event), event.utterance_id)
        case e.UtteranceTranscribed() | e.TranscriptionFailed():
            return _decided(ledger, event.utterance_id)
        case e.AudioGapRecorded():
            return replace(ledger, gap_samples=ledger.gap_samples + event.lost_samples)
        case e.SessionInterrupted():
            return replace(ledger, undecided=())
        case _:
            return ledger


def _told_until(event: e.SessionEvent) -> int:
    """Up to which sample this event, with those before it, says where the audio went; 0 if it does not tell."""
    match event:
        case e.SpeechStarted():
            return event.start_sample
        case e.SpeechEnded():
            return event.detected_at_sample
        case e.WakeWordDetected() | e.WakeWordExpired() | e.ListeningPaused() | e.ListeningResumed():
            return event.at_sample
        case e.AudioGapRecorded():
            return event.start_sample + event.lost_samples
        case e.SessionStopping() | e.SessionStopped() | e.SessionFailed():
            return event.captured_samples
        case _:
            return 0


def _reject(ledger: AudioLedger, event: e.UtteranceRejected) -> AudioLedger:
    samples = sum(length for utterance, length in ledger.undecided if utterance == event.utterance_id)
    return replace(
        ledger,
        utterance_samples=ledger.utterance_samples - samples,
        rejected_samples=ledger.rejected_samples + samples,
    )


def _decided(ledger: AudioLedger, utterance_id: int) -> AudioLedger:
    undecided = tuple(entry for entry in ledger.undecided if entry[0] != utterance_id)
    return replace(ledger, undecided=undecided)
