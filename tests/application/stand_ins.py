"""The orchestrator's ports in their simplest form, each with the failures that a test may want of it."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from realtime_mlx_stt.domain.events import GapReason, SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_recording import RecordingError, RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioLost,
    AudioSamples,
    AudioSink,
    AudioSourceError,
    FileRequest,
    SourceEnded,
    SourceRequest,
)
from realtime_mlx_stt.ports.event_bus import EventSubscriber
from realtime_mlx_stt.ports.event_store import (
    EventStoreError,
    SequenceConflictError,
    SessionSummary,
    StoredEvent,
)
from realtime_mlx_stt.ports.profile_store import Profile, ProfileNotFoundError
from realtime_mlx_stt.ports.voice_activity import VoiceActivityError
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError

__all__ = [
    "CountingSessionIds",
    "FakeProfileStore",
    "FakeRecordings",
    "FakeVoiceActivity",
    "FakeWakeWords",
    "ListBus",
    "ListStore",
    "ManualClock",
    "ManualSource",
    "ManualSources",
    "Opened",
]

Opened = list[str]
"""What was opened and released, in order."""


@dataclass
class ManualClock:
    """Stands still until it is told to go on."""

    seconds: float = 1_000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


class CountingSessionIds:
    """session-1, session-2 …"""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> SessionId:
        return SessionId(f"session-{next(self._numbers)}")


@dataclass
class ManualSource:
    """A source whose deliveries the test makes, on the test's thread."""

    description: str
    opened: Opened
    start_error: AudioSourceError | None = None
    position: int = 0
    is_stopped: bool = False
    sink: AudioSink | None = None

    def start(self, sink: AudioSink) -> None:
        if self.start_error is not None:
            raise self.start_error
        self.sink = sink
        self.opened.append("source started")

    def stop(self) -> None:
        if not self.is_stopped:
            self.opened.append("source stopped")
        self.is_stopped = True

    def deliver(self, delivery: AudioDelivery) -> bool:
        assert self.sink is not None, "the source has not been started"
        return self.sink.put(delivery)

    def hear(self, samples: AudioSamples, block_samples: int = 512) -> None:
        """Deliver the samples in blocks, waiting for room."""
        for first in range(0, len(samples), block_samples):
            part = samples[first : first + block_samples]
            if not self.deliver(AudioBlock(first_sample=self.position, samples=part)):
                return
            self.position += len(part)

    def offer(self, samples: AudioSamples) -> bool:
        """Deliver the samples as a microphone does, which cannot wait; what is refused is lost."""
        assert self.sink is not None, "the source has not been started"
        taken = self.sink.offer(AudioBlock(first_sample=self.position, samples=samples))
        if not taken:
            loss = AudioLost(first_sample=self.position, lost_samples=len(samples), reason=GapReason.OVERFLOW)
            assert self.sink.offer(loss)
        self.position += len(samples)
        return taken

    def lose(self, samples: int, reason: GapReason = GapReason.OVERFLOW) -> None:
        self.deliver(AudioLost(first_sample=self.position, lost_samples=samples, reason=reason))
        self.position += samples

    def end(self) -> None:
        self.deliver(SourceEnded(at_sample=self.position))


@dataclass
class FileSource(ManualSource):
    """A source that delivers all of its audio, and then its end, on a thread of its own."""

    audio: AudioSamples = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    block_samples: int = 700
    thread: threading.Thread | None = None

    def start(self, sink: AudioSink) -> None:
        ManualSource.start(self, sink)
        self.thread = threading.Thread(target=self._run, name="file-source")
        self.thread.start()

    def stop(self) -> None:
        ManualSource.stop(self)
        if self.thread is not None:
            self.thread.join(10.0)

    def _run(self) -> None:
        self.hear(self.audio, self.block_samples)
        self.end()


@dataclass
class ManualSources:
    """Opens a manual source for every request but for those of files that it has audio for."""

    opened: Opened
    files: dict[Path, AudioSamples] = field(default_factory=dict)
    made: list[ManualSource] = field(default_factory=list)
    open_error: AudioSourceError | None = None
    start_error: AudioSourceError | None = None

    def open(self, request: SourceRequest) -> ManualSource:
        if self.open_error is not None:
            raise self.open_error
        self.opened.append("source opened")
        if isinstance(request, FileRequest):
            source: ManualSource = FileSource(
                description=str(request.path), opened=self.opened, audio=self.files[request.path]
            )
        else:
            source = ManualSource(description="the microphone", opened=self.opened, start_error=self.start_error)
        self.made.append(source)
        return source


@dataclass
class FakeVoiceActivity:
    """Hears speech in every window that is not digital silence. ``gate``, while it is shut, holds up its users."""

    opened: Opened
    open_error: VoiceActivityError | None = None
    run_error: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def open(self) -> "FakeVoiceActivity":
        if self.open_error is not None:
            raise self.open_error
        self.opened.append("voice activity opened")
        return self

    def probability(self, window: AudioSamples) -> float:
        assert self.gate.wait(10.0)
        if self.run_error is not None:
            raise self.run_error
        return 0.95 if np.max(np.abs(window)) > 0.0005 else 0.02

    def reset(self) -> None:
        """Nothing is remembered."""


@dataclass
class FakeWakeWords:
    """Hears the first word wherever a frame reaches 0.9."""

    opened: Opened
    known: tuple[str, ...] = ("computer", "jarvis")

    def words(self) -> tuple[str, ...]:
        return self.known

    def open(self, words: tuple[str, ...]) -> "FakeWakeWordDetector":
        for word in words:
            if word not in self.known:
                raise UnknownWakeWordError(f"No model hears {word}; there are {', '.join(self.known)}.")
        self.opened.append("wake word opened")
        return FakeWakeWordDetector(words[0])


