"""Reads from the log of a session that heard a file in real time how long the speaker waited for each text.

The log has two clocks: positions in the sound, and the times of the appends. When a file is played in real time
both run at the same speed. The event that was recorded with the least delay after its position tells where one
clock begins on the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from realtime_mlx_stt.application.benchmark.stability import taken_back_words
from realtime_mlx_stt.application.read_models.latency import fold_latencies
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["LiveLog", "read_live_log"]


@dataclass(kw_only=True)
class LiveLog:
    """What one log tells; each list holds one value in seconds per utterance or per hypothesis."""

    utterances: int = 0
    rejected: int = 0
    lost_finals: int = 0
    full_window_finals: int = 0
    lost_samples: int = 0
    speech_samples: int = 0
    hypotheses: int = 0
    stable_words: int = 0
    taken_back_words: int = 0
    degradations: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    partial_ages: list[float] = field(default_factory=list)
    first_partials: list[float] = field(default_factory=list)
    speech_to_final: list[float] = field(default_factory=list)
    decision_to_final: list[float] = field(default_factory=list)


@dataclass
class _Reading:
    """What is known of the session and its open utterances while its log is read."""

    log: LiveLog
    began_at: float
    tail_samples: int = 0
    started: dict[UtteranceId, e.SpeechStarted] = field(default_factory=dict)
    ended: dict[UtteranceId, e.SpeechEnded] = field(default_factory=dict)
    stable: dict[UtteranceId, str] = field(default_factory=dict)

    def age_seconds(self, stored: StoredEvent, sample: int) -> float:
        """How long ago the sound at the position was played when the event was recorded."""
        return stored.recorded_at - self.began_at - samples_to_seconds(sample)


def read_live_log(events: Sequence[StoredEvent]) -> LiveLog:
    """Reads a whole log."""
    log = LiveLog()
    reading = _Reading(log, _began_at(events))
    for stored in events:
        _read(reading, stored)
    latencies = fold_latencies(events).utterances
    log.first_partials = [
        each.first_partial_seconds for each in latencies if each.first_partial_seconds is not None
    ]
    log.decision_to_final = [each.writing_seconds for each in latencies]
    log.utterances = len(reading.started) + log.rejected + len(log.texts) + log.lost_finals
    log.lost_finals += len(reading.started)
    return log


def _began_at(events: Iterable[StoredEvent]) -> float:
    """When the first sample was played."""
    moments = [
        stored.recorded_at - samples_to_seconds(stored.event.detected_at_sample)
        for stored in events
        if isinstance(stored.event, e.SpeechStarted | e.SpeechEnded)
    ]
    return min(moments, default=0.0)


def _read(reading: _Reading, stored: StoredEvent) -> None:
    match stored.event:
        case e.SessionStarted() | e.SettingsChanged() as event:
            reading.tail_samples = seconds_to_samples(event.settings.endpointing.tail_seconds)
        case e.SpeechStarted() as event:
            reading.started[event.utterance_id] = event
        case e.HypothesisRevised() as event:
            _read_hypothesis(reading, stored, event)
        case e.SpeechEnded() as event:
            reading.ended[event.utterance_id] = event
            heard_from = reading.started[event.utterance_id].detected_at_sample
            reading.log.speech_samples += max(0, event.detected_at_sample - heard_from)
        case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed() as event:
            _read_outcome(reading, stored, event)
        case e.AudioGapRecorded() as event:
            reading.log.lost_samples += event.lost_samples
        case e.ServiceDegraded() as event:
            reading.log.degradations.add(event.code)
        case _:
            pass


def _read_hypothesis(reading: _Reading, stored: StoredEvent, event: e.HypothesisRevised) -> None:
    reading.log.hypotheses += 1
    reading.log.partial_ages.append(max(0.0, reading.age_seconds(stored, event.heard_until_sample)))
    reading.stable[event.utterance_id] = event.stable_text


def _read_outcome(
    reading: _Reading,
    stored: StoredEvent,
    event: e.UtteranceTranscribed | e.UtteranceRejected | e.TranscriptionFailed,
) -> None:
    """Note the end of an utterance; if it was rejected or failed, all its stable words count as taken back."""
    log, text = reading.log, ""
    ended = reading.ended.pop(event.utterance_id)
    del reading.started[event.utterance_id]
    match event:
        case e.UtteranceTranscribed():
            text = event.text
            log.texts.append(text)
            log.full_window_finals += event.needed_full_window
            tail_samples = reading.tail_samples if ended.reason is e.SpeechEndReason.SILENCE else 0
            log.speech_to_final.append(reading.age_seconds(stored, ended.end_sample - tail_samples))
        case e.UtteranceRejected():
            log.rejected += 1
        case e.TranscriptionFailed():
            log.lost_finals += 1
    stable = reading.stable.pop(event.utterance_id, "")
    log.stable_words += len(hypothesis_words(stable))
    log.taken_back_words += taken_back_words(stable, text)
