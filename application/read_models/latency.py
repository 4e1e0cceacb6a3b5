"""How long the speaker waited for each text, from what the log knows: its own times and the model's seconds.

Two clocks are involved. How long silence had to last before the end of speech was certain is audio, counted in
samples; how long the text then took is the time between two appends. Their sum is what a speaker waits, and it
means the same for a microphone and for a file that is read faster than real time.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = [
    "Latencies",
    "LatencySummary",
    "Percentiles",
    "UtteranceLatency",
    "add_to_latencies",
    "fold_latencies",
    "percentiles",
    "summarize_latencies",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceLatency:
    """The times of one transcribed utterance, in seconds.

    ``endpointing_seconds``: silence heard after the last speech until the end was certain.
    ``writing_seconds``: from then until the final text was recorded; near 0 when it had been prepared.
    ``inference_seconds``: what the model took for the final text. ``audio_seconds``: how long the utterance is.
    ``first_partial_seconds``: from the recorded onset to the first hypothesis, None when there was none.
    """

    utterance_id: UtteranceId
    endpointing_seconds: float
    writing_seconds: float
    inference_seconds: float
    audio_seconds: float
    first_partial_seconds: float | None = None

    @property
    def end_of_speech_to_text_seconds(self) -> float:
        """From the last speech to the final text."""
        return self.endpointing_seconds + self.writing_seconds

    @property
    def real_time_factor(self) -> float:
        """Seconds of model for a second of audio; 0 for an utterance without audio."""
        return self.inference_seconds / self.audio_seconds if self.audio_seconds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """An utterance on its way to its text."""

    utterance_id: UtteranceId
    started_at: float
    first_partial_seconds: float | None = None
    ended_at: float = 0.0
    endpointing_seconds: float = 0.0
    audio_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """The latencies of all transcribed utterances so far; begin with ``Latencies()``."""

    utterances: tuple[UtteranceLatency, ...] = ()
    begun: tuple[_Begun, ...] = ()
    tail_samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """A distribution at a glance: nearest-rank percentiles and the largest value."""

    median: float
    p90: float
    p95: float
    largest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencySummary:
    """A session's latencies at a glance; None where nothing was measured."""

    utterances: int
    end_of_speech_to_text_seconds: Percentiles | None
    writing_seconds: Percentiles | None
    inference_seconds: Percentiles | None
    real_time_factor: Percentiles | None
    first_partial_seconds: Percentiles | None


def fold_latencies(events: Iterable[StoredEvent]) -> Latencies:
    """The latencies of one session's events."""
    measuring = _Measuring()
    written = [latency for stored in events if (latency := measuring.add(stored)) is not None]
    return measuring.latencies(tuple(written))


def add_to_latencies(latencies: Latencies, stored: StoredEvent) -> Latencies:
    """The latencies after one more event; many events are cheaper folded at once."""
    measuring = _Measuring(latencies.begun, latencies.tail_samples)
    latency = measuring.add(stored)
    written = latencies.utterances if latency is None else (*latencies.utterances, latency)
    return measuring.latencies(written)


def summarize_latencies(latencies: Latencies) -> LatencySummary:
    """The latencies at a glance."""
    measured = latencies.utterances
    first_partials = [u.first_partial_seconds for u in measured if u.first_partial_seconds is not None]
    return LatencySummary(
        utterances=len(measured),
        end_of_speech_to_text_seconds=percentiles([u.end_of_speech_to_text_seconds for u in measured]),
        writing_seconds=percentiles([u.writing_seconds for u in measured]),
        inference_seconds=percentiles([u.inference_seconds for u in measured]),
        real_time_factor=percentiles([u.real_time_factor for u in measured]),
        first_partial_seconds=percentiles(first_partials),
    )


class _Measuring:
    """The utterances on their way to their texts, and what each event does to them."""

    def __init__(self, begun: Iterable[_Begun] = (), tail_samples: int = 0) -> None:
        self._begun = {each.utterance_id: each for each in begun}
        self._tail_samples = tail_samples

    def latencies(self, written: tuple[UtteranceLatency, ...]) -> Latencies:
        """The latencies of the texts written so far, ready for the next event."""
        begun = tuple(self._begun.values())
        return Latencies(utterances=written, begun=begun, tail_samples=self._tail_samples)

    def add(self, stored: StoredEvent) -> UtteranceLatency | None:
        """Take one more event; the latency of the text that it brings, if any."""
        match stored.event:
            case e.SessionStarted() | e.SettingsChanged() as event:
                self._tail_samples = seconds_to_samples(event.settings.endpointing.tail_seconds)
            case e.SpeechStarted() as event:
                begun = _Begun(utterance_id=event.utterance_id, started_at=stored.recorded_at)
                self._begun[event.utterance_id] = begun
            case e.HypothesisRevised() as event:
                self._hear_partial(event, stored.recorded_at)
            case e.SpeechEnded() as event:
                self._end(event, stored.recorded_at)
            case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed() as event:
                return self._finish(event, stored.recorded_at)
            case _:
                pass
        return None

    def _hear_partial(self, event: e.HypothesisRevised, recorded_at: float) -> None:
        begun = self._begun.get(event.utterance_id)
        if begun is not None and begun.first_partial_seconds is None:
            waited = max(0.0, recorded_at - begun.started_at)
            self._begun[event.utterance_id] = replace(begun, first_partial_seconds=waited)

    def _end(self, event: e.SpeechEnded, recorded_at: float) -> None:
        begun = self._begun.get(event.utterance_id)
        if begun is None:
            return
        tail_samples = self._tail_samples if event.reason is e.SpeechEndReason.SILENCE else 0
        waited = max(0, event.detected_at_sample - (event.end_sample - tail_samples))
        self._begun[event.utterance_id] = replace(
            begun,
            ended_at=recorded_at,
            endpointing_seconds=samples_to_seconds(waited),
            audio_seconds=samples_to_seconds(event.end_sample - event.start_sample),
        )

    def _finish(
        self, event: e.UtteranceTranscribed | e.UtteranceRejected | e.TranscriptionFailed, recorded_at: float
    ) -> UtteranceLatency | None:
        begun = self._begun.pop(event.utterance_id, None)
        if begun is None or not isinstance(event, e.UtteranceTranscribed):
            return None
        return UtteranceLatency(
            utterance_id=event.utterance_id,
            endpointing_seconds=begun.endpointing_seconds,
            writing_seconds=max(0.0, recorded_at - begun.ended_at),
            inference_seconds=event.inference_seconds,
            audio_seconds=begun.audio_seconds,
            first_partial_seconds=begun.first_partial_seconds,
        )


def percentiles(values: Sequence[float]) -> Percentiles | None:
    """The distribution of the values; None where there is none."""
    if not values:
        return None
    ordered = sorted(values)

    def at(percent: int) -> float:
        return ordered[max(0, math.ceil(percent * len(ordered) / 100) - 1)]

    return Percentiles(median=at(50), p90=at(90), p95=at(95), largest=ordered[-1])
