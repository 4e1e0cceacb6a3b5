"""The orchestrator's ports in their simplest form, each with the failures that a test may want of it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tests.fakes.speech_to_text import ScriptedEngines
from tests.fakes.voice_activity import FakeVoiceActivity, FakeVoiceActivityDetector
from tests.fakes.wake_word import FakeWakeWordDetector, FakeWakeWords

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.domain.events import GapReason, SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_recording import RecordingError, RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioFileNotFoundError,
    AudioLost,
    AudioSamples,
    AudioSink,
    AudioSource,
    AudioSourceError,
    EncodedSoundRequest,
    FileRequest,
    PushRequest,
    SamplesRequest,
    SourceEnded,
    SourceRequest,
)
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent
from realtime_mlx_stt.ports.voice_activity import VoiceActivityError

__all__ = [
    "FakeRecordings",
    "FallibleStore",
    "ManualSource",
    "ManualSources",
    "Opened",
    "RecordedWakeWords",
    "SteeredVoiceActivity",
    "UnansweringEngines",
]

Opened = list[str]
"""What was opened and released, in order."""


@dataclass
class ManualSource:
    """A source whose deliveries the test makes, on the test's thread."""

    description: str
    opened: Opened
    start_error: AudioSourceError | None = None
    position: int = 0
    is_stopped: bool = False
    sink: AudioSink | None = None

    @property
    def duration_samples(self) -> int | None:
        return None

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

    @property
    def duration_samples(self) -> int | None:
        return len(self.audio)

    def start(self, sink: AudioSink) -> None:
        ManualSource.start(self, sink)
        self.thread = threading.Thread(target=self._run, name="file-source")
        self.thread.start()

    def stop(self) -> None:
        ManualSource.stop(self)
        if self.thread is not None:
            self.thread.join(60.0)

    def _run(self) -> None:
        self.hear(self.audio, self.block_samples)
        self.end()


@dataclass
class ManualSources:
    """Opens a manual source for every request but for files that it has audio for, and for what clients send."""

    opened: Opened
    files: dict[Path, AudioSamples] = field(default_factory=dict)
    made: list[ManualSource] = field(default_factory=list)
    requests: list[SourceRequest] = field(default_factory=list)
    open_error: AudioSourceError | None = None
    start_error: AudioSourceError | None = None

    def open(self, request: SourceRequest) -> AudioSource:
        self.requests.append(request)
        if self.open_error is not None:
            raise self.open_error
        if isinstance(request, FileRequest) and request.path not in self.files:
            raise AudioFileNotFoundError(f"There is no file {request.path}.")
        self.opened.append("source opened")
        if isinstance(request, PushRequest | EncodedSoundRequest):
            return SystemAudioSources().open(request)
        if isinstance(request, FileRequest):
            source: ManualSource = FileSource(
                description=str(request.path), opened=self.opened, audio=self.files[request.path]
            )
        elif isinstance(request, SamplesRequest):
            source = FileSource(description="samples in memory", opened=self.opened, audio=request.samples)
        else:
            source = ManualSource(description="the microphone", opened=self.opened, start_error=self.start_error)
        self.made.append(source)
        return source


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
    delete_error: RecordingError | None = None
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

    def read(self, session_id: SessionId, start_sample: int, end_sample: int) -> AudioSamples:
        self.path(session_id)
        audio = self.made[session_id].audio
        if end_sample > len(audio):
            raise RecordingError(f"The recording of {session_id} ends before sample {end_sample}.")
        return audio[start_sample:end_sample]

    def delete(self, session_id: SessionId) -> None:
        if self.delete_error is not None:
            raise self.delete_error
        self.made.pop(session_id, None)


@dataclass
class SteeredVoiceActivity:
    """The fake detection, which may fail to open or run; while ``gate`` is shut it holds up its users.

    ``has_held`` is set when somebody is, or was, held up.
    """

    opened: Opened
    open_error: VoiceActivityError | None = None
    run_error: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    has_held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def open(self) -> "SteeredVoiceActivityDetector":
        detector = FakeVoiceActivity(open_failure=self.open_error).open()
        self.opened.append("voice activity opened")
        return SteeredVoiceActivityDetector(self, detector)


@dataclass
class SteeredVoiceActivityDetector:
    detection: SteeredVoiceActivity
    detector: FakeVoiceActivityDetector

    def probability(self, window: AudioSamples) -> float:
        if not self.detection.gate.is_set():
            self.detection.has_held.set()
        assert self.detection.gate.wait(60.0)
        if self.detection.run_error is not None:
            raise self.detection.run_error
        return self.detector.probability(window)

    def reset(self) -> None:
        self.detector.reset()


class RecordedWakeWords(FakeWakeWords):
    """The fake detection, which says when it was opened."""

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self._opened = opened

    def open(self, words: tuple[str, ...]) -> FakeWakeWordDetector:
        detector = super().open(words)
        self._opened.append("wake word opened")
        return detector


class FallibleStore(InMemoryEventStore):
    """The store in memory; ``failure``, while it is set, is raised by every append and delete."""

    def __init__(self) -> None:
        super().__init__()
        self.failure: EventStoreError | None = None

    def append(
        self, session_id: SessionId, after_seq: int, events: Sequence[SessionEvent], recorded_at: float
    ) -> tuple[StoredEvent, ...]:
        if self.failure is not None:
            raise self.failure
        return super().append(session_id, after_seq, events, recorded_at)

    def delete(self, session_id: SessionId) -> bool:
        if self.failure is not None:
            raise self.failure
        return super().delete(session_id)


class UnansweringEngines(ScriptedEngines):
    """Engines whose model is stuck in its call, once it has ``entered``, until the gate opens."""

    def __init__(self, engine: str = "mlx_whisper", *, remote: bool = False) -> None:
        super().__init__(engine=engine, remote=remote)
        self.gate = threading.Event()
        self.entered = threading.Event()

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        if threading.current_thread().name.startswith("inference"):
            self.entered.set()
            assert self.gate.wait(60.0)
        return super().language_code(engine, model, language)
