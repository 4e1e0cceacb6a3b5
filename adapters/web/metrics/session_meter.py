"""Counts and times what sessions record, from their events alone."""

import threading
from dataclasses import replace
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from realtime_mlx_stt.application.read_models.latency import Latencies, UtteranceLatency, add_to_latencies
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["SessionMeter"]

_WAITED: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_COMPUTED: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0)
_TEXTS: Final = (e.UtteranceTranscribed, e.UtteranceRejected, e.TranscriptionFailed)
_PROBLEMS: Final = (e.SessionFailed, e.AudioSourceLost, e.ServiceDegraded, e.TranscriptionFailed)


class SessionMeter:
    """A subscriber of all sessions' events; called on their threads, and quick. Thread-safe."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"stt_{name}", meaning, labels, registry=registry)

        def histogram(name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"stt_{name}", meaning, buckets=buckets, registry=registry)

        self._lock = threading.Lock()
        self._latencies: dict[SessionId, Latencies] = {}
        self._ended_seconds = 0.0
        self._started = counter("sessions_started_total", "Sessions that began.")
        self._ended = counter("sessions_ended_total", "Sessions that ended, by how.", "end")
        self._events = counter("events_total", "Events that were recorded, by type.", "type")
        self._texts = counter("utterances_total", "Utterances that are done, by what came of them.", "outcome")
        self._gaps = counter("gap_samples_total", "Samples of 16 kHz that were never heard, by why.", "reason")
        self._problems = counter("session_problems_total", "What went wrong in sessions, by code.", "code")
        self._waited = histogram(
            "end_of_speech_to_text_seconds", "From the last speech to the final text.", _WAITED
        )
        self._partials = histogram("first_partial_seconds", "From the onset to the first hypothesis.", _WAITED)
        self._writing = histogram("writing_seconds", "From the certain end to the final text.", _COMPUTED)
        self._inference = histogram("inference_seconds", "What the model took for final texts.", _COMPUTED)

    @property
    def ended_seconds(self) -> float:
        """How much audio the ended sessions had heard."""
        with self._lock:
            return self._ended_seconds

    def __call__(self, stored: StoredEvent) -> None:
        """Take one event."""
        event = stored.event
        self._events.labels(event.type).inc()
        if isinstance(event, _PROBLEMS):
            self._problems.labels(event.code).inc()
        if isinstance(event, _TEXTS):
            self._texts.labels(event.type).inc()
        if isinstance(event, e.AudioGapRecorded):
            self._gaps.labels(event.reason.value).inc(event.lost_samples)
        if isinstance(event, e.SessionStarted):
            self._started.inc()
        self._time(stored)
        if isinstance(event, e.SESSION_ENDS):
            self._end(stored.session_id, event)

    def _time(self, stored: StoredEvent) -> None:
        with self._lock:
            before = self._latencies.get(stored.session_id, Latencies())
            after = add_to_latencies(before, stored)
            self._latencies[stored.session_id] = replace(after, utterances=())
        for latency in after.utterances:
            self._observe(latency)

    def _observe(self, latency: UtteranceLatency) -> None:
        self._waited.observe(latency.end_of_speech_to_text_seconds)
        self._writing.observe(latency.writing_seconds)
        self._inference.observe(latency.inference_seconds)
        if latency.first_partial_seconds is not None:
            self._partials.observe(latency.first_partial_seconds)

    def _end(self, session_id: SessionId, event: e.SessionEvent) -> None:
        self._ended.labels(event.type).inc()
        with self._lock:
            self._latencies.pop(session_id, None)
            if isinstance(event, e.SessionStopped | e.SessionFailed):
                self._ended_seconds += samples_to_seconds(event.captured_samples)
