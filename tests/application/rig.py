"""An orchestrator over stand-ins for its ports, with what a test needs to steer it and to wait for its events."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from tests.application.stand_ins import (
    FakeRecordings,
    FallibleStore,
    ManualSource,
    ManualSources,
    Opened,
    RecordedWakeWords,
    SteeredVoiceActivity,
)
from tests.fakes.clock import CountingSessionIds, ManualClock
from tests.fakes.profile_store import FakeProfileStore
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemorySessionClaims
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import OrchestratorPorts, PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_bus import EventSubscriber
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines

__all__ = ["TIMEOUT_SECONDS", "WITHOUT_PARTIALS", "Rig", "Watch", "settings", "silence", "texts"]

TIMEOUT_SECONDS = 60.0
"""Far longer than anything here takes; it is reached only when a test fails."""


def settings(model: str = "tiny.en", **changes: object) -> SessionSettings:
    """Settings without partials and speculation, so that the log does not depend on the threads."""
    transcription = TranscriptionSettings(model=model, partial_interval_seconds=None, speculative_finals=False)
    return SessionSettings(transcription=transcription, **changes)  # type: ignore[arg-type]


WITHOUT_PARTIALS = PipelineConfig(settings=settings())


def silence(seconds: float) -> AudioSamples:
    """Digital silence, so long."""
    return np.zeros(seconds_to_samples(seconds), dtype=np.float32)


def texts(log: Sequence[StoredEvent]) -> list[str]:
    """The final texts, in the order of their utterances."""
    finals = [stored.event for stored in log if isinstance(stored.event, e.UtteranceTranscribed)]
    return [final.text for final in sorted(finals, key=lambda final: final.utterance_id)]


class Watch:
    """A subscriber that can be waited with."""

    def __init__(self) -> None:
        self.events: list[StoredEvent] = []
        self._changed = threading.Condition()

    def __call__(self, stored: StoredEvent) -> None:
        with self._changed:
            self.events.append(stored)
            self._changed.notify_all()

    def until(self, kind: type[e.SessionEvent], count: int = 1) -> None:
        """Wait until so many events of the kind have come."""

        def has_come() -> bool:
            return sum(isinstance(stored.event, kind) for stored in self.events) >= count

        with self._changed:
            assert self._changed.wait_for(has_come, TIMEOUT_SECONDS), f"no {kind.type} in {self.types}"

    @property
    def types(self) -> list[str]:
        """The wire names of the events so far."""
        return [stored.event.type for stored in self.events]


@dataclass
class Rig:
    """The orchestrator and everything around it."""

    engines: SpeechToTextEngines = field(default_factory=ScriptedEngines)
    opened: Opened = field(default_factory=list)
    store: FallibleStore = field(default_factory=FallibleStore)
    claims: InMemorySessionClaims = field(default_factory=InMemorySessionClaims)
    bus: BlinkerEventBus = field(default_factory=BlinkerEventBus)
    clock: ManualClock = field(default_factory=ManualClock)
    profiles: FakeProfileStore = field(default_factory=FakeProfileStore)

    def __post_init__(self) -> None:
        self.told: list[StoredEvent] = []
        self.voice_activity = SteeredVoiceActivity(self.opened)
        self.wake_words = RecordedWakeWords(self.opened)
        self.sources = ManualSources(self.opened)
        self.recordings = FakeRecordings(self.sources)
        self.ports = OrchestratorPorts(
            engines=self.engines,
            voice_activity=self.voice_activity,
            wake_words=self.wake_words,
            sources=self.sources,
            recordings=self.recordings,
            store=self.store,
            claims=self.claims,
            bus=self.bus,
            clock=self.clock,
            session_ids=CountingSessionIds(),
            profiles=self.profiles,
        )
        self.orchestrator = SystemOrchestrator(self.ports)

    @property
    def source(self) -> ManualSource:
        """The newest source."""
        return self.sources.made[-1]

    def start(
        self, config: PipelineConfig = WITHOUT_PARTIALS, subscriber: EventSubscriber | None = None
    ) -> tuple[SessionId, Watch]:
        """Start a session that is watched, and that ``subscriber`` hears of after the watch."""
        watch = Watch()

        def tell(stored: StoredEvent) -> None:
            self.told.append(stored)
            watch(stored)
            if subscriber is not None:
                subscriber(stored)

        return self.orchestrator.start_pipeline(config, tell), watch

    def finish(self, session_id: SessionId) -> tuple[StoredEvent, ...]:
        """End the source, wait until the session is over, and read its log."""
        self.source.end()
        return self.over(session_id)

    def over(self, session_id: SessionId) -> tuple[StoredEvent, ...]:
        """Wait until the session is over, and read its log."""
        assert self.orchestrator.wait(session_id, TIMEOUT_SECONDS)
        return tuple(self.store.read(session_id))

    def is_claimed(self, session_id: SessionId) -> bool:
        """Whether somebody runs the session; asking leaves it as it was."""
        is_free = self.claims.claim(session_id)
        if is_free:
            self.claims.release(session_id)
        return not is_free

    def has_subscribers(self, session_id: SessionId) -> bool:
        """Whether anybody who asked for the session alone would still be told of it."""
        before = len(self.told)
        event = e.ListeningPaused(at_sample=0)
        self.bus.publish([StoredEvent(session_id=session_id, seq=0, position=0, recorded_at=0.0, event=event)])
        return len(self.told) > before

    def hear_all(self, audio: AudioSamples, config: PipelineConfig = WITHOUT_PARTIALS) -> tuple[StoredEvent, ...]:
        """Run a session over the audio to its end, in lockstep; its log."""
        session_id, _ = self.start(replace(config, lockstep=True))
        self.source.hear(audio)
        return self.finish(session_id)

    def until_heard(self, session_id: SessionId) -> None:
        """Wait until everything delivered so far has been heard; resuming a session that listens only waits."""
        self.orchestrator.resume(session_id)