@dataclass
class FakeWakeWordDetector:
    word: str

    def scores(self, frame: AudioSamples) -> Mapping[str, float]:
        return {self.word: 0.97 if np.max(np.abs(frame)) >= 0.9 else 0.01}

    def reset(self) -> None:
        """Nothing is remembered."""


@dataclass
class FakeRecording:
    """Keeps the samples; fails while ``recordings.write_error`` is set."""

    recordings: "FakeRecordings"
    parts: list[AudioSamples] = field(default_factory=list)
    is_closed: bool = False

    def write(self, samples: AudioSamples) -> None:
        if self.recordings.write_error is not None:
            raise self.recordings.write_error
        self.parts.append(samples.copy())

    def close(self) -> None:
        self.is_closed = True

    @property
    def audio(self) -> AudioSamples:
        return np.concatenate([np.zeros(0, dtype=np.float32), *self.parts])


@dataclass
class FakeRecordings:
    """Recordings in memory, found again as files by ``ManualSources``."""

    sources: ManualSources
    create_error: RecordingError | None = None
    write_error: RecordingError | None = None
    made: dict[SessionId, FakeRecording] = field(default_factory=dict)

    def create(self, session_id: SessionId) -> FakeRecording:
        if self.create_error is not None:
            raise self.create_error
        self.made[session_id] = FakeRecording(self)
        return self.made[session_id]

    def path(self, session_id: SessionId) -> Path:
        if session_id not in self.made:
            raise RecordingNotFoundError(f"No audio was recorded for {session_id}.")
        path = Path(f"{session_id}.wav")
        self.sources.files[path] = self.made[session_id].audio
        return path


class ListStore:
    """A store and its claims in a list. ``failure``, while it is set, is raised by every append."""

    def __init__(self) -> None:
        self.failure: EventStoreError | None = None
        self.claimed: set[SessionId] = set()
        self._log: list[StoredEvent] = []
        self._lock = threading.Lock()

    def append(
        self, session_id: SessionId, after_seq: int, events: Sequence[SessionEvent], recorded_at: float
    ) -> tuple[StoredEvent, ...]:
        with self._lock:
            if self.failure is not None:
                raise self.failure
            if after_seq != sum(stored.session_id == session_id for stored in self._log):
                raise SequenceConflictError(f"{session_id} does not end at {after_seq}.")
            stored = tuple(
                StoredEvent(
                    session_id=session_id,
                    seq=after_seq + number,
                    position=len(self._log) + number,
                    recorded_at=recorded_at,
                    event=event,
                )
                for number, event in enumerate(events, start=1)
            )
            self._log.extend(stored)
            return stored

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        return (s for s in self._snapshot() if s.session_id == session_id and s.seq > after_seq)

    def read_all(self, after_position: int = 0) -> Iterator[StoredEvent]:
        return iter(self._snapshot()[after_position:])

    def sessions(self) -> tuple[SessionSummary, ...]:
        logs: dict[SessionId, list[StoredEvent]] = {}
        for stored in self._snapshot():
            logs.setdefault(stored.session_id, []).append(stored)
        return tuple(
            SessionSummary(
                session_id=session_id,
                events=len(log),
                first_recorded_at=log[0].recorded_at,
                last_recorded_at=log[-1].recorded_at,
                last_type=log[-1].event.type,
            )
            for session_id, log in logs.items()
        )

    def claim(self, session_id: SessionId) -> bool:
        with self._lock:
            is_free = session_id not in self.claimed
            self.claimed.add(session_id)
            return is_free

    def release(self, session_id: SessionId) -> None:
        with self._lock:
            self.claimed.discard(session_id)

    def _snapshot(self) -> list[StoredEvent]:
        with self._lock:
            return list(self._log)


@dataclass(frozen=True)
class _ListSubscription:
    cancel_it: Callable[[], None]

    def cancel(self) -> None:
        self.cancel_it()


class ListBus:
    """Calls its subscribers in order; what they raise is kept in ``errors`` and stops nobody."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.subscribers: list[tuple[EventSubscriber, SessionId | None]] = []

    def publish(self, events: Sequence[StoredEvent]) -> None:
        for stored in events:
            for subscriber, session_id in tuple(self.subscribers):
                if session_id in (None, stored.session_id):
                    self._call(subscriber, stored)

    def subscribe(self, subscriber: EventSubscriber, session_id: SessionId | None = None) -> _ListSubscription:
        entry = (subscriber, session_id)
        self.subscribers.append(entry)
        return _ListSubscription(lambda: self._remove(entry))

    def _remove(self, entry: tuple[EventSubscriber, SessionId | None]) -> None:
        if entry in self.subscribers:
            self.subscribers.remove(entry)

    def _call(self, subscriber: EventSubscriber, stored: StoredEvent) -> None:
        try:
            subscriber(stored)
        except Exception as error:  # noqa: BLE001 - a subscriber may raise anything
            self.errors.append(error)


@dataclass
class FakeProfileStore:
    """Profiles in a dictionary."""

    profiles: dict[str, Profile] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.profiles))

    def load(self, name: str) -> Profile:
        if name not in self.profiles:
            raise ProfileNotFoundError(f"There is no profile {name}.")
        return self.profiles[name]

    def save(self, name: str, profile: Profile) -> None:
        self.profiles[name] = profile

    def delete(self, name: str) -> None:
        if name not in self.profiles:
            raise ProfileNotFoundError(f"There is no profile {name}.")
        del self.profiles[name]
